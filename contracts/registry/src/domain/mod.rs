//! Rules without storage.

pub mod challenge;
pub mod forgery;
pub mod hardware;
pub mod lifecycle;
pub mod spell;
pub mod standing;
pub mod uptime;
