//! Verdict rules. Pure: no file, no process, no clock.

pub(crate) mod decide;
pub(crate) mod score;
