//! What a keeper sends.
use crate::chain::Msg;
use crate::error::Result;

/// Something to be sent, with a name for the books and the log.
pub struct Task {
    /// Unique for the thing and its state, so that a refusal rests until either changes.
    pub name: String,
    /// Messages that go together.
    pub msgs: Vec<Msg>,
    /// Rounds of the beacon that they post.
    pub rounds: u64,
}

impl Task {
    /// Of one message.
    pub fn new(name: String, msg: Result<Msg>) -> Result<Self> {
        Ok(Self {
            name,
            msgs: vec![msg?],
            rounds: 0,
        })
    }

    /// The posting of a round.
    pub fn round(name: String, msg: Result<Msg>) -> Result<Self> {
        Ok(Self {
            rounds: 1,
            ..Self::new(name, msg)?
        })
    }
}
