//! Trust levels, computed from evidence and stake whenever they are read, and the cap of one deal at each level.

use serde::{Deserialize, Serialize};

use crate::fees::at_most;
use crate::{WorkError, BPS};

/// How far a provider is trusted; each level includes the ones below.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TrustLevel {
    /// Not enough stake, or banned: no deals.
    #[default]
    None,
    /// Level 1: small deals.
    Basic,
    /// Level 2: proven power.
    Verified,
    /// Level 3: proven record; enterprise and priority.
    Trusted,
    /// Level 4: granted by the dao.
    Partner,
}

indexed!(TrustLevel { None = 0, Basic = 1, Verified = 2, Trusted = 3, Partner = 4 });

/// Thresholds of the levels; stakes in base units of JOULE (6 decimals).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustRules {
    /// Stake of level 1.
    pub basic_stake: u128,
    /// Stake of level 2.
    pub verified_stake: u128,
    /// Stake of levels 3 and 4.
    pub trusted_stake: u128,
    /// Accepted proof windows for level 2.
    pub verified_windows: u32,
    /// Successes that count (DESIGN 11.7) for level 3.
    pub trusted_jobs: u32,
    /// Success rate for level 3, basis points.
    pub trusted_success_bps: u16,
}

impl TrustRules {
    /// DESIGN 8: 100, 1 000 and 10 000 JOULE; 10 windows; 100 jobs at 95 %.
    pub const DEFAULT: Self = Self {
        basic_stake: 100_000_000,
        verified_stake: 1_000_000_000,
        trusted_stake: 10_000_000_000,
        verified_windows: 10,
        trusted_jobs: 100,
        trusted_success_bps: 9_500,
    };

    /// Checks that the stakes rise, that level 1 needs a stake at all, and that the rate is a ratio.
    ///
    /// # Errors
    /// `work.zero`, `work.not_rising`, `work.bps_out_of_range`.
    pub fn validate(&self) -> Result<(), WorkError> {
        if self.basic_stake == 0 {
            return Err(WorkError::Zero {
                what: "the stake of trust level 1",
            });
        }
        if self.basic_stake > self.verified_stake || self.verified_stake > self.trusted_stake {
            return Err(WorkError::NotRising {
                what: "the stakes of the trust levels",
            });
        }
        at_most(
            "trusted_success_bps",
            u32::from(self.trusted_success_bps),
            u32::from(BPS),
        )
    }
}

impl Default for TrustRules {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What is known of a provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Bonded JOULE, base units, after slashes.
    pub stake: u128,
    /// Accepted proof windows.
    pub accepted_windows: u32,
    /// Successes that count for level 3.
    pub successes: u32,
    /// Success rate over all attempts, basis points.
    pub success_bps: u16,
    /// Granted level 4 by the dao.
    pub partner: bool,
    /// Banned: no level at all.
    pub banned: bool,
}

/// The level that the evidence supports. A partner whose stake fell below level 3's has only the level it earned.
pub fn level(evidence: &Evidence, rules: &TrustRules) -> TrustLevel {
    if evidence.banned || evidence.stake < rules.basic_stake {
        return TrustLevel::None;
    }
    if evidence.partner && evidence.stake >= rules.trusted_stake {
        return TrustLevel::Partner;
    }
    if evidence.stake < rules.verified_stake || evidence.accepted_windows < rules.verified_windows {
        return TrustLevel::Basic;
    }
    let record = evidence.successes >= rules.trusted_jobs && evidence.success_bps >= rules.trusted_success_bps;
    if record && evidence.stake >= rules.trusted_stake {
        return TrustLevel::Trusted;
    }
    TrustLevel::Verified
}

/// The greatest quote of one deal at each level, in base units of one denom; `None` is without limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DealCaps {
    /// Cap at level 1.
    pub basic: Option<u128>,
    /// Cap at level 2.
    pub verified: Option<u128>,
    /// Cap at level 3.
    pub trusted: Option<u128>,
    /// Cap at level 4.
    pub partner: Option<u128>,
}

impl DealCaps {
    /// DESIGN 8 for a dollar coin with 6 decimals: 10, 1 000, 50 000 and none.
    pub const USDC: Self = Self {
        basic: Some(10_000_000),
        verified: Some(1_000_000_000),
        trusted: Some(50_000_000_000),
        partner: None,
    };

    /// The cap at a level; zero without a level.
    pub const fn at(&self, level: TrustLevel) -> Option<u128> {
        match level {
            TrustLevel::None => Some(0),
            TrustLevel::Basic => self.basic,
            TrustLevel::Verified => self.verified,
            TrustLevel::Trusted => self.trusted,
            TrustLevel::Partner => self.partner,
        }
    }

    /// Whether a deal of this quote is within the cap at a level. Without a level nothing is.
    pub fn allows(&self, level: TrustLevel, quote: u128) -> bool {
        level != TrustLevel::None && self.at(level).is_none_or(|cap| quote <= cap)
    }

    /// Checks that the caps do not fall from level to level.
    ///
    /// # Errors
    /// `work.not_rising`.
    pub fn validate(&self) -> Result<(), WorkError> {
        let caps = [self.basic, self.verified, self.trusted, self.partner].map(|cap| cap.unwrap_or(u128::MAX));
        if !caps.is_sorted() {
            return Err(WorkError::NotRising {
                what: "the deal caps of the trust levels",
            });
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn evidence() -> impl Strategy<Value = Evidence> {
        (
            0u128..20_000_000_000,
            0u32..20,
            0u32..200,
            9_000..=BPS,
            any::<bool>(),
            any::<bool>(),
        )
            .prop_map(
                |(stake, accepted_windows, successes, success_bps, partner, banned)| Evidence {
                    stake,
                    accepted_windows,
                    successes,
                    success_bps,
                    partner,
                    banned,
                },
            )
    }

    proptest! {
        #[test]
        fn more_evidence_never_lowers_the_level(base in evidence(), stake in 0u128..9_000_000_000, n in 0u32..99) {
            let rules = TrustRules::DEFAULT;
            let more = [
                Evidence { stake: base.stake + stake, ..base },
                Evidence { accepted_windows: base.accepted_windows + n, ..base },
                Evidence { successes: base.successes + n, ..base },
                Evidence { success_bps: BPS, ..base },
                Evidence { partner: true, ..base },
                Evidence { banned: false, ..base },
            ];
            for better in more {
                prop_assert!(level(&better, &rules) >= level(&base, &rules), "{better:?}");
            }
            prop_assert_eq!(level(&Evidence { banned: true, ..base }, &rules), TrustLevel::None);
            prop_assert_eq!(level(&Evidence { stake: 0, ..base }, &rules), TrustLevel::None);
        }
    }

    #[test]
    fn caps_bound_one_deal() {
        let caps = DealCaps::USDC;
        let cases = [
            (TrustLevel::Basic, 10_000_000u128),
            (TrustLevel::Verified, 1_000_000_000),
            (TrustLevel::Trusted, 50_000_000_000),
        ];
        for (level, cap) in cases {
            assert!(caps.allows(level, cap) && !caps.allows(level, cap + 1), "{level}");
            assert_eq!(caps.at(level), Some(cap));
        }
        assert!(caps.allows(TrustLevel::Partner, u128::MAX));
        assert!(!caps.allows(TrustLevel::None, 0));
    }

    #[test]
    fn tables_must_rise() {
        let rules = TrustRules::default();
        assert_eq!((rules.validate(), DealCaps::USDC.validate()), (Ok(()), Ok(())));
        let zero = TrustRules {
            basic_stake: 0,
            ..rules
        };
        assert!(matches!(zero.validate(), Err(WorkError::Zero { .. })));
        let falling = [
            TrustRules {
                basic_stake: rules.verified_stake + 1,
                ..rules
            },
            TrustRules {
                trusted_stake: rules.verified_stake - 1,
                ..rules
            },
        ];
        for rules in falling {
            assert!(matches!(rules.validate(), Err(WorkError::NotRising { .. })));
        }
        let rate = TrustRules {
            trusted_success_bps: 10_001,
            ..rules
        };
        assert!(matches!(rate.validate(), Err(WorkError::BpsOutOfRange { .. })));
        let caps = DealCaps {
            verified: None,
            ..DealCaps::USDC
        };
        assert!(matches!(caps.validate(), Err(WorkError::NotRising { .. })));
    }
}
