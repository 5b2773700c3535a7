//! Parameters, nodes, offers and jobs that fit each other.

use cosmwasm_std::{coin, testing::MockApi, Addr, Coin, HexBinary, Uint128};
use cw20::Denom;
use joule_types::{marketplace::*, registry, JobId, NodeId, Peers, ProviderId};
use joule_work::{
    fees::FeeTerms,
    kind::{Class, ResourceKind},
    price::PriceUnit,
    score::Weights,
    trust::TrustLevel,
};

pub const START: u64 = 1_700_000_000;
pub const REGIONS: [&str; 3] = ["us", "eu", "asia"];
pub const HOUR_PRICE: u128 = 3_600_000;

pub fn a(name: &str) -> Addr {
    MockApi::default().addr_make(name)
}

pub fn joule() -> Denom {
    Denom::Cw20(a("token"))
}

pub fn usdc() -> Denom {
    Denom::Native("uusdc".into())
}

pub fn peers() -> Peers<String> {
    let at = |name: &str| a(name).to_string();
    Peers {
        registry: at("registry"),
        marketplace: at("marketplace"),
        escrow: at("escrow"),
        staking: at("staking"),
        dao: at("dao"),
        token: at("token"),
    }
}

pub fn rules(denom: Denom) -> DenomRules {
    DenomRules {
        denom,
        deal_caps: [Some(10_000_000), Some(1_000_000_000), Some(50_000_000_000), None].map(|cap| cap.map(Uint128::new)),
        rep_min_quote: Uint128::new(500_000),
        tip: Uint128::new(10),
        joule_per_million: None,
    }
}

pub fn params() -> Params {
    Params {
        fees: FeeTerms {
            discount_bps: 1_000,
            ..FeeTerms::DEFAULT
        },
        arbiter: a("arbiter").into(),
        dispute_bps: 200,
        start_secs: 300,
        accept_secs: 86_400,
        arbiter_secs: 3 * 86_400,
        max_attempts: 3,
        timeout_slash_bps: 500,
        offer_deposit: Uint128::new(1_000_000),
        max_offers: 10_000,
        denoms: vec![rules(usdc()), rules(joule())],
        max_job_secs: 86_400,
        max_queue_secs: 7 * 86_400,
        capacity_plan: [2_000, 3_000, 5_000],
        committee: committee_terms(),
    }
}

pub fn committee_terms() -> CommitteeTerms {
    CommitteeTerms {
        verify_bps: 5_000,
        min_validators: 12,
        max_secs: 3_600,
        seal_ahead: 10,
        beacon_secs: 600,
        commit_secs: 600,
        reveal_secs: 600,
        max_reseals: 3,
        wrong_result_bps: 3_000,
        wrong_vote_bps: 1_000,
        no_show_bps: 100,
        premium: Uint128::new(1_000_000),
    }
}

/// As [`spec`], judged by a committee, with a budget for four juries of the first rung.
pub fn judged_spec() -> JobSpec {
    JobSpec {
        verification: Verification::Committee {},
        verification_budget: Uint128::new(30_000_000),
        ..spec()
    }
}

pub fn index_params() -> IndexParams {
    let price = |denom, unit, price: u128| RefPrice {
        denom,
        unit,
        price: price.into(),
    };
    IndexParams {
        weights: Weights::DEFAULT,
        ref_prices: vec![
            price(usdc(), PriceUnit::Hour, HOUR_PRICE),
            price(joule(), PriceUnit::Hour, HOUR_PRICE),
            price(usdc(), PriceUnit::Gigabyte, 1_000),
        ],
        ref_hash_rate: 1_000_000,
        latency: vec![
            vec![10_000, 6_000, 2_500],
            vec![6_000, 10_000, 2_500],
            vec![2_500, 2_500, 10_000],
        ],
    }
}

/// What the registry says of a good cpu node `id` of provider `id` in `us`.
pub fn node(id: u64) -> registry::Candidate {
    registry::Candidate {
        node: NodeId(id),
        provider: ProviderId(id),
        owner: a(&format!("owner{id}")),
        operator: a(&format!("operator{id}")),
        payout: a(&format!("payout{id}")),
        referrer: None,
        registered_at: START,
        class: Class::Community,
        kind: ResourceKind::Cpu,
        region: 0,
        hardware: registry::Hardware {
            model: "test".into(),
            units: 8,
            memory_mb: 16_384,
        },
        state: registry::NodeState::Active,
        available: true,
        hash_rate: 1_000_000,
        tier: None,
        uptime_bps: 9_900,
        load: 0,
        standing: registry::Standing {
            reputation: 100_000,
            success_bps: 10_000,
            trust: TrustLevel::Verified,
            stake: Uint128::new(1_000_000_000),
            under_review: false,
        },
    }
}

pub fn terms(node: u64) -> OfferTerms {
    OfferTerms {
        node: NodeId(node),
        denom: usdc(),
        price: HOUR_PRICE.into(),
        unit: PriceUnit::Hour,
        min_secs: 0,
        max_secs: 86_400,
        capacity: 1,
        sla_bps: 9_500,
    }
}

fn object(byte: u8) -> Object {
    Object {
        sha256: HexBinary::from(vec![byte; 32]),
        size: 100u64.into(),
        url: "file:///objects/x".into(),
    }
}

/// A cpu job of one hour at most; the offer of [`terms`] costs 3.6 USDC for it.
pub fn spec() -> JobSpec {
    JobSpec {
        runtime: "wasm/1@wasmtime-48.0.8".into(),
        bundle: object(1),
        input: object(2),
        steps: 16,
        fuel_per_step: 1_000_000u64.into(),
        memory_mb: 64,
        max_output: 1_000_000u64.into(),
        complexity: 3,
        estimated_secs: 60,
        requirements: wish(),
        verification_budget: Uint128::zero(),
        crank_deposit: Uint128::new(100),
        deadline_at: START + 86_400,
        verification: Verification::BuyerAccept {},
    }
}

pub fn wish() -> Requirements {
    Requirements {
        kind: ResourceKind::Cpu,
        denom: usdc(),
        max_secs: 3_600,
        units: 1,
        budget: Uint128::new(5_000_000),
        min_memory_mb: 0,
        min_units: 1,
        min_tier: None,
        min_hash_rate: 0,
        min_reputation: 0,
        min_trust: TrustLevel::Basic,
        min_uptime_bps: 0,
        region: None,
        only_region: false,
        enterprise: false,
        max_gap: None,
    }
}

pub fn post_msg(spec: JobSpec) -> ExecuteMsg {
    ExecuteMsg::PostJob {
        spec: Box::new(spec),
        hints: vec![],
    }
}

pub fn result_msg(job: JobId, attempt: u32) -> ExecuteMsg {
    ExecuteMsg::SubmitResult {
        job,
        attempt,
        result_root: HexBinary::from(vec![7; 32]),
        trace_root: HexBinary::from(vec![8; 32]),
        output_url: "file:///objects/out".into(),
        output_size: 1_000u64.into(),
    }
}

pub fn uusdc(amount: u128) -> Coin {
    coin(amount, "uusdc")
}
