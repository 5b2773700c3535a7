#![doc = include_str!("../README.md")]

pub mod contract;
mod domain;
mod error;
mod execute;
mod params;
mod query;
mod state;

pub use error::DaoError;
