//! A market in full swing changes its code.

use std::collections::BTreeMap;

use cosmwasm_std::{Order, Storage};
use cw20::Denom;
use joule_rollout::{ChainOps, ONE_JOULE};
use joule_testing::{audit, Buyer, Provider, Run, World, USDC};
use joule_types::{
    marketplace::{PanelPhase, PanelRuling},
    work::job::JobState,
    JobId, Peer, ProviderId,
};

use super::{aged, execute, file, migrations, proposed};

fn usdc() -> Denom {
    Denom::Native(USDC.into())
}

/// A market with a job in each state that waits for somebody.
struct Busy {
    world: World,
    buyer: Buyer,
    providers: BTreeMap<ProviderId, Provider>,
    assigned: JobId,
    running: JobId,
    submitted: JobId,
    disputed: JobId,
    judged: JobId,
    queued: JobId,
}

/// Everything but the queued job has a provider of its own.
const BUSY: [&str; 5] = ["turbine", "windmill", "dynamo", "rotor", "anchor"];

impl Busy {
    fn new(mut world: World) -> Self {
        let buyer = world.buyer("ada", 10_000_000);
        let all = BUSY.map(|name| world.provider(name, 400_000));
        let providers: BTreeMap<_, _> = all.into_iter().map(|provider| (provider.id, provider)).collect();
        let judged_spec = world.judged_spec();
        let plain = |world: &mut World| world.post(&buyer, world.job_spec());
        let (submitted, disputed) = (plain(&mut world), plain(&mut world));
        let judged = world.post(&buyer, judged_spec);
        let (running, assigned, queued) = (plain(&mut world), plain(&mut world), plain(&mut world));
        let mut busy = Self {
            world,
            buyer,
            providers,
            assigned,
            running,
            submitted,
            disputed,
            judged,
            queued,
        };
        for job in [judged, disputed, submitted] {
            let provider = busy.of(job);
            busy.world.deliver(&provider, job);
        }
        let provider = busy.of(running);
        busy.world.start(&provider, running).unwrap();
        let opener = busy.buyer.address.clone();
        busy.world.dispute(&opener, disputed).unwrap();
        busy
    }

    /// Who carries a job.
    fn of(&self, job: JobId) -> Provider {
        let attempt = self.world.job(job).attempt.expect("somebody carries it");
        self.providers[&attempt.provider].clone()
    }

    fn states(&self) -> [JobState; 6] {
        [
            self.queued,
            self.assigned,
            self.running,
            self.submitted,
            self.judged,
            self.disputed,
        ]
        .map(|job| self.world.state(job))
    }

    fn sound(&self) {
        self.world.check();
        assert_eq!(audit::state(&self.world.observe()), []);
    }
}

/// All records of the market's contracts but their versions. The dao and the token note the proposal itself.
fn records(world: &World) -> Vec<(String, Vec<u8>)> {
    let market = [Peer::Registry, Peer::Marketplace, Peer::Escrow, Peer::Staking];
    let spaces = market.map(|peer| format!("contract_data/{}", world.peers.get(peer)));
    let all = world.backend.app.storage().range(None, None, Order::Ascending);
    all.map(|(key, value)| (String::from_utf8_lossy(&key).into_owned(), value))
        .filter(|(key, _)| spaces.iter().any(|space| key.contains(space.as_str())) && !key.ends_with("contract_info"))
        .collect()
}

#[test]
fn every_contract_changes_its_code_under_a_busy_market_and_everything_goes_on_to_its_end() {
    let mut world = aged();
    let validators = world.validators(12);
    // The voter's stake unbonds in part while the code changes; somebody else's matures after it.
    let saver = world.account("saver");
    world.give_joule(&saver, 50 * ONE_JOULE);
    world.bond(&saver, 50 * ONE_JOULE).unwrap();
    let msgs = migrations(&mut world);
    assert_eq!(msgs.len(), Peer::ALL.len());
    let proposal = proposed(&mut world, msgs);
    world.pass(30);

    let mut busy = Busy::new(world);
    busy.world.unbond(&saver, 50 * ONE_JOULE).unwrap();
    let seats = busy.world.seat(busy.judged);
    let sitting: Vec<_> = seats.into_iter().filter(|seat| !seat.standby).collect();
    for seat in &sitting {
        busy.world.commit_vote(busy.judged, seat, &Run::right()).unwrap();
    }
    let states = busy.states();
    assert_eq!(
        states,
        [
            JobState::Queued,
            JobState::Assigned,
            JobState::Running,
            JobState::ResultSubmitted,
            JobState::Verifying,
            JobState::Disputed,
        ]
    );
    busy.sound();
    let (held, before) = (busy.world.conservation(usdc()), records(&busy.world));
    assert!(before.len() > 100, "{}", before.len());
    assert!(
        held.held.u128() > 2_000_000,
        "the holds of six jobs and free balances: {held:?}"
    );

    execute(&mut busy.world, proposal).unwrap();
    let after = file(&busy.world);
    for peer in Peer::ALL {
        let code = joule_native::code(peer).checksum();
        assert_eq!(after.contracts[peer.name()].checksum, hex(code.as_slice()), "{peer}");
        let info = busy
            .world
            .backend
            .contract(busy.world.peers.get(peer).as_str())
            .unwrap();
        assert_eq!(info.unwrap().admin.as_deref(), Some(busy.world.peers.dao.as_str()));
    }
    assert_eq!(busy.states(), states);
    assert_eq!(busy.world.conservation(usdc()), held, "no coin moves");
    assert_eq!(records(&busy.world), before, "nor does any record of the market");
    busy.sound();

    finish(&mut busy, &sitting);
    let drained = busy.world.conservation(usdc());
    busy.sound();
    assert!(
        drained.paid > held.paid && drained.refunded >= held.refunded,
        "{drained:?}"
    );
    // Stake that unbonds is paid in full.
    busy.world.pass(300);
    busy.world.claim(&saver).unwrap();
    assert_eq!(busy.world.joule_of(&saver).u128(), 50 * ONE_JOULE);
    assert_eq!(validators.len(), 12);
    // And the next job finds its provider.
    let grace = busy.world.buyer("grace", 5_000_000);
    let next = busy.world.post(&grace, busy.world.job_spec());
    assert!(matches!(busy.world.state(next), JobState::Assigned | JobState::Queued));
    busy.sound();
}

fn finish(busy: &mut Busy, sitting: &[joule_types::marketplace::SeatResponse]) {
    let (judged, disputed) = (busy.judged, busy.disputed);
    for job in [busy.assigned, busy.running] {
        let provider = busy.of(job);
        if busy.world.state(job) == JobState::Assigned {
            busy.world.start(&provider, job).unwrap();
        }
        busy.world.submit(&provider, job).unwrap();
    }
    for job in [busy.submitted, busy.running, busy.assigned] {
        busy.world.accept(&busy.buyer, job).unwrap();
        assert_eq!(busy.world.state(job), JobState::Completed);
    }
    busy.world.resolve(disputed, 5_000).unwrap();
    assert_eq!(busy.world.state(disputed), JobState::Resolved);
    while matches!(busy.world.panel(judged).phase, PanelPhase::Commit | PanelPhase::Standby) {
        busy.world.end_phase(judged).unwrap();
    }
    for seat in sitting {
        busy.world.reveal_vote(judged, seat, &Run::right()).unwrap();
    }
    busy.world.tally(judged).unwrap();
    assert_eq!(busy.world.panel(judged).ruling, Some(PanelRuling::Upheld));
    assert_eq!(busy.world.state(judged), JobState::Completed);
    // A provider beats again and takes the job that waited.
    let provider = busy.of(busy.running);
    busy.world.beat(&provider, &[provider.node]).unwrap();
    busy.world.assign(busy.queued).unwrap();
    let provider = busy.of(busy.queued);
    busy.world.deliver(&provider, busy.queued);
    busy.world.accept(&busy.buyer, busy.queued).unwrap();
    let (buyer, payout) = (busy.buyer.address.clone(), provider.payout);
    for who in [buyer, payout] {
        busy.world.withdraw(&who, usdc()).unwrap();
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
