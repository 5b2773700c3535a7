//! Blocks in order from a saved height. Polling block results is the truth; the websocket only says "look now".
pub mod cursor;
pub mod wake;

pub use cursor::{Cursor, Next};
pub use wake::{Wake, Waker};
