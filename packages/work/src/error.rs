//! The one error type of this crate.

use thiserror::Error;

/// Why a rule has no answer. Each text starts with a stable code and names the value at fault.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WorkError {
    /// A result does not fit its integer.
    #[error("work.overflow: {what} does not fit; use smaller amounts")]
    Overflow {
        /// What was being computed.
        what: &'static str,
    },
    /// A divisor is zero.
    #[error("work.zero: {what} must not be zero")]
    Zero {
        /// The name of the divisor.
        what: &'static str,
    },
    /// A ratio is above what is allowed.
    #[error("work.bps_out_of_range: {what} is {value} basis points; the most is {max}")]
    BpsOutOfRange {
        /// The name of the ratio.
        what: &'static str,
        /// What was given.
        value: u32,
        /// The greatest allowed.
        max: u32,
    },
    /// The weights of a score do not make up the whole.
    #[error("work.weights: the weights add up to {sum} basis points; they must add up to 10000")]
    Weights {
        /// Their sum.
        sum: u32,
    },
    /// The thresholds of a table do not rise from level to level.
    #[error("work.not_rising: {what} must not fall from one level to the next")]
    NotRising {
        /// The name of the table.
        what: &'static str,
    },
    /// A number of tickets that is not offered.
    #[error("work.ticket_count: {k} tickets; use 64, 128, 256 or 512")]
    TicketCount {
        /// What was given.
        k: u32,
    },
    /// A list of ticket ids that is not in strictly increasing order.
    #[error(
        "work.ticket_order: id {id} at position {position} is not above the one before it; sort the ids, each once"
    )]
    TicketOrder {
        /// Position of the id, from zero.
        position: u32,
        /// The id.
        id: u64,
    },
    /// A packed list whose length is no multiple of eight bytes.
    #[error("work.ticket_bytes: {len} bytes are no whole number of 8-byte ids")]
    TicketBytes {
        /// Length of the list in bytes.
        len: u64,
    },
    /// A beat before the last one.
    #[error("work.beat_in_past: beat at {at} is before the last one at {last}")]
    BeatInPast {
        /// Time of the refused beat.
        at: u64,
        /// Time of the last accepted beat.
        last: u64,
    },
}
