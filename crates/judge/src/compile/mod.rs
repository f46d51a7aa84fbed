//! Turns sources into something to run, in a cell, and once for all equal sources.
//!
//! `compiler` puts the others together: `sources` are the files of a program, `cache` keeps what was
//! compiled, `dialects` are the language's standards and editions, `headers` are precompiled, `diagnostics` is the compiler's output for people, `elf`
//! checks its executables.

pub(crate) mod cache;
pub(crate) mod compiled;
pub(crate) mod compiler;
pub(crate) mod diagnostics;
mod dialects;
pub(crate) mod elf;
pub(crate) mod executable;
pub(crate) mod header_folder;
pub(crate) mod headers;
pub(crate) mod sources;
