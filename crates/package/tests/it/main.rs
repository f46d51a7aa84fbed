//! Small packages for one rule each, hostile packages, and real ones.

// Also outside test functions, in the builder.
#![allow(clippy::unwrap_used)]

mod builder;
mod fuzz_zip;
mod hostile;
mod limits;
mod metadata;
mod real_packages;
mod submissions;
mod testdata;
mod trust;
mod unpack;
mod validation;
