//! Judges an output: the default checker, and a package's own validators.

pub(crate) mod checker;
pub(crate) mod validator;
