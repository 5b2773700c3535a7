//! Paged answers.

use cosmwasm_schema::cw_serde;

/// Items of a page when the caller names no limit.
pub const DEFAULT_LIMIT: u32 = 20;
/// The most items of a page.
pub const MAX_LIMIT: u32 = 100;

/// One page of a list. Pages follow one another without gap or repeat when `next` is passed as `start_after`.
#[cw_serde]
pub struct Page<T, K> {
    /// The items, in key order.
    pub items: Vec<T>,
    /// The key to pass as `start_after` (exclusive) for the next page; none on the last page.
    pub next: Option<K>,
}
