//! Many runs on one connection: requests and results as lines of JSON (NDJSON).
//!
//! ```text
//!  body ─► lines (bounded by memory) ─► runs (bounded by slots) ─► results (bounded by memory) ─► answer
//! ```
//!
//! Nothing is refused for load: a stage that is full is not read from. A reader that is slow keeps
//! results in memory and no slot of a worker; one that hangs up cancels its runs.

mod driver;
mod lines;

pub(crate) use driver::{BatchAnswer, drive};
