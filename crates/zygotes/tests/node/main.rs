//! The forkable Node against a Node that is started for each program: what a program prints, how it
//! ends and what it can tell must be the same. Outside of a cell; what a cell adds is tested with it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod battery;
mod launcher;
mod many;
mod measure;
mod orders;
mod start;

use std::path::Path;

/// Where Node or a C++ compiler is missing there is nothing to test.
fn missing() -> Option<&'static str> {
    let why = match letscode_zygotes::node() {
        _ if !Path::new(launcher::NODE).exists() => "there is no Node.js",
        Err(why) => why,
        Ok(_) => return None,
    };
    eprintln!("skipped: {why}");
    Some(why)
}
