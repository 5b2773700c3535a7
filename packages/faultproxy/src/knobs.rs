//! What the proxy does, and what it has done.
use serde::{Deserialize, Serialize};

/// Everything it may do to a request. All of it is off in the default. Probabilities are between 0 and 1; at most one of
/// `drop_before`, `drop_after`, `duplicate`, `stale` and `swallow` happens to a request, the first that its dice choose in this
/// order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Knobs {
    /// Seed of the dice; another value starts them again.
    pub seed: u64,
    /// JSON-RPC methods that faults are for (`broadcast_tx_sync`, `abci_query`, ...); empty for every request. Delays too.
    pub methods: Vec<String>,
    /// Faults left, delays aside; at zero there are no more. Absent: no end.
    pub budget: Option<u64>,
    /// Wait before a request is passed on, milliseconds.
    pub delay_ms: u64,
    /// Up to this much more, milliseconds.
    pub jitter_ms: u64,
    /// The connection ends and the node never sees the request.
    pub drop_before: f64,
    /// The node answers, but the connection ends before the answer.
    pub drop_after: f64,
    /// The node gets the request twice; the second answer is the one that is passed back.
    pub duplicate: f64,
    /// An earlier answer to the same question in place of a new one; questions never asked before are passed on. Broadcasts are
    /// never answered so.
    pub stale: f64,
    /// A broadcast is answered as accepted, and the node never sees it.
    pub swallow: f64,
    /// Time stands still: each question gets the last answer it got before, broadcasts are swallowed, and only questions never
    /// asked before are passed on.
    pub freeze: bool,
    /// Nobody is let in, and who is in is thrown out.
    pub cut: bool,
    /// Everybody is let in, and nobody is ever answered.
    pub black_hole: bool,
    /// Websockets are refused.
    pub no_websocket: bool,
}

/// How often something happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Requests that were read, those of websockets included.
    pub requests: u64,
    /// Requests that never reached the node by `drop_before`.
    pub dropped_before: u64,
    /// Answers that were lost by `drop_after`.
    pub dropped_after: u64,
    /// Requests sent twice.
    pub duplicated: u64,
    /// Old answers, by `stale` or `freeze`.
    pub stale: u64,
    /// Broadcasts that were accepted and thrown away.
    pub swallowed: u64,
    /// Connections refused by `cut`, or never answered by `black_hole`.
    pub refused: u64,
    /// Requests that the node gave no whole answer to.
    pub upstream_failures: u64,
}
