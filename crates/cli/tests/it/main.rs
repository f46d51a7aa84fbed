//! End-to-end tests of the binary, one module per subject. All of them may run at the same time.
//!
//! One binary, so that a change is linked once: `cargo nextest run -p letscode judging::` runs one
//! module of it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod adapters_distributed;
mod backup;
mod bad_input;
mod bad_packages;
mod bench;
mod builders;
mod clients;
mod command_line;
mod compile_cache;
mod configuration;
mod contract;
mod crash;
mod denied_calls;
mod deployment;
mod distributed;
mod documented_queries;
mod field_cases;
mod foreign_packages;
mod honest_programs;
mod inherited_limits;
mod judgements;
mod judging;
mod languages;
mod layers;
mod limit_caps;
mod load;
mod measurements;
mod metrics;
mod nginx;
mod own_clients;
mod packages;
mod privileges;
mod problem_commands;
mod problem_uploads;
mod queue_command;
mod real_packages;
mod runs;
mod seed;
mod service;
#[path = "../support/mod.rs"]
mod support;
mod toolchain_changes;
mod unprivileged;
mod user_commands;
mod violations;
mod watch;
