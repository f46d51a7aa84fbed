//! Checks outputs: the formats' default checker, and a package's own validators.

pub(crate) mod checker;
pub(crate) mod validator;
