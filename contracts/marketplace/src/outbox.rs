//! Messages and events of a call, in order.

use cosmwasm_std::{Addr, Event, Response, Uint128, WasmMsg};
use joule_kit::Control;
use joule_types::{
    escrow::{self, Award, HoldTerms},
    registry::{self, Outcome},
    HoldId, Money, NodeId,
};

use crate::{error::Res, jobs::Job};

/// What a handler sends and says at its end.
pub struct Outbox<'a> {
    control: &'a Control,
    messages: Vec<WasmMsg>,
    events: Vec<Event>,
}

impl<'a> Outbox<'a> {
    /// Empty, for the peers of `control`.
    pub const fn new(control: &'a Control) -> Self {
        Self {
            control,
            messages: Vec::new(),
            events: Vec::new(),
        }
    }

    /// A message to a peer.
    pub fn send(&mut self, message: WasmMsg) {
        self.messages.push(message);
    }

    /// An event.
    pub fn say(&mut self, event: impl Into<Event>) {
        self.events.push(event.into());
    }

    /// Books load and outcome with the registry.
    ///
    /// # Errors
    /// Encoding errors.
    pub fn record(&mut self, node: NodeId, load: u32, outcome: Option<Outcome>) -> Res<()> {
        self.send(registry::handle::record(
            &self.control.peers.registry,
            node,
            load,
            outcome,
        )?);
        Ok(())
    }

    /// Moves free balance into a hold.
    ///
    /// # Errors
    /// Encoding errors.
    pub fn hold(
        &mut self,
        hold: HoldId,
        payer: &Addr,
        amount: Money,
        terms: HoldTerms,
        funds: Vec<cosmwasm_std::Coin>,
    ) -> Res<()> {
        let escrow = &self.control.peers.escrow;
        self.send(escrow::handle::open_hold(escrow, hold, payer, amount, terms, funds)?);
        Ok(())
    }

    /// Closes a hold.
    ///
    /// # Errors
    /// Encoding errors.
    pub fn settle(
        &mut self,
        hold: HoldId,
        payee: Option<&Addr>,
        referrer: Option<&Addr>,
        gross: Uint128,
        awards: Vec<Award>,
    ) -> Res<()> {
        let escrow = &self.control.peers.escrow;
        self.send(escrow::handle::settle(escrow, hold, payee, referrer, gross, awards)?);
        Ok(())
    }

    /// Pays the caller of a crank from the job's crank deposit, as far as that goes.
    ///
    /// # Errors
    /// Encoding errors.
    pub fn tip(&mut self, job: &Job, to: &Addr) -> Res<()> {
        let tip = job.posted.terms.tip;
        if tip.is_zero() || job.posted.spec.crank_deposit.is_zero() {
            return Ok(());
        }
        self.send(escrow::handle::tip(&self.control.peers.escrow, job.hold()?, to, tip)?);
        Ok(())
    }

    /// The response of the handler.
    #[must_use]
    pub fn respond(self, action: &str) -> Response {
        Response::new()
            .add_messages(self.messages)
            .add_events(self.events)
            .add_attribute("action", action)
    }
}
