//! I-46: whatever happened, the market can be emptied by deadlines and by everybody's own messages.

use cosmwasm_std::Addr;
use joule_types::{escrow, marketplace, staking, JobId, OfferId};

use super::{
    call::{Call, Msg},
    stage::{Cast, Stage},
};

impl Stage {
    /// Ends every job by its deadlines, closes every offer, takes everything out, and checks what is left: the stakers' share of
    /// the fees, and what was sent for nothing.
    ///
    /// # Errors
    /// What is broken, or does not come out.
    pub fn drain(&mut self) -> Result<(), String> {
        let keeper = self.cast.people[Cast::KEEPER].clone();
        self.end_jobs(&keeper)?;
        let open = self.model.offers.iter().filter(|(_, offer)| offer.open);
        let open: Vec<_> = open
            .map(|(id, offer)| (*id, self.model.parties[&offer.provider].owner.clone()))
            .collect();
        for (offer, owner) in open {
            self.must(Call::new(
                &owner,
                Msg::Market(marketplace::ExecuteMsg::CloseOffer { offer: OfferId(offer) }),
            ))?;
        }
        for joule in [false, true] {
            let denom = self.denom(joule);
            let fees = self
                .model
                .fees
                .get(&joule_types::denom_key(&denom))
                .map_or(0, |fees| fees.0);
            if fees > 0 {
                self.must(Call::new(
                    &keeper,
                    Msg::Escrow(escrow::ExecuteMsg::Distribute { denom }),
                ))?;
            }
        }
        self.withdraw_all()?;
        self.unstake_all()?;
        let left = crate::audit::drained(&self.seen);
        left.first().map_or(Ok(()), |broken| Err(broken.to_string()))
    }

    fn end_jobs(&mut self, keeper: &Addr) -> Result<(), String> {
        // Each attempt ends by at most two deadlines, and there are at most ten.
        for _ in 0..64 {
            let Some((id, deadline)) = self.model.open_jobs().map(|(id, job)| (id, job.deadline)).next() else {
                return Ok(());
            };
            self.pass_to(deadline + 1);
            self.must(Call::new(
                keeper,
                Msg::Market(marketplace::ExecuteMsg::Timeout { job: JobId(id) }),
            ))?;
        }
        let open: Vec<_> = self.model.open_jobs().map(|(id, job)| (id, job.state)).collect();
        if open.is_empty() {
            Ok(())
        } else {
            Err(format!("I-46: jobs do not end: {open:?}"))
        }
    }

    fn withdraw_all(&mut self) -> Result<(), String> {
        let free: Vec<_> = self
            .model
            .free
            .iter()
            .filter(|(_, purse)| purse.sum() > 0)
            .map(|(key, _)| key.clone())
            .collect();
        for (owner, denom) in free {
            let denom = joule_types::denom_of_key(&denom).ok_or("a key of a denomination")?;
            let msg = escrow::ExecuteMsg::Withdraw {
                denom,
                amount: None,
                to: None,
            };
            self.must(Call::new(&owner, Msg::Escrow(msg)))?;
        }
        Ok(())
    }

    fn unstake_all(&mut self) -> Result<(), String> {
        let owners: Vec<Addr> = self
            .model
            .stakes
            .keys()
            .chain(self.model.awards.keys().map(|(to, _)| to))
            .cloned()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        for owner in &owners {
            let bonded = self.model.stakes.get(owner).map_or(0, |stake| stake.bonded);
            if bonded > 0 {
                let amount = bonded.into();
                self.must(Call::new(owner, Msg::Staking(staking::ExecuteMsg::Unbond { amount })))?;
            }
        }
        let last = self
            .model
            .stakes
            .values()
            .flat_map(|stake| stake.leaving.keys())
            .chain(self.model.awards.keys().map(|(_, at)| at))
            .max()
            .copied()
            .unwrap_or(0);
        self.pass_to(last);
        for owner in &owners {
            // At most 30 maturities a claim.
            while self.claimable(owner) {
                self.must(Call::new(owner, Msg::Staking(staking::ExecuteMsg::Claim {})))?;
            }
        }
        Ok(())
    }

    fn claimable(&self, owner: &Addr) -> bool {
        let leaving = self
            .model
            .stakes
            .get(owner)
            .is_some_and(|stake| !stake.leaving.is_empty());
        leaving || self.model.awards.keys().any(|(to, _)| to == owner)
    }

    fn must(&mut self, call: Call) -> Result<(), String> {
        if self.send(call.clone())? {
            return Ok(());
        }
        Err(format!("I-46: {call:?} is refused\n{}", self.log.join("\n")))
    }
}
