//! Judges submissions: compiles, runs the tests, and collects their results.
//!
//! `judge` is the flow of one evaluation. `groups` walks the package's groups and tests in order and
//! decides everything; `speculative` runs tests on idle `cores` before the walk needs them, which
//! changes nothing but the time; `test_run` is one test, with its passes and repeats. `run` is
//! a program on the tests of a request; `snippet` and `program` run one without any.

pub(crate) mod context;
pub(crate) mod cores;
pub(crate) mod evaluation;
pub(crate) mod groups;
pub(crate) mod job_priority;
pub(crate) mod judge;
pub(crate) mod program;
pub(crate) mod program_run;
pub(crate) mod run;
pub(crate) mod snippet;
pub(crate) mod speculative;
pub(crate) mod test_result;
pub(crate) mod test_run;
