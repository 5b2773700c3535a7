//! Parameters of DESIGN 8 and 11.19 for a public chain, and for the local chains where every duration is seconds.

use cosmwasm_std::{HexBinary, Uint128, Uint64};
use cw20::Denom;
use joule_types::{
    dao,
    marketplace::{self, CommitteeTerms, DenomRules, IndexParams, RefPrice},
    registry, staking,
    work::{beacon, fees::FeeTerms, price::PriceUnit, score::Weights, trust::TrustRules},
};

use crate::{Plan, TokenPlan};

/// Decimals of JOULE.
pub const JOULE_DECIMALS: u8 = 6;
/// Micro-JOULE of one JOULE.
pub const ONE_JOULE: u128 = 1_000_000;

/// Public key of the beacon of the local chains, hex: `joule_beacon::LocalBeacon` signs with its published secret key.
pub const LOCAL_BEACON_KEY: &str = "90b3853462f2ff1f740013ef5150184b9f7b11433308e775c30830b37b359dec2d515878e41e3bc1251d74401d1df9ec150746d010381ae3dc6832bdb6162c5a124d5bb999d747705b2dc935a4c54529d758411c195599ae39eb055835a35b81";

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

fn joule(whole: u128) -> Uint128 {
    Uint128::new(whole.saturating_mul(ONE_JOULE))
}

impl Plan {
    /// A public chain: DESIGN 8 and 11.19. Balances, genesis stake, guardian and arbiter are the deployer's to fill in.
    #[must_use]
    pub fn public(arbiter: &str) -> Self {
        Self {
            salt_version: 1,
            guardian: None,
            token: TokenPlan {
                name: "Joule".into(),
                symbol: "JOULE".into(),
                balances: vec![],
                treasury: Uint128::zero(),
            },
            staking: staking::Params {
                unbonding_secs: 21 * DAY,
                min_bond: joule(1),
                min_validator_stake: joule(1_000),
            },
            epoch_secs: 15 * MINUTE,
            beacon: quicknet(),
            genesis_stake: vec![],
            natives: vec!["uusdc".into()],
            registry: registry_params(),
            marketplace: marketplace_params(arbiter),
            index: index_params(),
            dao: dao::Params {
                voting_secs: 3 * DAY,
                timelock_secs: DAY,
                expiry_secs: 7 * DAY,
                quorum_bps: 2_000,
                threshold_bps: 5_000,
                veto_bps: 3_300,
                deposit: joule(100),
                max_open: 5,
            },
            power_floor: joule(100_000),
            min_duration_secs: HOUR,
            min_window_secs: 60,
            min_deadline_secs: 60,
            min_unbonding_secs: 14 * DAY,
        }
    }

    /// The embedded and the local chain: the same rules, every duration in seconds.
    #[must_use]
    pub fn local(arbiter: &str) -> Self {
        let mut plan = Self::public(arbiter);
        plan.staking.unbonding_secs = 210;
        plan.registry.beat_secs = 30;
        plan.registry.admission_units = Uint64::new(1 << 20);
        plan.registry.admission_secs = 60;
        plan.registry.window_secs = 10;
        plan.registry.reveal_secs = 20;
        plan.registry.window_gap_secs = 30;
        plan.registry.uptime_period_secs = 600;
        plan.registry.window_k = 256;
        plan.registry.window_every_secs = 30;
        plan.registry.window_grace_secs = 5;
        // The embedded chain's own beacon: a published key, a round a second.
        plan.beacon = local_beacon();
        plan.staking.min_validator_stake = joule(100);
        plan.marketplace.committee.min_validators = 5;
        plan.marketplace.committee.seal_ahead = 2;
        plan.marketplace.committee.beacon_secs = 30;
        plan.marketplace.committee.commit_secs = 20;
        plan.marketplace.committee.reveal_secs = 15;
        plan.marketplace.start_secs = 10;
        plan.marketplace.accept_secs = 60;
        plan.marketplace.arbiter_secs = 60;
        plan.dao.voting_secs = 20;
        plan.dao.timelock_secs = 5;
        plan.dao.expiry_secs = 600;
        plan.min_duration_secs = 1;
        plan.min_window_secs = 1;
        plan.min_deadline_secs = 1;
        plan.min_unbonding_secs = 21;
        plan
    }

    /// A chain that people watch, on one machine that all agents share: [`Plan::local`] with the waits that nobody sits through cut
    /// short, and time to start for a busy processor.
    #[must_use]
    pub fn demo(arbiter: &str) -> Self {
        let mut plan = Self::local(arbiter);
        // Ten accepted windows, as the other profiles ask for, take longer than anybody watches.
        plan.registry.trust.verified_windows = 1;
        plan.registry.window_every_secs = 5;
        // Who enrols waits for the next epoch to be drawn.
        plan.epoch_secs = 20;
        plan.marketplace.start_secs = 20;
        plan.staking.unbonding_secs = 30;
        plan
    }
}

/// drand's quicknet.
fn quicknet() -> registry::BeaconParams {
    registry::BeaconParams {
        public_key: hex(beacon::QUICKNET_KEY),
        genesis: beacon::QUICKNET_GENESIS,
        period: beacon::QUICKNET_PERIOD,
    }
}

/// A round a second under the published key of the local chains; round 1 is before any chain of ours.
fn local_beacon() -> registry::BeaconParams {
    registry::BeaconParams {
        public_key: hex(LOCAL_BEACON_KEY),
        genesis: 1_500_000_000,
        period: 1,
    }
}

/// Of constants, so nothing can fail; a wrong one would be refused at instantiation.
fn hex(text: &str) -> HexBinary {
    HexBinary::from_hex(text).unwrap_or_default()
}

fn registry_params() -> registry::Params {
    registry::Params {
        fee: joule(10),
        regions: ["us", "eu", "asia"].map(String::from).to_vec(),
        min_gpu_memory_mb: 8 * 1024,
        max_nodes: 64,
        beat_secs: 600,
        min_uptime_bps: 9_500,
        uptime_period_secs: 30 * DAY,
        admission_units: Uint64::new(1 << 28),
        admission_secs: 600,
        max_admission_failures: 3,
        window_secs: 120,
        reveal_secs: HOUR,
        window_gap_secs: 2 * HOUR,
        // Four a day (verification study, section 2).
        window_every_secs: 6 * HOUR,
        window_grace_secs: 30,
        round_tip: Uint128::new(20_000),
        window_k: 512,
        forgery_slash_bps: 3_000,
        misuse_slash_bps: 5_000,
        trust: TrustRules::DEFAULT.into(),
    }
}

fn marketplace_params(arbiter: &str) -> marketplace::Params {
    marketplace::Params {
        // The marketplace gives the discount to deals in JOULE only.
        fees: FeeTerms {
            discount_bps: 1_000,
            ..FeeTerms::DEFAULT
        },
        arbiter: arbiter.into(),
        dispute_bps: 200,
        start_secs: 300,
        accept_secs: DAY,
        arbiter_secs: 3 * DAY,
        max_attempts: 3,
        timeout_slash_bps: 500,
        offer_deposit: joule(1),
        max_offers: 64,
        // A JOULE is taken at a dollar until the dao's table says otherwise.
        denoms: vec![denom_rules("uusdc", Some(ONE_JOULE)), denom_rules("joule", None)],
        max_job_secs: 7 * DAY,
        max_queue_secs: 30 * DAY,
        capacity_plan: [2_000, 3_000, 5_000],
        committee: committee_terms(),
    }
}

fn committee_terms() -> CommitteeTerms {
    CommitteeTerms {
        verify_bps: 5_000,
        // All three rungs with the standbys of each (37), and the parties that cannot be drawn: a ladder that ends early makes
        // dissent free.
        min_validators: 45,
        max_secs: 16 * HOUR,
        seal_ahead: 10,
        beacon_secs: 10 * MINUTE,
        commit_secs: 10 * MINUTE,
        reveal_secs: 10 * MINUTE,
        max_reseals: 3,
        wrong_result_bps: 3_000,
        wrong_vote_bps: 1_000,
        no_show_bps: 100,
        premium: joule(1),
    }
}

fn denom_rules(denom: &str, joule_per_million: Option<u128>) -> DenomRules {
    DenomRules {
        denom: Denom::Native(denom.into()),
        deal_caps: [Some(10), Some(1_000), Some(50_000), None].map(|cap| cap.map(joule)),
        rep_min_quote: Uint128::new(10_000),
        tip: Uint128::new(1_000),
        joule_per_million: joule_per_million.map(Uint128::new),
    }
}

fn index_params() -> IndexParams {
    // Reference prices: what half of the price points cost, around the earnings table of the marketplace seed.
    let units = [
        (PriceUnit::Hour, 500_000),
        (PriceUnit::Minute, 8_333),
        (PriceUnit::Gigabyte, 20_000),
        (PriceUnit::Task, 10_000),
        (PriceUnit::DataPoint, 1_000),
    ];
    let ref_prices = ["uusdc", "joule"]
        .iter()
        .flat_map(|denom| {
            units.iter().map(|(unit, price)| RefPrice {
                denom: Denom::Native((*denom).into()),
                unit: *unit,
                price: Uint128::new(*price),
            })
        })
        .collect();
    IndexParams {
        weights: Weights::DEFAULT,
        ref_prices,
        ref_hash_rate: 50_000_000,
        latency: vec![
            vec![10_000, 5_000, 2_500],
            vec![5_000, 10_000, 3_500],
            vec![2_500, 3_500, 10_000],
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use joule_types::work::committee::Durations;

    #[test]
    fn the_beacon_of_the_local_chains_is_the_one_that_signs_there() {
        let key = joule_beacon::LocalBeacon::new().public_key();
        assert_eq!(Plan::local("arbiter").beacon.public_key.as_slice(), key);
        assert_eq!(Plan::public("arbiter").beacon.public_key.len(), beacon::KEY_LEN);
    }

    /// The figures of DESIGN 8 and 11.19 that this version has, each written out.
    #[test]
    fn a_public_chain_starts_with_the_figures_of_the_design() {
        let plan = Plan::public("arbiter");
        let (registry, market) = (&plan.registry, &plan.marketplace);
        let fees = [
            ("fee_bps", market.fees.fee_bps, 800),
            ("stakers_bps", market.fees.stakers_bps, 2_500),
            ("referrer_bps", market.fees.referrer_bps, 500),
            ("discount_bps", market.fees.discount_bps, 1_000),
            ("dispute_bps", market.dispute_bps, 200),
            ("timeout_slash_bps", market.timeout_slash_bps, 500),
            ("misuse_slash_bps", registry.misuse_slash_bps, 5_000),
            ("forgery_slash_bps", registry.forgery_slash_bps, 3_000),
            ("min_uptime_bps", registry.min_uptime_bps, 9_500),
            ("window_k", registry.window_k, 512),
            ("verify_bps", market.committee.verify_bps, 5_000),
            ("wrong_result_bps", market.committee.wrong_result_bps, 3_000),
            ("quorum_bps", plan.dao.quorum_bps, 2_000),
            ("threshold_bps", plan.dao.threshold_bps, 5_000),
            ("veto_bps", plan.dao.veto_bps, 3_300),
        ];
        let secs = [
            ("unbonding", plan.staking.unbonding_secs, 21 * DAY),
            ("accept", market.accept_secs, DAY),
            ("arbiter", market.arbiter_secs, 3 * DAY),
            ("start", market.start_secs, 300),
            ("attempts", market.max_attempts.into(), 3),
            ("voting", plan.dao.voting_secs, 3 * DAY),
            ("timelock", plan.dao.timelock_secs, DAY),
            ("expiry", plan.dao.expiry_secs, 7 * DAY),
            ("window", registry.window_secs, 120),
            ("uptime", registry.uptime_period_secs, 30 * DAY),
            ("min_gpu_memory_mb", registry.min_gpu_memory_mb, 8_192),
        ];
        let sums = [
            ("fee", registry.fee, joule(10)),
            ("dao deposit", plan.dao.deposit, joule(100)),
            ("offer deposit", market.offer_deposit, joule(1)),
        ];
        for (name, found, design) in fees {
            assert_eq!(found, design, "{name}");
        }
        for (name, found, design) in secs {
            assert_eq!(found, design, "{name}");
        }
        for (name, found, design) in sums {
            assert_eq!(found, design, "{name}");
        }
        // No job may outlast the time for which the stake behind it stays slashable.
        let committee = &market.committee;
        let judged = Durations {
            beacon: committee.beacon_secs,
            commit: Durations::commit_secs(committee.max_secs, committee.commit_secs),
            reveal: committee.reveal_secs,
            reseals: committee.max_reseals,
        };
        assert!(committee.max_secs + market.start_secs + judged.longest() < plan.min_unbonding_secs);
        assert!(
            market.max_job_secs + market.start_secs + market.accept_secs + market.arbiter_secs
                < plan.min_unbonding_secs
        );
    }
}
