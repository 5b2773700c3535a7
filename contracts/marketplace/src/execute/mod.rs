//! Handlers: checks, effects, messages, event.

pub mod admin;
pub mod assign;
pub mod attempt;
pub mod dispute;
pub mod index;
pub mod offers;
pub mod panel;
pub mod post;
pub mod result;
pub mod timeout;

use cosmwasm_std::{DepsMut, Env, MessageInfo};
use joule_kit::Control;

/// Most bytes of a party's words.
const MAX_REASON: usize = 280;

/// What every handler gets.
pub struct Ctx<'a> {
    /// Storage, api, querier.
    pub deps: DepsMut<'a>,
    /// Block and contract.
    pub env: Env,
    /// Sender and funds.
    pub info: MessageInfo,
    /// Phase, pause, peers; the role was checked.
    pub control: Control,
}

impl Ctx<'_> {
    /// Seconds of the block.
    pub fn now(&self) -> u64 {
        self.env.block.time.seconds()
    }
}

fn expect_words(text: &str) -> crate::error::Res<()> {
    if text.len() > MAX_REASON {
        return Err(crate::MarketplaceError::TextTooLong {
            len: text.len(),
            max: MAX_REASON,
        });
    }
    Ok(())
}
