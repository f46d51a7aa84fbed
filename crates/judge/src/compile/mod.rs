//! Turns sources into something to run, once for all equal sources.

pub(crate) mod cache;
pub(crate) mod compiler;
pub(crate) mod elf;
pub(crate) mod headers;
pub(crate) mod sources;
