//! Time from `POST /api/submit?wait=true` to the verdict, compared with the same work by hand:
//! compiling, and one run after the other.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use letscode_judge::Engine;

use super::context::BenchContext;
use super::options::BenchArgs;
use super::report::VerdictRow;
use super::samples::{TimeSamples, TimeSummary};
use super::server::{BenchClient, BenchServer, FIVE_TESTS, HUNDRED_TESTS, SumProblem};
use super::subjects::{BareCommand, BenchProgram, SUMS};
use crate::error::CliError;

pub fn measure(
    bench: &BenchArgs,
    context: &mut BenchContext,
    engine: &Engine,
    server: &BenchServer,
) -> Result<Vec<VerdictRow>, CliError> {
    let client = server.client(0);
    let mut rows = Vec::new();
    for subject in SUMS {
        context.doing(format!("POST to verdict: {}", subject.name));
        if let Err(missing) = engine.toolchains().language(&subject.language()) {
            context.skip(subject.name, missing.to_string());
            continue;
        }
        rows.extend(compare(bench, context, engine, &client, subject)?);
        if subject.language == "cpp" {
            rows.extend(judge_many(bench, context, engine, &client, subject)?);
        }
    }
    Ok(rows)
}

fn compare(
    bench: &BenchArgs,
    context: &BenchContext,
    engine: &Engine,
    client: &BenchClient,
    subject: BenchProgram,
) -> Result<Vec<VerdictRow>, CliError> {
    let work = BareWork::new(context, engine, subject)?;
    let (mut first, mut again, mut bare) = <(TimeSamples, TimeSamples, TimeSamples)>::default();
    let compiles = work.compiler.is_some();
    let rounds = if compiles {
        bench.rounds().div_ceil(10)
    } else {
        bench.rounds()
    };
    context.steps(rounds);
    // Makes a cell of each kind that is needed.
    if !bench.quick {
        submit(
            client,
            FIVE_TESTS,
            subject,
            &unique_source(subject, usize::MAX),
        )?;
    }
    for round in 0..rounds {
        let source = unique_source(subject, round);
        first.push(submit(client, FIVE_TESTS, subject, &source)?);
        // Cheap, so that it is measured more often.
        for _ in 0..if compiles { 10 } else { 1 } {
            again.push(submit(client, FIVE_TESTS, subject, &source)?);
        }
        bare.push(work.once()?);
        context.step();
    }
    let bare = bare.summary();
    let rows = [("first", first), ("again", again)];
    let rows = rows.map(|(way, samples)| row(subject, way, samples, bare));
    Ok(rows.into_iter().flatten().collect())
}

fn row(
    subject: BenchProgram,
    way: &'static str,
    samples: TimeSamples,
    bare: Option<TimeSummary>,
) -> Option<VerdictRow> {
    let (time, bare) = (samples.summary()?, bare?);
    Some(VerdictRow {
        program: subject.name,
        way,
        time,
        bare,
        ratio: time.median / bare.median,
    })
}

/// Measures judging alone: the program has been compiled before and is run on many tests, and so is
/// the bare command.
fn judge_many(
    bench: &BenchArgs,
    context: &BenchContext,
    engine: &Engine,
    client: &BenchClient,
    subject: BenchProgram,
) -> Result<Option<VerdictRow>, CliError> {
    let folder = context.folder("verdict of many");
    let ready = engine.prepare_program(&subject.language(), subject.source.as_bytes())?;
    let program = BareCommand::from_ready(subject, &ready, &folder, "")?.program;
    let runs = bare_runs(HUNDRED_TESTS, &folder, |folder, input| {
        BareCommand::from_path(program.clone(), folder, input)
    })?;
    let rounds = bench.rounds().div_ceil(10);
    context.steps(rounds);
    let (mut judged, mut bare) = <(TimeSamples, TimeSamples)>::default();
    submit(client, HUNDRED_TESTS, subject, subject.source)?;
    for _ in 0..rounds {
        judged.push(submit(client, HUNDRED_TESTS, subject, subject.source)?);
        let started = Instant::now();
        run_each(&runs)?;
        bare.push(started.elapsed());
        context.step();
    }
    Ok(row(subject, "100 tests", judged, bare.summary()))
}

/// Returns the source with a unique comment, so that it is in no cache.
fn unique_source(subject: BenchProgram, round: usize) -> String {
    let comment = if subject.language == "python" {
        "#"
    } else {
        "//"
    };
    format!(
        "{}{comment} {round} of {}\n",
        subject.source,
        std::process::id()
    )
}

fn submit(
    client: &BenchClient,
    problem: SumProblem,
    subject: BenchProgram,
    source: &str,
) -> Result<Duration, CliError> {
    let started = Instant::now();
    client.submit(problem, subject.language, source)?;
    Ok(started.elapsed())
}

/// One command per test, with the expected answer.
type BareRuns = Vec<(BareCommand, String)>;

fn bare_runs(
    problem: SumProblem,
    folder: &Path,
    make: impl Fn(&Path, &str) -> Result<BareCommand, CliError>,
) -> Result<BareRuns, CliError> {
    let tests = problem.tests().enumerate();
    tests
        .map(|(at, (input, answer))| Ok((make(&folder.join(at.to_string()), &input)?, answer)))
        .collect()
}

fn run_each(runs: &BareRuns) -> Result<(), CliError> {
    runs.iter()
        .try_for_each(|(bare, answer)| bare.run(answer).map(drop))
}

/// Judging by hand: compile, and run each test.
struct BareWork {
    compiler: Option<Vec<String>>,
    runs: BareRuns,
}

impl BareWork {
    fn new(
        context: &BenchContext,
        engine: &Engine,
        subject: BenchProgram,
    ) -> Result<Self, CliError> {
        let folder = context.folder(&format!("verdict {}", subject.name));
        let compiler = compiler(subject, &folder)?;
        let runs = bare_runs(FIVE_TESTS, &folder, |folder_of_test, input| {
            if compiler.is_some() {
                return BareCommand::from_path(folder.join("made"), folder_of_test, input);
            }
            let ready = engine.prepare_program(&subject.language(), subject.source.as_bytes())?;
            BareCommand::from_ready(subject, &ready, folder_of_test, input)
        })?;
        if let Some(command) = &compiler
            && let Some(source) = command.last()
        {
            std::fs::write(source, subject.source).map_err(CliError::new)?;
        }
        Ok(BareWork { compiler, runs })
    }

    fn once(&self) -> Result<Duration, CliError> {
        let started = Instant::now();
        if let Some([program, args @ ..]) = self.compiler.as_deref() {
            let ended = Command::new(program)
                .args(args)
                .stdin(Stdio::null())
                .status()
                .map_err(|error| CliError::new(error).about(program))?;
            if !ended.success() {
                return Err(CliError::new(format!("{program} ended with {ended}")));
            }
        }
        run_each(&self.runs)?;
        Ok(started.elapsed())
    }
}

/// Returns the usual command of the compiler; its last argument is the source.
fn compiler(subject: BenchProgram, folder: &Path) -> Result<Option<Vec<String>>, CliError> {
    let path = |name: &str| folder.join(name).display().to_string();
    let (program, options, source) = match subject.language {
        "cpp" => (
            "/usr/bin/g++".to_owned(),
            ["-std=gnu++20", "-O2"],
            "source.cpp",
        ),
        "rust" => (rustc()?, ["--edition=2021", "-O"], "source.rs"),
        _ => return Ok(None),
    };
    let mut command = vec![program];
    command.extend(options.map(str::to_owned));
    command.extend(["-o".to_owned(), path("made"), path(source)]);
    Ok(Some(command))
}

/// Returns the compiler itself: the command on the path may be a slow wrapper.
fn rustc() -> Result<String, CliError> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output();
    let output = output.map_err(|error| CliError::new(error).about("rustc"))?;
    let sysroot = String::from_utf8_lossy(&output.stdout);
    Ok(format!("{}/bin/rustc", sysroot.trim()))
}
