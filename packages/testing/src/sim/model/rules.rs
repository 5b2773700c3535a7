//! Parameters of the marketplace, and what of them a job keeps.

use cosmwasm_std::Addr;
use joule_types::{
    denom_key,
    marketplace::{JobSpec, JobTerms, ParamsUpdate, Verification},
    work::fees::FeeTerms,
};

use super::Model;

impl Model {
    pub(super) fn terms(&self, denom: &str, spec: &JobSpec) -> Result<JobTerms, String> {
        let rules = self.denoms.get(denom).ok_or_else(|| format!("{denom} has no rules"))?;
        let discount_bps = if denom == self.joule {
            self.rules.fees.discount_bps
        } else {
            0
        };
        Ok(JobTerms {
            fees: FeeTerms {
                discount_bps,
                ..self.rules.fees
            },
            start_secs: self.rules.start_secs,
            accept_secs: self.rules.accept_secs,
            arbiter_secs: self.rules.arbiter_secs,
            arbiter: Addr::unchecked(&self.rules.arbiter),
            dispute_bps: self.rules.dispute_bps,
            timeout_slash_bps: self.rules.timeout_slash_bps,
            max_attempts: self.rules.max_attempts,
            tip: rules.tip,
            rep_min_quote: rules.rep_min_quote,
            committee: (spec.verification == Verification::Committee {}).then(|| self.rules.committee.clone()),
        })
    }

    pub(super) fn change_rules(&mut self, update: &ParamsUpdate) {
        let rules = &mut self.rules;
        macro_rules! set {
            ($($field:ident),*) => {$(
                if let Some(value) = &update.$field {
                    rules.$field = value.clone();
                }
            )*};
        }
        set!(
            fees,
            dispute_bps,
            start_secs,
            accept_secs,
            arbiter_secs,
            max_attempts,
            timeout_slash_bps
        );
        set!(
            offer_deposit,
            max_offers,
            max_job_secs,
            max_queue_secs,
            capacity_plan,
            committee
        );
        if let Some(arbiter) = &update.arbiter {
            rules.arbiter.clone_from(arbiter);
        }
        if let Some(denoms) = &update.denoms {
            self.denoms = denoms
                .iter()
                .map(|rules| (denom_key(&rules.denom), rules.clone()))
                .collect();
        }
    }
}
