//! The long-running commands: `serve` is `api` and `worker` in one process.

mod adapters;
pub mod api;
pub mod args;
pub mod auth_args;
mod engine;
mod flag_args;
mod package_args;
pub mod process;
mod run_bound_args;
mod secret_file;
pub mod serve;
pub mod worker;
