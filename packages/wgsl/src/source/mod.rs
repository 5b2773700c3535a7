//! Checks on the text, before naga sees it: naga recurses on nested text and copies constants, so depth and size are
//! bounded here, on tokens.

mod depth;
mod token;
mod weight;
mod words;

pub(crate) use weight::MAX_ARRAY;

use crate::error::Refusal;

/// Refuses text that is not safe to parse or names floats.
pub(crate) fn check(source: &str) -> Result<(), Refusal> {
    let tokens = token::tokens(source)?;
    depth::check(&tokens)?;
    words::check(&tokens)?;
    weight::check(&tokens)
}
