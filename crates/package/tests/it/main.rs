//! Packages made for one question each, hostile ones, and the real ones.

// Outside test functions, too: the builder.
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
