//! A package's own output validators: compiled once, each check in a cell of its own.
//!
//! A validator sees the test's input, the jury's answer, its feedback folder and the submission's
//! output; nothing else of the package, and nothing of other tests. It comes from the package's
//! author and not from a stranger, and is limited all the same.

mod compile;
mod exit;
pub(crate) mod feedback;
pub(crate) mod program;
pub(crate) mod request;

pub(crate) use compile::{compile_checker, compile_validators};
pub(crate) use exit::ValidatorVerdict;
