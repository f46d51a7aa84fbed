//! Runs programs.

pub(crate) mod interactive;
pub(crate) mod priority;
