//! Judges submissions: compiles, runs the tests, collects the results.

pub(crate) mod cores;
pub(crate) mod judge;
pub(crate) mod program_run;
pub(crate) mod ready;
pub(crate) mod snippet;
pub(crate) mod speculative;
pub(crate) mod test_run;
