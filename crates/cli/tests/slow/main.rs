//! Tests of many runs or many processes, which take from seconds to minutes each. Most have a long
//! form: `make chaos`, `make scale`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod chaos;
mod fairness;
mod faults;
mod scale;
#[path = "../support/mod.rs"]
mod support;
mod workload;
