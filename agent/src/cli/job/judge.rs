//! Who judges the result of a job, and what is set aside for it.
use joule_types::marketplace::Params;
use joule_work::committee::{least_budget, MIN_STEPS};
use serde::Deserialize;

use super::file::JobFile;
use crate::chain::contracts::money::Denoms;
use crate::error::{Error, Result};

/// Who judges a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Judge {
    /// The buyer accepts, disputes, or is silent and thereby accepts.
    #[default]
    Buyer,
    /// Validators run it again and vote.
    Committee,
}

impl JobFile {
    /// Whether the job can be judged as it asks.
    pub fn check_judge(&self) -> std::result::Result<(), String> {
        match (self.verification, &self.verification_budget) {
            (Judge::Committee, _) if self.steps < MIN_STEPS => Err(format!(
                "a committee judges jobs of at least {MIN_STEPS} steps, this one has {}",
                self.steps
            )),
            (Judge::Buyer, Some(budget)) => Err(format!(
                "verification_budget is {budget}, and nobody but the buyer judges"
            )),
            _ => Ok(()),
        }
    }

    /// What is set aside for validators, as base units of the deal's coin. Unless the file says it, what the first jury of
    /// each attempt costs at the full budget under the market's parameters.
    pub fn verification_budget(&self, denoms: &Denoms, params: &Params) -> Result<u128> {
        let said = self.beside(denoms, "verification_budget", self.verification_budget.as_ref())?;
        match (self.verification, said) {
            (Judge::Buyer, _) => Ok(0),
            (Judge::Committee, Some(said)) => Ok(said),
            (Judge::Committee, None) => {
                let budget = denoms.money(&self.budget)?;
                let rules = params.denoms.iter().find(|rules| rules.denom == budget.denom);
                // Votes are paid by the least quote that counts for reputation, if the quote is smaller.
                let least = rules.map_or(0, |rules| rules.rep_min_quote.u128());
                let jury = least_budget(budget.amount.u128().max(least), params.committee.verify_bps)
                    .ok()
                    .and_then(|jury| jury.checked_mul(params.max_attempts.into()));
                jury.ok_or_else(|| Error::usage("money.bad_amount", "the budget is beyond all coins there are", ""))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::tests::{denoms, good, params, read};
    use super::*;

    fn budget(lines: &str) -> Result<u128> {
        let text = good().replace("max_secs = 120", &format!("max_secs = 120\n{lines}"));
        read(&text, "toml")?.verification_budget(&denoms(), &params())
    }

    #[test]
    fn validators_are_paid_for_the_first_jury_of_every_attempt_unless_the_file_says_otherwise() {
        assert_eq!(budget("").unwrap(), 0);
        // Three votes at half of 200000 each, three attempts.
        assert_eq!(budget("verification = \"committee\"").unwrap(), 900_000);
        let own = "verification = \"committee\"\nverification_budget = \"0.5usdc\"";
        assert_eq!(budget(own).unwrap(), 500_000);
        for lines in [
            "verification = \"committee\"\nverification_budget = \"1joule\"",
            "verification_budget = \"1usdc\"",
            "verification = \"nobody\"",
        ] {
            assert_eq!(budget(lines).unwrap_err().code(), "job_file.invalid", "{lines}");
        }
        let few = good().replace("steps = 32", "steps = 15\nverification = \"committee\"");
        assert_eq!(read(&few, "toml").unwrap_err().code(), "job_file.invalid");
    }
}
