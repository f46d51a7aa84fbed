//! One run of a program: bare, in our cells, and by whatever else is installed, in turns.

use std::time::{Duration, Instant};

use letscode_judge::{Engine, ReadyProgram};
use letscode_sandbox::Outcome;

use super::Bench;
use super::context::Context;
use super::peers::{Peer, Peers};
use super::report::RunRow;
use super::samples::Samples;
use super::subjects::{Bare, COMPUTED, COMPUTING, HELLO, HELLOS, Subject};
use crate::fault::Fault;

/// A cell that was ended takes this long to be gone, and would be in the way of the next.
const GONE: Duration = Duration::from_millis(5);

pub fn measure(bench: &Bench, context: &mut Context) -> Result<Vec<RunRow>, Fault> {
    // Two: in one of them no cell ever waits.
    let kept = bench.engine()?;
    let fresh = bench.engine()?;
    let peers = Peers::look();
    context.skipped.extend(peers.skipped.iter().cloned());
    let mut rows = Vec::new();
    for subject in HELLOS {
        context.doing(format!("one run: {}", subject.name));
        if let Err(missing) = kept.language(&subject.language()) {
            context.skip(subject.name, missing.to_string());
            continue;
        }
        rows.extend(compare(bench, context, subject, [&kept, &fresh], &peers)?);
    }
    if kept.language(&COMPUTING.language()).is_ok() {
        rows.extend(compute(bench, context, &kept)?);
    }
    Ok(rows)
}

/// How much longer a program takes in a cell once it runs: without its start, nearly.
fn compute(bench: &Bench, context: &mut Context, engine: &Engine) -> Result<Vec<RunRow>, Fault> {
    context.doing(format!("one run: {}", COMPUTING.name));
    let ready = engine.ready(&COMPUTING.language(), COMPUTING.source.as_bytes())?;
    let bare = Bare::of(COMPUTING, &ready, &context.folder(COMPUTING.name), "")?;
    let mut contenders = vec![
        Contender::new("bare spawn", || bare.run(COMPUTED)),
        Contender::new("kept cell", || in_cell(&ready, COMPUTED)),
    ];
    for contender in &mut contenders {
        contender.is_counted = false;
    }
    let rounds = bench.rounds().div_ceil(10).max(bench.warm_up() * 2);
    take_turns(bench, context, COMPUTING.name, rounds, contenders)
}

struct Contender<'a> {
    way: &'static str,
    run: Box<dyn FnMut() -> Result<Duration, Fault> + 'a>,
    is_counted: bool,
    samples: Samples,
}

impl<'a> Contender<'a> {
    fn new(way: &'static str, run: impl FnMut() -> Result<Duration, Fault> + 'a) -> Self {
        Contender {
            way,
            run: Box::new(run),
            is_counted: true,
            samples: Samples::default(),
        }
    }
}

fn compare(
    bench: &Bench,
    context: &mut Context,
    subject: Subject,
    [kept, fresh]: [&Engine; 2],
    peers: &Peers,
) -> Result<Vec<RunRow>, Fault> {
    let in_kept = kept.ready(&subject.language(), subject.source.as_bytes())?;
    let in_fresh = fresh.ready(&subject.language(), subject.source.as_bytes())?;
    let folder = context.folder(subject.name);
    let bare = Bare::of(subject, &in_kept, &folder, "")?;
    let mut contenders = vec![
        Contender::new("bare spawn", || bare.run(HELLO)),
        Contender::new("kept cell", || in_cell(&in_kept, HELLO)),
        Contender::new("fresh cell", || {
            fresh.jail().end_idle_cells();
            std::thread::sleep(GONE);
            in_cell(&in_fresh, HELLO)
        }),
    ];
    for (peer, command) in peers.commands(&bare, &folder) {
        let mut contender = Contender::new(peer.name(), move || command.run(HELLO));
        contender.is_counted = peer.is_counted();
        // The first one tells whether it works here.
        match (contender.run)() {
            Ok(_) => contenders.push(contender),
            Err(fault) => context.skip(
                &format!("{}: {}", peer.name(), subject.name),
                fault.message(),
            ),
        }
    }
    take_turns(bench, context, subject.name, bench.rounds(), contenders)
}

/// The first contender is the floor.
fn take_turns(
    bench: &Bench,
    context: &mut Context,
    program: &'static str,
    rounds: usize,
    mut contenders: Vec<Contender<'_>>,
) -> Result<Vec<RunRow>, Fault> {
    context.steps(rounds);
    // The first ones warm up.
    for contender in &mut contenders {
        for _ in 0..bench.warm_up() {
            (contender.run)()?;
        }
    }
    for _ in 0..rounds {
        for contender in &mut contenders {
            // Far slower than everything else: fewer of them.
            if contender.way == Peer::Docker.name() && contender.samples.len() * 10 > rounds {
                continue;
            }
            let took = (contender.run)()?;
            contender.samples.push(took);
        }
        context.step();
    }
    let mut rows: Vec<RunRow> = Vec::new();
    for contender in contenders {
        let Contender {
            way,
            mut run,
            samples,
            is_counted,
        } = contender;
        let Some(time) = samples.summary() else {
            continue;
        };
        let cpu = match (&context.cpu, is_counted) {
            (Ok(group), true) => group.per_one(bench.counted(), || run().map(drop))?,
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

/// As a test's run: with an input of its own, and its output read.
pub fn in_cell(ready: &ReadyProgram<'_>, expected: &str) -> Result<Duration, Fault> {
    run_in_cell(ready, "", expected)
}

pub fn run_in_cell(
    ready: &ReadyProgram<'_>,
    input: &str,
    expected: &str,
) -> Result<Duration, Fault> {
    let begun = Instant::now();
    let finished = ready.run(input.as_bytes())?;
    let mut output = String::new();
    if let Some(mut stdout) = finished.stdout {
        std::io::Read::read_to_string(&mut stdout, &mut output).map_err(Fault::new)?;
    }
    let took = begun.elapsed();
    match finished.outcome == (Outcome::Exited { code: 0 }) && output == expected {
        true => Ok(took),
        false => Err(Fault::new(format!(
            "a program in a cell ended with {:?} and wrote {output:?}",
            finished.outcome
        ))),
    }
}
