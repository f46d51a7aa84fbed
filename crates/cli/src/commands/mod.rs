mod account_lookup;
pub mod audit;
pub mod bench;
pub mod cell_probe;
pub mod config;
pub mod db;
pub mod doctor;
pub mod judge;
pub mod key;
pub mod mcp;
mod pages;
pub mod problem;
pub mod queue;
pub mod run;
pub mod service;
pub mod times;
pub mod user;
pub mod violations;
pub mod watch_args;

use serde::Serialize;

/// Prints a value as one line of JSON on standard output.
fn print_json(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => println!("{text}"),
        Err(error) => eprintln!("error: {error}"),
    }
}

/// Formats a size for people: `12.3 MiB`.
fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
