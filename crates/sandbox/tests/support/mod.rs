//! Shared by the tests of real cells: a jail, and C programs to run in it.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use letscode_sandbox::{
    Artifact, CellProfile, Isolation, Jail, JailConfig, Limits, Outcome, ProgramSource, RunRequest,
    RunResult, StdStream, sealed_copy,
};

pub const EXITED: Outcome = Outcome::Exited { code: 0 };

/// One helper for all tests of this file, as in the product.
pub fn jail() -> &'static Jail {
    static JAIL: OnceLock<Jail> = OnceLock::new();
    JAIL.get_or_init(|| start_jail(vec![native_profile()]))
}

pub fn start_jail(profiles: Vec<CellProfile>) -> Jail {
    Jail::start(JailConfig {
        helper: env!("CARGO_BIN_EXE_jail").into(),
        helper_args: Vec::new(),
        profiles,
        isolation: Isolation::default(),
    })
    .unwrap()
}

pub fn native_profile() -> CellProfile {
    CellProfile {
        name: "native".into(),
        root: Vec::new(),
        policy: "native".into(),
        interpreter: None,
        cold_start: None,
    }
}

/// Compiles a C program outside of a cell, to be run inside.
pub fn compile(source: &str) -> Artifact {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("a.c"), folder.path().join("a"));
    std::fs::write(&input, source).unwrap();
    let status = Command::new("gcc")
        .args(["-O1", "-static", "-w", "-pthread", "-o"])
        .args([&output, &input])
        .status()
        .expect("gcc is needed for this test: apt-get install gcc libc6-dev");
    assert!(status.success());
    sealed_copy("program", File::open(output).unwrap())
        .unwrap()
        .into()
}

pub fn c(body: &str) -> Artifact {
    compile(&format!(
        "#define _GNU_SOURCE\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n\
         #include <unistd.h>\n#include <fcntl.h>\n#include <errno.h>\n#include <signal.h>\n\
         #include <sys/mman.h>\n#include <sys/stat.h>\n#include <sys/syscall.h>\n\
         #include <sys/resource.h>\n#include <sys/prctl.h>\n#include <sys/wait.h>\n\
         #include <pthread.h>\n#include <time.h>\n\
         int main(int argc, char **argv) {{ {body}; return 0; }}"
    ))
}

pub fn launch(program: &Artifact) -> RunRequest<'_> {
    RunRequest {
        profile: "native",
        limits: Limits {
            cpu_time: Duration::from_secs(2),
            wall_time: Duration::from_secs(6),
            memory_bytes: 64 << 20,
            ..Limits::default()
        },
        program: ProgramSource::Artifact(program),
        argv: vec!["program".into()],
        env: vec![("PATH".into(), "/usr/bin".into())],
        stdin: StdStream::Null,
        stdout: StdStream::Captured,
        stderr: StdStream::Captured,
        files: Vec::new(),
        collect: Vec::new(),
        watch: None,
    }
}

pub fn run(launch: RunRequest<'_>) -> RunResult {
    jail().run(launch).unwrap()
}

pub fn text(file: &mut Option<File>) -> String {
    let mut text = String::new();
    file.as_mut().unwrap().read_to_string(&mut text).unwrap();
    text
}

pub fn input(bytes: &[u8]) -> OwnedFd {
    sealed_copy("input", bytes).unwrap()
}
