//! What must hold between any two messages.

use std::collections::{BTreeMap, BTreeSet};

use cosmwasm_std::{Addr, Order, StdResult};
use joule_marketplace::{domain::panel::seat_number, state};
use joule_types::{
    marketplace::{PanelPhase, PanelResponse, QueryMsg, SeatVerdict},
    JobId,
};
use joule_work::{committee::RUNGS, job::JobState};

use super::Market;

impl Market {
    /// Everything that must hold between messages: lists equal what they are made from (I-38), holds and loads equal the
    /// jobs (I-21, I-22, I-23), deadlines exist where something is expected.
    pub fn check(&self) {
        let storage = &self.storage;
        let index = state::INDEX.load(storage, &[]).unwrap().unwrap();
        let mut listed = BTreeMap::new();
        for item in state::ENTRIES.range(storage, &[], None, Order::Ascending) {
            let (key, entry) = item.unwrap();
            let offer = u64::from_be_bytes(key.try_into().unwrap());
            let stored = state::OFFERS.load(storage, offer).unwrap();
            assert!(stored.open);
            assert_eq!(stored.terms.node.u64(), entry.record.node);
            assert!(state::PROVIDER_OFFERS.has(storage, (stored.provider.u64(), offer)));
            let node = state::NODES
                .load(storage, &entry.record.node.to_be_bytes())
                .unwrap()
                .unwrap();
            assert_eq!(node.offers.iter().filter(|known| known.offer == offer).count(), 1);
            let full = node.load >= entry.record.capacity.into();
            let mut epochs = vec![index.serving];
            if matches!(index.work, state::Work::Filling { cursor } if offer <= cursor) {
                epochs.push(index.serving + 1);
            }
            for epoch in epochs {
                listed.insert((full, entry.key(epoch, offer)), entry.record.clone());
            }
        }
        let stale = |key: &[u8]| index.work == state::Work::Draining && key[..4] == (index.serving - 1).to_be_bytes();
        let mut found = BTreeMap::new();
        for (full, list) in [(false, &state::RANK), (true, &state::PARKED)] {
            for item in list.range(storage, &[], None, Order::Ascending) {
                let (key, record) = item.unwrap();
                if !stale(&key) {
                    found.insert((full, key), record);
                }
            }
        }
        assert_eq!(found, listed, "the index equals what the entries say");
        let open = storage_keys(state::OFFERS.range(storage, None, None, Order::Ascending), |offer| {
            offer.open
        });
        assert_eq!(
            open.len(),
            state::ENTRIES.range(storage, &[], None, Order::Ascending).count()
        );
        self.check_jobs();
        self.check_committees();
    }

    fn check_jobs(&self) {
        let storage = &self.storage;
        let mut loads: BTreeMap<u64, u16> = BTreeMap::new();
        for job in state::SPECS.keys(storage, None, None, Order::Ascending) {
            let job = self.job(JobId(job.unwrap()));
            let id = job.job.u64();
            assert_eq!(self.told.holds[&job.hold.u64()].open, !job.state.is_final(), "job {id}");
            assert_eq!(state::OPEN.has(storage, id), !job.state.is_final());
            assert_eq!(state::QUEUED.has(storage, id), job.state == JobState::Queued);
            assert_eq!(state::VERIFYING.has(storage, id), job.state == JobState::Verifying);
            assert_eq!(job.next_deadline_at.is_none(), job.state.is_final());
            assert!(state::BUYER_JOBS.has(storage, (&job.buyer, id)));
            if job.state.is_on_node() {
                *loads.entry(job.attempt.as_ref().unwrap().node.u64()).or_default() += 1;
            }
            if let Some(attempt) = &job.attempt {
                let open = !job.state.is_final() && job.state != JobState::Queued;
                assert_eq!(
                    state::PROVIDER_JOBS.has(storage, (attempt.provider.u64(), id)),
                    open,
                    "job {id}"
                );
                assert!(attempt.quote <= job.spec.requirements.budget);
            }
            if let Some(dispute) = &job.dispute {
                assert!(dispute.deadline_at > dispute.opened_at);
                if !dispute.bond_amount.is_zero() {
                    let bond = &self.told.holds[&dispute.bond.u64()];
                    assert_eq!(bond.open, job.state == JobState::Disputed);
                }
            }
        }
        for item in state::NODES.range(storage, &[], None, Order::Ascending) {
            let (key, record) = item.unwrap();
            let node = u64::from_be_bytes(key.try_into().unwrap());
            assert_eq!(record.load, loads.remove(&node).unwrap_or(0), "load of node {node}");
            if let Some(known) = self.nodes.get(&node) {
                assert_eq!(
                    u32::from(record.load),
                    known.load,
                    "the registry knows the load of node {node}"
                );
            }
        }
        assert!(loads.is_empty(), "nodes that carry work have a record");
    }
}

impl Market {
    /// A committee is open exactly while its job is judged; votes, seats, lists and payments add up.
    fn check_committees(&self) {
        let storage = &self.storage;
        let mut listed = BTreeMap::new();
        for job in state::SPECS.keys(storage, None, None, Order::Ascending) {
            let job = self.job(JobId(job.unwrap()));
            let mut paid = 0;
            for attempt in 1..=job.attempts {
                let found: Option<PanelResponse> = self.query(QueryMsg::Panel {
                    job: job.job,
                    attempt: Some(attempt),
                });
                let Some(panel) = found else { continue };
                let live = panel.phase != PanelPhase::Closed;
                assert_eq!(live, attempt == job.attempts && job.state == JobState::Verifying);
                assert_eq!(live, panel.ruling.is_none());
                if live {
                    assert_eq!(job.next_deadline_at, Some(panel.phase_until.min(panel.judge_by)));
                }
                paid += self.check_panel(&panel, live, &mut listed);
            }
            assert!(job.state != JobState::Verifying || self.try_panel(job.job).is_some());
            let spent = state::SPENT
                .may_load(storage, job.job.u64())
                .unwrap()
                .unwrap_or_default();
            assert!(spent <= job.spec.verification_budget);
            assert_eq!(
                spent.is_zero(),
                paid == 0 || job.terms.committee.is_none_or(|terms| terms.verify_bps == 0)
            );
            assert_eq!(self.told.holds[&job.hold.u64()].paid, spent.u128(), "job {}", job.job);
        }
        let open = state::OPEN_SEATS.range(storage, None, None, Order::Ascending);
        assert_eq!(open.map(Result::unwrap).collect::<BTreeMap<_, _>>(), listed);
    }

    /// Checks the seats of a committee and adds those that may have to vote; returns how many are paid.
    fn check_panel(&self, panel: &PanelResponse, live: bool, listed: &mut BTreeMap<(Addr, u64), u64>) -> usize {
        let (job, attempt) = (panel.job, panel.attempt);
        let key = state::panel_key(job, attempt);
        let stored = state::PANELS.load(&self.storage, &key).unwrap().unwrap();
        let seats = panel.seats.iter().filter(|seat| seat.rung == panel.rung);
        let (committed, revealed): (Vec<_>, Vec<_>) = seats
            .clone()
            .map(|seat| (seat.sealed.is_some(), seat.vote.is_some()))
            .unzip();
        let count = |votes: Vec<bool>| votes.into_iter().filter(|voted| *voted).count();
        assert_eq!(
            (usize::from(stored.committed), usize::from(stored.revealed)),
            (count(committed), count(revealed))
        );
        assert!(
            stored.committed <= RUNGS[usize::from(panel.rung)].seats,
            "no seat is filled twice"
        );
        for seat in &panel.seats {
            assert!(seat.vote.is_none() || seat.sealed.is_some());
            assert_eq!(seat.verdict.is_none(), live);
        }
        let voting = matches!(
            panel.phase,
            PanelPhase::Commit | PanelPhase::Standby | PanelPhase::Reveal
        );
        for seat in seats.filter(|_| voting) {
            let number = seat_number(attempt, seat.rung, seat.seat);
            listed.insert((seat.owner.clone(), job.u64()), number);
        }
        let paid = panel
            .seats
            .iter()
            .filter(|seat| seat.verdict == Some(SeatVerdict::Paid));
        paid.count()
    }

    fn try_panel(&self, job: JobId) -> Option<PanelResponse> {
        self.query(QueryMsg::Panel { job, attempt: None })
    }
}

fn storage_keys<T>(items: impl Iterator<Item = StdResult<(u64, T)>>, keep: impl Fn(&T) -> bool) -> BTreeSet<u64> {
    items
        .map(Result::unwrap)
        .filter(|(_, item)| keep(item))
        .map(|(key, _)| key)
        .collect()
}
