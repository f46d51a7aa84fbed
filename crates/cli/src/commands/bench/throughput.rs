//! Runs and submissions per second with an increasing number of clients, compared with bare spawns
//! on all cores.

use std::sync::{Barrier, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use letscode_judge::Engine;

use super::context::BenchContext;
use super::cpu::CpuGroup;
use super::options::BenchArgs;
use super::report::RateRow;
use super::runs::run_in_cell;
use super::samples::median;
use super::server::{BenchClient, BenchServer, FIVE_TESTS};
use super::subjects::{BareCommand, BenchProgram, NATIVE_SUM, SUMS};
use crate::error::CliError;

pub fn measure(
    bench: &BenchArgs,
    context: &mut BenchContext,
    engine: &Engine,
    server: &BenchServer,
) -> Result<Vec<RateRow>, CliError> {
    let mut rows = Vec::new();
    let subjects = [SUMS[0], NATIVE_SUM];
    context.steps(subjects.len() * bench.clients().len());
    for subject in subjects {
        for &clients in bench.clients() {
            context.doing(format!("a second: {}, {clients} clients", subject.name));
            rows.extend(compare(bench, context, (engine, server), subject, clients)?);
            context.step();
        }
    }
    Ok(rows)
}

/// Measures runs and submissions with a number of clients and bare spawns on all cores, in turns.
fn compare(
    bench: &BenchArgs,
    context: &BenchContext,
    (engine, server): (&Engine, &BenchServer),
    subject: BenchProgram,
    clients: usize,
) -> Result<[RateRow; 2], CliError> {
    let ready = engine.prepare_program(&subject.language(), subject.source.as_bytes())?;
    let (input, answer) = FIVE_TESTS.test(0);
    let bare = BareCommand::from_ready(
        subject,
        &ready,
        &context.folder(subject.name).join("rate"),
        &input,
    )?;
    let posting: Vec<BenchClient> = (0..clients).map(|user| server.client(user)).collect();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let workers = WorkerSlots::new(cores);
    let cpu = context.cpu.as_ref().ok();
    let (mut spawned, mut ran, mut judged) = <(RateSamples, RateSamples, RateSamples)>::default();
    for _ in 0..bench.slices() {
        spawned.add(cpu, || {
            rate(bench.slice(), cores, |_| bare.run(&answer).map(drop))
        })?;
        ran.add(cpu, || {
            rate(bench.slice(), clients, |_| {
                workers.work(|| run_in_cell(&ready, &input, &answer).map(drop))
            })
        })?;
        judged.add(cpu, || {
            rate(bench.slice(), clients, |at| {
                posting[at].submit(FIVE_TESTS, subject.language, subject.source)
            })
        })?;
    }
    // The idle cells of many clients would slow down the next measurement with few.
    engine.jail().end_idle_cells();
    let bare_cpu = spawned.cpu(1);
    let floor = spawned.per_second();
    let row = |way, rates: RateSamples, runs: usize| {
        let per_second = rates.per_second();
        let runs_per_second = per_second * runs as f64;
        RateRow {
            program: subject.name,
            way,
            clients,
            per_second,
            runs_per_second,
            bare_per_second: floor,
            ratio: runs_per_second / floor,
            cpu: rates.cpu(runs),
            bare_cpu,
        }
    };
    Ok([
        row("cells", ran, 1),
        row("submissions", judged, FIVE_TESTS.tests),
    ])
}

/// Limits concurrent runs to one per core, as a service does; other clients wait for a free slot.
struct WorkerSlots {
    free: Mutex<usize>,
    slot_freed: Condvar,
}

impl WorkerSlots {
    fn new(count: usize) -> Self {
        WorkerSlots {
            free: Mutex::new(count),
            slot_freed: Condvar::new(),
        }
    }

    fn work<T>(&self, run: impl FnOnce() -> T) -> T {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.slot_freed.wait_while(free, |free| *free == 0);
        *waited.unwrap_or_else(PoisonError::into_inner) -= 1;
        let ran = run();
        *self.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.slot_freed.notify_one();
        ran
    }
}

/// Throughput and CPU time of several slices of time.
#[derive(Default)]
struct RateSamples {
    per_second: Vec<f64>,
    /// CPU time of one run or submission, in milliseconds.
    cpu: Vec<f64>,
}

impl RateSamples {
    fn add(
        &mut self,
        cpu: Option<&CpuGroup>,
        measure: impl FnOnce() -> Result<TimeSlice, CliError>,
    ) -> Result<(), CliError> {
        let (slice, spent) = match cpu {
            Some(group) => group.measure(measure),
            None => (measure(), None),
        };
        let slice = slice?;
        self.per_second
            .push(slice.count as f64 / slice.took.as_secs_f64());
        // The CPU time includes the warm-up.
        self.cpu
            .extend(spent.map(|spent| spent / (slice.count + slice.warm_up) as f64));
        Ok(())
    }

    fn per_second(&self) -> f64 {
        median(self.per_second.clone())
    }

    fn cpu(&self, runs: usize) -> Option<f64> {
        (!self.cpu.is_empty()).then(|| median(self.cpu.clone()) / runs as f64)
    }
}

struct TimeSlice {
    count: usize,
    warm_up: usize,
    took: Duration,
}

/// Runs a function in a loop in each of several threads; the first call of each is a warm-up.
fn rate(
    length: Duration,
    threads: usize,
    run: impl Fn(usize) -> Result<(), CliError> + Sync,
) -> Result<TimeSlice, CliError> {
    let barrier = Barrier::new(threads);
    let work = |at: usize| {
        let warm_up = run(at);
        barrier.wait();
        warm_up?;
        let begun = Instant::now();
        let mut count = 0;
        while begun.elapsed() < length {
            run(at)?;
            count += 1;
        }
        Ok((count, begun, Instant::now()))
    };
    let work = &work;
    let done: Result<Vec<_>, CliError> = thread::scope(|scope| {
        let started: Vec<_> = (0..threads)
            .map(|at| scope.spawn(move || work(at)))
            .collect();
        let ended = started.into_iter().map(|thread| thread.join());
        ended
            .map(|joined| joined.map_err(|_| CliError::new("a client panicked"))?)
            .collect()
    });
    let done = done?;
    let begun = done.iter().map(|(_, begun, _)| *begun).min();
    let ended = done.iter().map(|(_, _, ended)| *ended).max();
    let took = begun
        .zip(ended)
        .map_or(length, |(begun, ended)| ended - begun);
    Ok(TimeSlice {
        count: done.iter().map(|(count, ..)| count).sum(),
        warm_up: threads,
        took,
    })
}
