use crate::support::*;
use cosmwasm_std::Uint128;
use joule_kit::KitError;
use joule_staking::validators::USED;
use joule_staking::StakingError;
use joule_types::staking::handle::VALIDATORS;
use joule_types::staking::{
    ExecuteMsg, ParamsUpdate, QueryMsg, ValidatorEnrolled, ValidatorResponse, ValidatorRetired,
};
use joule_types::{AdminMsg, Page, Peer};

fn weight(bench: &Bench, who: &str) -> u128 {
    bench.validator_of(who).unwrap().weight.u128()
}

fn refusal(outcome: Outcome) -> String {
    let text = outcome.unwrap_err().to_string();
    text.split(':').next().unwrap().into()
}

/// (enrolled, eligible, weight).
fn counts(bench: &Bench) -> (u32, u32, u128) {
    let told = bench.validators();
    (told.enrolled, told.eligible, told.weight.u128())
}

#[test]
fn a_pool_enrols_weighs_its_stake_and_retires() {
    let mut bench = Bench::new();
    bench.bond("ann", 500).unwrap();
    bench.bond("bob", 300).unwrap();
    let response = bench.enrol("ann", Some("key")).unwrap();
    let expected = ValidatorEnrolled {
        pool: addr("ann"),
        operator: addr("key"),
        slot: 0,
        weight: Uint128::new(500),
    };
    assert_eq!(event::<ValidatorEnrolled>(&response), expected);
    assert!(response.messages.is_empty());
    bench.enrol("bob", None).unwrap();
    assert_eq!(counts(&bench), (2, 2, 800));
    let ann = ValidatorResponse {
        owner: addr("ann"),
        operator: addr("key"),
        slot: 0,
        weight: Uint128::new(500),
        drawn_by: Uint128::zero(),
    };
    assert_eq!(bench.validator_of("ann"), Some(ann.clone()));
    assert_eq!(bench.validator_of("key"), Some(ann));
    assert_eq!(bench.validator_of("cat"), None);
    bench.next_epoch();
    assert_eq!(bench.validator_of("ann").unwrap().drawn_by.u128(), 500);
    let told = bench.validators();
    assert_eq!((told.epoch, told.epoch_secs), (bench.epoch(), EPOCH));

    let response = bench.retire("ann").unwrap();
    let expected = ValidatorRetired {
        pool: addr("ann"),
        slot: 0,
    };
    assert_eq!(event::<ValidatorRetired>(&response), expected);
    assert_eq!((bench.validator_of("ann"), bench.validator_of("key")), (None, None));
    assert_eq!(counts(&bench), (1, 1, 300));
    let not = StakingError::NotValidator {
        owner: addr("ann").into(),
    };
    assert_eq!(bench.retire("ann"), Err(not));
    assert_eq!(bench.stake("ann"), (500, 0, 0), "its stake stays bonded");
    let raw = VALIDATORS.load(&bench.deps.storage).unwrap();
    assert_eq!((raw.epoch_secs, raw.enrolled, raw.eligible), (EPOCH, 1, 1));
}

#[test]
fn the_weight_follows_every_bond_unbond_and_slash() {
    let mut bench = Bench::new();
    bench.validator("ann", 500);
    bench.bond("ann", 100).unwrap();
    assert_eq!(weight(&bench, "ann"), 600);
    bench.unbond("ann", 350).unwrap();
    assert_eq!(weight(&bench, "ann"), 250);
    bench.slash("ann", 500);
    assert_eq!(weight(&bench, "ann"), 237);
    // Below the minimum of a validator it weighs nothing and stays enrolled.
    bench.unbond("ann", 138).unwrap();
    assert_eq!((weight(&bench, "ann"), counts(&bench)), (0, (1, 0, 0)));
    bench.bond("ann", 1).unwrap();
    assert_eq!((weight(&bench, "ann"), counts(&bench)), (100, (1, 1, 100)));
    bench.slash("ann", 10_000);
    assert_eq!((weight(&bench, "ann"), counts(&bench)), (0, (1, 0, 0)));
    bench.bond("ann", 150).unwrap();
    assert_eq!(counts(&bench), (1, 1, 150));
    bench.retire("ann").unwrap();
    bench.bond("ann", 50).unwrap();
    assert_eq!(counts(&bench), (0, 0, 0), "a pool that retired weighs nothing");
}

#[test]
fn a_new_minimum_weighs_from_the_next_change_on() {
    let mut bench = Bench::new();
    bench.validator("ann", 500);
    bench.validator("bob", 500);
    let update = ParamsUpdate {
        min_validator_stake: Some(Uint128::new(501)),
        ..Default::default()
    };
    bench
        .send(&peer(Peer::Dao), ExecuteMsg::UpdateParams { update })
        .unwrap();
    assert_eq!(counts(&bench), (2, 2, 1_000));
    bench.unbond("ann", 10).unwrap();
    assert_eq!((weight(&bench, "ann"), weight(&bench, "bob")), (0, 500));
    bench.bond("ann", 11).unwrap();
    assert_eq!(weight(&bench, "ann"), 501);
}

#[test]
fn who_may_not_enrol() {
    let mut bench = Bench::new();
    assert_eq!(refusal(bench.enrol("ann", None)), "stk.no_pool");
    bench.bond("ann", MIN_STAKE - 1).unwrap();
    let few = StakingError::BelowMinimum {
        left: Uint128::new(MIN_STAKE - 1),
        min: Uint128::new(MIN_STAKE),
    };
    assert_eq!(bench.enrol("ann", None), Err(few));
    bench.bond("ann", 1).unwrap();
    for operator in ["nobody".to_string(), addr("key").as_str().to_uppercase(), String::new()] {
        let operator = Some(operator);
        let outcome = bench.send(&addr("ann"), ExecuteMsg::Enrol { operator });
        assert_eq!(refusal(outcome), "kit.invalid_address");
    }
    for own in Peer::ALL {
        let outcome = bench.enrol("ann", Some(own.name()));
        assert_eq!(refusal(outcome), "kit.own_address");
    }
    let pause = ExecuteMsg::Admin(AdminMsg::Pause { secs: 7 * DAY });
    bench.send(&peer(Peer::Dao), pause).unwrap();
    assert!(matches!(
        bench.enrol("ann", None),
        Err(StakingError::Kit(KitError::Paused { .. }))
    ));
    bench.jump(7 * DAY);
    bench.enrol("ann", None).unwrap();
    let pause = ExecuteMsg::Admin(AdminMsg::Pause { secs: 7 * DAY });
    bench.send(&peer(Peer::Dao), pause).unwrap();
    bench.retire("ann").unwrap();
}

#[test]
fn an_address_stands_for_one_validator() {
    let mut bench = Bench::new();
    for who in ["ann", "bob", "cat"] {
        bench.bond(who, 500).unwrap();
    }
    bench.enrol("ann", Some("key")).unwrap();
    for taken in ["key", "ann"] {
        let expected = StakingError::OperatorTaken {
            operator: addr(taken).into(),
            owner: addr("ann").into(),
        };
        assert_eq!(bench.enrol("bob", Some(taken)), Err(expected));
    }
    // The same again, another one, the owner: each frees what was before.
    bench.enrol("ann", Some("key")).unwrap();
    bench.enrol("ann", Some("other key")).unwrap();
    bench.enrol("bob", Some("key")).unwrap();
    bench.enrol("ann", None).unwrap();
    assert_eq!(bench.validator_of("other key"), None);
    bench.enrol("bob", Some("other key")).unwrap();
    // What a retired validator leaves is free, and stays with who takes it when the first comes back.
    bench.retire("bob").unwrap();
    bench.enrol("cat", Some("other key")).unwrap();
    assert_eq!(refusal(bench.enrol("bob", Some("other key"))), "stk.operator_taken");
    bench.enrol("bob", None).unwrap();
    assert_eq!(bench.validator_of("other key").unwrap().owner, addr("cat"));
    assert_eq!(counts(&bench), (3, 3, 1_500));
}

#[test]
fn an_owner_takes_the_own_address_back() {
    let mut bench = Bench::new();
    bench.validator("ann", 500);
    bench.bond("bob", 500).unwrap();
    bench.enrol("ann", Some("bob")).unwrap();
    let response = bench.enrol("bob", Some("key")).unwrap();
    let told: Vec<ValidatorEnrolled> = response.events.iter().filter_map(|e| e.try_into().ok()).collect();
    let told: Vec<_> = told.into_iter().map(|e| (e.pool, e.operator, e.slot)).collect();
    let expected = [(addr("ann"), addr("ann"), 0), (addr("bob"), addr("key"), 1)];
    assert_eq!(told, expected);
    assert_eq!(bench.validator_of("ann").unwrap().operator, addr("ann"));
    assert_eq!(bench.validator_of("bob").unwrap().owner, addr("bob"));
    bench.retire("ann").unwrap();
    assert_eq!(bench.validator_of("bob").unwrap().operator, addr("key"));
}

#[test]
fn a_slot_rests_two_epochs_before_another_owner_gets_it() {
    let mut bench = Bench::new();
    for who in ["ann", "bob", "cat", "dan", "eve"] {
        bench.bond(who, 500).unwrap();
    }
    let slot = |outcome: Outcome| event::<ValidatorEnrolled>(&outcome.unwrap()).slot;
    assert_eq!(slot(bench.enrol("ann", None)), 0);
    assert_eq!(slot(bench.enrol("bob", None)), 1);
    bench.retire("ann").unwrap();
    assert_eq!(slot(bench.enrol("ann", None)), 0, "the own slot is there at once");
    bench.retire("ann").unwrap();
    bench.next_epoch();
    bench.retire("bob").unwrap();
    assert_eq!(slot(bench.enrol("cat", None)), 2);
    bench.next_epoch();
    assert_eq!(slot(bench.enrol("dan", None)), 0, "ann's has rested, bob's has not");
    assert_eq!(slot(bench.enrol("ann", None)), 3, "hers is gone");
    bench.next_epoch();
    assert_eq!(slot(bench.enrol("eve", None)), 1);
    assert_eq!(slot(bench.enrol("bob", None)), 4);
}

#[test]
fn who_retires_between_round_and_draw_keeps_the_seat_and_the_next_owner_never_inherits_it() {
    let mut bench = Bench::new();
    bench.validator("ann", 500);
    bench.bond("bob", 500).unwrap();
    bench.next_epoch();
    bench.retire("ann").unwrap();
    let seats = bench.draw(seed(1), 3, &[]);
    assert_eq!((seats.len(), &seats[0].owner), (1, &addr("ann")));
    for _ in 0..2 {
        bench.next_epoch();
        assert!(bench.draw(seed(1), 3, &[]).is_empty());
    }
    bench.enrol("bob", None).unwrap();
    assert_eq!(bench.validator_of("bob").unwrap().slot, 0);
    assert!(bench.draw(seed(1), 3, &[]).is_empty());
    bench.next_epoch();
    assert_eq!(bench.draw(seed(1), 3, &[])[0].owner, addr("bob"));
}

#[test]
fn the_last_slot_is_given_and_then_the_tree_is_full() {
    let mut bench = Bench::new();
    for who in ["ann", "bob"] {
        bench.bond(who, 500).unwrap();
    }
    USED.save(&mut bench.deps.storage, &65_535).unwrap();
    let told: ValidatorEnrolled = event(&bench.enrol("ann", None).unwrap());
    assert_eq!(told.slot, 65_535);
    assert_eq!(bench.enrol("bob", None), Err(StakingError::TreeFull { slots: 65_536 }));
    bench.retire("ann").unwrap();
    assert_eq!(refusal(bench.enrol("bob", None)), "stk.tree_full");
    bench.jump(2 * EPOCH);
    bench.enrol("bob", None).unwrap();
}

#[test]
fn validators_are_paged_by_owner_without_the_retired() {
    let mut bench = Bench::new();
    let mut owners: Vec<_> = (0..65).map(|i| format!("owner{i}")).collect();
    for owner in &owners {
        bench.validator(owner, 100);
    }
    bench.retire("owner7").unwrap();
    owners.retain(|owner| owner != "owner7");
    owners.sort_by_key(|owner| addr(owner));
    let (mut seen, mut after) = (vec![], None);
    loop {
        let page: Page<ValidatorResponse, String> = bench
            .ask(QueryMsg::ListValidators {
                start_after: after,
                limit: Some(100),
            })
            .unwrap();
        assert!(page.items.len() <= 30);
        seen.extend(page.items.into_iter().map(|validator| validator.owner));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, owners.iter().map(|owner| addr(owner)).collect::<Vec<_>>());
}
