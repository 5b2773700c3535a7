//! What it is worth to judge honestly, over the real contracts, and how likely a bad share of the stake is to capture a jury.
//!
//! `JOULE_BLESS=1` draws `docs/img/validator-economics.svg` anew.

mod capture;
mod plot;
mod profit;
