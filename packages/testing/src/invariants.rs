//! What must hold after every action (security.md section 4, as amended by DESIGN 11.3), read through public queries only.

use cosmwasm_std::Uint128;
use cw20::Denom;
use joule_types::{denom_name, escrow, staking};

use crate::World;

impl World {
    /// Denominations that the escrow lists.
    #[must_use]
    pub fn denoms(&self) -> Vec<Denom> {
        self.ask::<escrow::Params>(&self.peers.escrow, &escrow::QueryMsg::Params {})
            .denoms
    }

    /// Where every unit of a denomination in the escrow is.
    #[must_use]
    pub fn conservation(&self, denom: Denom) -> escrow::ConservationResponse {
        self.ask(&self.peers.escrow, &escrow::QueryMsg::Conservation { denom })
    }

    /// Checks money in escrow and staking.
    ///
    /// # Panics
    /// With the equation that does not hold.
    pub fn check(&self) {
        for denom in self.denoms() {
            self.check_escrow(denom);
        }
        self.check_staking();
    }

    /// I-03: what came in is what left and what is here; I-02: what is here is backed by coins.
    fn check_escrow(&self, denom: Denom) {
        let name = denom_name(&denom).to_string();
        let c = self.conservation(denom.clone());
        assert_eq!(
            c.deposited,
            c.paid + c.refunded + c.fees + c.burned + c.held,
            "I-03 escrow {name}: {c:?}"
        );
        let coins = self.holdings(&self.peers.escrow, &denom);
        assert!(coins >= c.held, "I-02 escrow {name}: holds {coins}, owes {}", c.held);
    }

    fn check_staking(&self) {
        let c: staking::ConservationResponse = self.ask(&self.peers.staking, &staking::QueryMsg::Conservation {});
        assert_eq!(c.deposited, c.withdrawn + c.burned + c.held, "I-28 staking: {c:?}");
        let tokens = self.joule_of(&self.peers.staking);
        assert!(tokens >= c.held, "I-02 staking: holds {tokens}, owes {}", c.held);
    }

    fn holdings(&self, account: &cosmwasm_std::Addr, denom: &Denom) -> Uint128 {
        match denom {
            Denom::Native(name) => self.coins_of(account, name),
            Denom::Cw20(_) => self.joule_of(account),
        }
    }
}
