//! Benchmarks of the sandbox's work for every run: an exec request to a launcher, and a whole run
//! in an idle cell. And for every helper: compiling filters.

#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::hint::black_box;
use std::io::Cursor;
use std::process::Command;

use criterion::{Criterion, criterion_group, criterion_main};
use letscode_sandbox::{
    Artifact, CellProfile, Isolation, Jail, JailConfig, Limits, Outcome, ProgramSource, RunRequest,
    StdStream, hot, policy_names, sealed_copy,
};

fn exec_requests(criterion: &mut Criterion) {
    let argv = ["/usr/bin/python3", "solution.py"].map(str::to_owned);
    let env = [
        ("PATH", "/usr/bin:/bin"),
        ("HOME", "/workspace"),
        ("LANG", "C.UTF-8"),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let limits = Limits::default();
    criterion.bench_function("an order, written and read", |bencher| {
        bencher.iter(|| hot::exec_request_round_trip(black_box(&argv), &env, &limits).unwrap());
    });
}

fn filters(criterion: &mut Criterion) {
    for policy in policy_names() {
        criterion.bench_function(&format!("filters of {policy}, compiled"), |bencher| {
            bencher.iter(|| hot::compile_filters(black_box(policy)).unwrap());
        });
    }
}

fn inputs(criterion: &mut Criterion) {
    let input = vec![b'7'; 64 << 10];
    criterion.bench_function("64 KiB of input, sealed", |bencher| {
        bencher.iter(|| sealed_copy("input", Cursor::new(black_box(&input))).unwrap());
    });
}

fn runs(criterion: &mut Criterion) {
    let jail = Jail::start(JailConfig {
        helper: env!("CARGO_BIN_EXE_jail").into(),
        helper_args: Vec::new(),
        profiles: vec![CellProfile {
            name: "native".into(),
            root: Vec::new(),
            policy: "native".into(),
            interpreter: None,
            cold_start: None,
        }],
        isolation: Isolation::default(),
    })
    .unwrap();
    let program = empty_program();
    criterion.bench_function("a program that does nothing, in a kept cell", |bencher| {
        bencher.iter(|| {
            let done = jail.run(RunRequest {
                profile: "native",
                limits: Limits::default(),
                program: ProgramSource::Artifact(&program),
                argv: vec!["nothing".to_owned()],
                env: Vec::new(),
                stdin: StdStream::Null,
                stdout: StdStream::Null,
                stderr: StdStream::Null,
                files: Vec::new(),
                collect: Vec::new(),
                watch: None,
            });
            assert_eq!(done.unwrap().outcome, Outcome::Exited { code: 0 });
        });
    });
}

/// Compiles a program without a C library: its run costs what every run costs.
fn empty_program() -> Artifact {
    let folder = tempfile::tempdir().unwrap();
    let (source, program) = (folder.path().join("a.c"), folder.path().join("a"));
    let text = "void _start(void) { __asm__ volatile (\"syscall\" :: \"a\"(231), \"D\"(0)); }\n";
    std::fs::write(&source, text).unwrap();
    let compiled = Command::new("gcc")
        .args(["-O2", "-static", "-nostdlib", "-o"])
        .args([&program, &source])
        .status()
        .unwrap();
    assert!(compiled.success());
    sealed_copy("nothing", std::fs::File::open(program).unwrap())
        .unwrap()
        .into()
}

criterion_group!(benches, exec_requests, filters, inputs, runs);
criterion_main!(benches);
