//! Proofs of power: windows raise the verified rate and the standing; forgers lose stake.

use cosmwasm_std::Uint64;
use joule_testing::{code, event, World, STAKE};
use joule_types::{
    registry::{ExecuteMsg, Forgery, NodeState, WindowAccepted},
    work::ticket,
};

#[test]
fn more_work_in_the_same_window_shows_as_more_power() {
    let mut world = World::new();
    let fast = world.provider("fast", 400_000);
    let slow = world.provider("slow", 400_000);
    let window = world.open_window().unwrap();
    let fast_ids = world.commit(&fast, &window, 40_000).unwrap();
    let slow_ids = world.commit(&slow, &window, 10_000).unwrap();
    assert_eq!(
        code(&world.reveal(&fast, window.window, fast_ids.clone()).unwrap_err()),
        "reg.too_early"
    );
    world.pass(window.closes_at + 1 - world.now());
    let accepted: WindowAccepted = event(&world.reveal(&fast, window.window, fast_ids).unwrap());
    world.reveal(&slow, window.window, slow_ids).unwrap();
    assert!(accepted.measured <= 40_000 / 60, "a lower bound never exceeds the work");
    let (fast_rate, slow_rate) = (
        world.node(fast.node).verified.hash_rate,
        world.node(slow.node).verified.hash_rate,
    );
    assert!(
        fast_rate > 2 * slow_rate && slow_rate > 0,
        "{fast_rate} against {slow_rate}"
    );
    assert_eq!(world.provider_record(&fast).standing.reputation, 101_000);
}

#[test]
fn a_forged_list_costs_thirty_percent_then_everything() {
    let mut world = World::new();
    let forger = world.provider("forger", 400_000);
    for (round, left) in [(1, STAKE - STAKE * 3 / 10), (2, 0)] {
        let window = world.open_window().unwrap();
        let seed: [u8; 32] = window.seed.as_slice().try_into().unwrap();
        let seed = ticket::node_seed(&seed, forger.node.u64(), 0, forger.operator.as_str());
        let mut claim = ticket::select_k(&seed, 0..5_000, u32::from(window.k)).unwrap().unwrap();
        // Claims ten times the work: the bound of honest tickets divided by ten, the ids unchanged.
        claim.bound /= 10;
        let commitment = claim.commitment();
        let commit = ExecuteMsg::CommitWindow {
            window: window.window,
            node: forger.node,
            bound: Uint64::new(commitment.bound),
            list_hash: commitment.digest.into(),
        };
        let operator = forger.operator.clone();
        world.registry(&operator, &commit).unwrap();
        world.pass(window.closes_at + 1 - world.now());
        let ids = ticket::pack_ids(&claim.ids).unwrap().into();
        let forgery: Forgery = event(&world.reveal(&forger, window.window, ids).unwrap());
        assert_eq!(forgery.banned, round == 2);
        assert_eq!(world.pool(&forger.owner).bonded.u128(), left, "after forgery {round}");
        assert_eq!(world.node(forger.node).state, NodeState::Slashed);
        world.check();
        world.pass(120);
        if round == 1 {
            world.admit(&forger, forger.node).unwrap();
        }
    }
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    assert!(
        world.job(job).attempt.is_none(),
        "a banned provider is matched with nobody"
    );
}
