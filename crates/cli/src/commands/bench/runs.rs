//! One run of a program: bare, in our cells, and in other installed sandboxes, in turns.

use std::time::{Duration, Instant};

use letscode_judge::{Engine, Outcome, ReadyProgram};

use super::context::BenchContext;
use super::options::BenchArgs;
use super::peers::{InstalledPeers, PeerSandbox};
use super::report::RunRow;
use super::samples::TimeSamples;
use super::subjects::{BareCommand, BenchProgram, COMPUTED, COMPUTING, HELLO, HELLOS};
use crate::error::CliError;

/// Time that an ended cell needs to disappear; it would slow down the next one.
const CELL_END_TIME: Duration = Duration::from_millis(5);

pub fn measure(bench: &BenchArgs, context: &mut BenchContext) -> Result<Vec<RunRow>, CliError> {
    // Two engines: in the second, no cell ever waits.
    let warm = bench.engine()?;
    let fresh = bench.engine()?;
    let peers = InstalledPeers::detect();
    context.skipped.extend(peers.skipped.iter().cloned());
    let mut rows = Vec::new();
    for subject in HELLOS {
        context.doing(format!("one run: {}", subject.name));
        if let Err(missing) = warm.toolchains().language(&subject.language()) {
            context.skip(subject.name, missing.to_string());
            continue;
        }
        rows.extend(compare(bench, context, subject, [&warm, &fresh], &peers)?);
    }
    if warm.toolchains().language(&COMPUTING.language()).is_ok() {
        rows.extend(compute(bench, context, &warm)?);
    }
    Ok(rows)
}

/// Measures how much slower a program computes in a cell; its start hardly counts.
fn compute(
    bench: &BenchArgs,
    context: &mut BenchContext,
    engine: &Engine,
) -> Result<Vec<RunRow>, CliError> {
    context.doing(format!("one run: {}", COMPUTING.name));
    let ready = engine.prepare_program(&COMPUTING.language(), COMPUTING.source.as_bytes())?;
    let bare = BareCommand::from_ready(COMPUTING, &ready, &context.folder(COMPUTING.name), "")?;
    let mut contenders = vec![
        RunContender::new("bare spawn", || bare.run(COMPUTED)),
        RunContender::new("kept cell", || in_cell(&ready, COMPUTED)),
    ];
    for contender in &mut contenders {
        contender.is_counted = false;
    }
    let rounds = bench.rounds().div_ceil(10).max(bench.warm_up() * 2);
    take_turns(bench, context, COMPUTING.name, rounds, contenders)
}

struct RunContender<'a> {
    way: &'static str,
    run: Box<dyn FnMut() -> Result<Duration, CliError> + 'a>,
    is_counted: bool,
    samples: TimeSamples,
}

impl<'a> RunContender<'a> {
    fn new(way: &'static str, run: impl FnMut() -> Result<Duration, CliError> + 'a) -> Self {
        RunContender {
            way,
            run: Box::new(run),
            is_counted: true,
            samples: TimeSamples::default(),
        }
    }
}

fn compare(
    bench: &BenchArgs,
    context: &mut BenchContext,
    subject: BenchProgram,
    [warm, fresh]: [&Engine; 2],
    peers: &InstalledPeers,
) -> Result<Vec<RunRow>, CliError> {
    let in_kept = warm.prepare_program(&subject.language(), subject.source.as_bytes())?;
    let in_fresh = fresh.prepare_program(&subject.language(), subject.source.as_bytes())?;
    let folder = context.folder(subject.name);
    let bare = BareCommand::from_ready(subject, &in_kept, &folder, "")?;
    let mut contenders = vec![
        RunContender::new("bare spawn", || bare.run(HELLO)),
        RunContender::new("kept cell", || in_cell(&in_kept, HELLO)),
        RunContender::new("fresh cell", || {
            fresh.jail().end_idle_cells();
            std::thread::sleep(CELL_END_TIME);
            in_cell(&in_fresh, HELLO)
        }),
    ];
    for (peer, command) in peers.commands(&bare, &folder) {
        let mut contender = RunContender::new(peer.name(), move || command.run(HELLO));
        contender.is_counted = peer.is_counted();
        // The first run shows if it works here.
        match (contender.run)() {
            Ok(_) => contenders.push(contender),
            Err(error) => context.skip(
                &format!("{}: {}", peer.name(), subject.name),
                error.message(),
            ),
        }
    }
    take_turns(bench, context, subject.name, bench.rounds(), contenders)
}

/// Runs all contenders in turns. The first one is the baseline.
fn take_turns(
    bench: &BenchArgs,
    context: &mut BenchContext,
    program: &'static str,
    rounds: usize,
    mut contenders: Vec<RunContender<'_>>,
) -> Result<Vec<RunRow>, CliError> {
    context.steps(rounds);
    // Warm-up rounds.
    for contender in &mut contenders {
        for _ in 0..bench.warm_up() {
            (contender.run)()?;
        }
    }
    for _ in 0..rounds {
        for contender in &mut contenders {
            // Far slower than everything else, so that fewer rounds have to do.
            if contender.way == PeerSandbox::Docker.name() && contender.samples.len() * 10 > rounds
            {
                continue;
            }
            let took = (contender.run)()?;
            contender.samples.push(took);
        }
        context.step();
    }
    let mut rows: Vec<RunRow> = Vec::new();
    for contender in contenders {
        let RunContender {
            way,
            mut run,
            samples,
            is_counted,
        } = contender;
        let Some(time) = samples.summary() else {
            continue;
        };
        let cpu = match (&context.cpu, is_counted) {
            (Ok(group), true) => group.per_call(bench.cpu_runs(), || run().map(drop))?,
            _ => None,
        };
        let floor = rows.first();
        let cpu_ratio = cpu.and_then(|cpu| Some(cpu / floor.map_or(Some(cpu), |row| row.cpu)?));
        rows.push(RunRow {
            program,
            way,
            ratio: time.median / floor.map_or(time.median, |row| row.time.median),
            time,
            cpu,
            cpu_ratio,
        });
    }
    Ok(rows)
}

/// Runs a program like a test: with an input of its own, and its output is read.
pub fn in_cell(ready: &ReadyProgram<'_>, expected: &str) -> Result<Duration, CliError> {
    run_in_cell(ready, "", expected)
}

pub fn run_in_cell(
    ready: &ReadyProgram<'_>,
    input: &str,
    expected: &str,
) -> Result<Duration, CliError> {
    let started = Instant::now();
    let result = ready.run(input.as_bytes())?;
    let mut output = String::new();
    if let Some(mut stdout) = result.stdout {
        std::io::Read::read_to_string(&mut stdout, &mut output).map_err(CliError::new)?;
    }
    let took = started.elapsed();
    if result.outcome == (Outcome::Exited { code: 0 }) && output == expected {
        Ok(took)
    } else {
        Err(CliError::new(format!(
            "a program in a cell ended with {:?} and wrote {output:?}",
            result.outcome
        )))
    }
}
