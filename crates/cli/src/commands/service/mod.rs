//! The long-running commands: `serve` is `api` and `worker` in one process.

pub mod api;
pub mod args;
mod engine;
mod process;
pub mod serve;
pub mod worker;
