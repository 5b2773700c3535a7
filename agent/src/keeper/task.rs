//! What a keeper sends.
use crate::chain::Msg;
use crate::error::Result;

/// Something to be sent, with a name for the books and the log.
pub struct Task {
    /// Unique for the thing and its state, so that a refusal rests until either changes.
    pub name: String,
    /// Messages that go together.
    pub msgs: Vec<Msg>,
}

impl Task {
    /// Of one message.
    pub fn new(name: String, msg: Result<Msg>) -> Result<Self> {
        Ok(Self { name, msgs: vec![msg?] })
    }
}
