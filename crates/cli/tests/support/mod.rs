//! Shared by the end-to-end tests: the binary, packages to judge, a running service, the host.
//!
//! Every test of the binary works in a folder of its own and on a port that the kernel chose, so
//! all of them may run at the same time. Cells are real: nothing here is a stand-in.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod address_client;
pub mod distributed;
pub mod header;
pub mod host;
pub mod nginx;
pub mod package;
pub mod service;
pub mod sockets;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

pub const LETSCODE: &str = env!("CARGO_BIN_EXE_letscode");

/// Timeout of every wait: far longer than anything here takes, also on a busy machine.
pub const TIMEOUT: Duration = Duration::from_secs(180);

/// Exit code and output of a command.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Parses standard output, which must be one JSON value.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:#?}"))
    }

    /// Returns the message of a command that failed: exit code 2, nothing on standard output, and
    /// exactly one error.
    pub fn refusal(&self) -> &str {
        let errors = self
            .stderr
            .lines()
            .filter(|line| line.starts_with("error: "));
        assert_eq!((self.code, errors.count()), (Some(2), 1), "{self:#?}");
        assert_eq!(self.stdout, "", "{self:#?}");
        &self.stderr
    }
}

/// Runs the binary with an empty standard input.
pub fn letscode<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Ran {
    letscode_with_input("", args)
}

pub fn letscode_with_input<A: AsRef<OsStr>>(input: &str, args: impl IntoIterator<Item = A>) -> Ran {
    let output = assert_cmd::Command::new(LETSCODE)
        .args(args)
        .env_remove("LETSCODE_DATA")
        .env_remove("LETSCODE_LISTEN")
        .env_remove("LETSCODE_DATABASE")
        .env_remove("LETSCODE_REDIS")
        .env_remove("LETSCODE_CONFIG")
        .write_stdin(input)
        .timeout(TIMEOUT)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// Path of a sample problem's package.
pub fn problem(id: &str) -> PathBuf {
    repository().join("problems").join(id)
}

/// Path of a jury submission, such as `aplusb/accepted/solution.py`.
pub fn jury(path: &str) -> PathBuf {
    let (id, submission) = path.split_once('/').unwrap();
    problem(id).join("submissions").join(submission)
}

/// A source file in a folder of its own.
pub struct Source {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Source {
    pub fn new(name: &str, contents: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, contents).unwrap();
        Source { folder, path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Path as a command line argument.
    pub fn arg(&self) -> &str {
        self.path.to_str().unwrap()
    }
}

/// Returns the names of a JSON object's members.
pub fn keys(value: &Value) -> Vec<&str> {
    let members = value.as_object().unwrap_or_else(|| panic!("{value}"));
    members.keys().map(String::as_str).collect()
}

/// Asserts that an object has exactly these members, in any order.
pub fn assert_keys(value: &Value, expected: &[&str]) {
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    let mut actual = keys(value);
    actual.sort_unstable();
    assert_eq!(actual, expected, "{value}");
}

/// Polls until the check succeeds; panics with its last error after `limit`.
pub fn eventually<T>(
    what: &str,
    limit: Duration,
    mut check: impl FnMut() -> Result<T, String>,
) -> T {
    let deadline = Instant::now() + limit;
    loop {
        match check() {
            Ok(value) => return value,
            Err(observed) if Instant::now() > deadline => panic!("{what}: {observed}"),
            Err(_) => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// Returns the status of a layer in the output of `doctor --json`.
pub fn status_of(findings: &Value, layer: &str) -> String {
    let layers = findings["layers"].as_array().unwrap();
    let value = layers
        .iter()
        .find(|finding| finding["layer"] == layer)
        .unwrap();
    value["status"].as_str().unwrap().to_owned()
}
