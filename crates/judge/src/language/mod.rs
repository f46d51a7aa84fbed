//! Toolchains: which parts of this machine make up a language's cells.

mod adapt;
mod identity;
mod locate;
mod zygote;

pub(crate) use adapt::{compile_limits, put_in, settle_linker, with_extras};
pub(crate) use identity::Toolchain;
pub(crate) use letscode_languages::{Language, PrecompiledHeader, Stage};
pub(crate) use locate::HEADERS;
pub use locate::{LocateError, locate};
