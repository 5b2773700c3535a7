//! The Joule agent.
