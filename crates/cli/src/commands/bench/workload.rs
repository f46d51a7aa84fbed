//! Programs with a known outcome: one JSON object per line, with `id`, `lang`, `code`, `stdin` and
//! `expected` (`pass` or `fail`).

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use letscode_judge::{CacheFolders, Engine, EngineConfig, Priority};
use letscode_languages::LanguageRegistry;
use letscode_model::{LanguageId, LimitCaps, WatchMode};
use serde::Deserialize;

use super::context::BenchContext;
use super::options::BenchArgs;
use super::report::{WorkloadPass, WorkloadRow};
use crate::error::CliError;
use crate::input::helper_command;

#[derive(Debug, Deserialize)]
struct WorkloadProgram {
    id: String,
    lang: String,
    code: String,
    stdin: String,
    expected: String,
}

/// Size of the cache of compiled programs.
const CACHE_BYTES: u64 = 2 << 30;

pub fn measure(
    bench: &BenchArgs,
    context: &mut BenchContext,
    path: &Path,
) -> Result<WorkloadRow, CliError> {
    let programs = read(path)?;
    // The same folder as in a service.
    let headers = context.folder("headers");
    let isolation = bench.isolation.isolation();
    let languages = LanguageRegistry::builtin()?;
    let mut engine = Engine::start(EngineConfig {
        helper: helper_command(),
        languages,
        isolation,
        caps: LimitCaps::default(),
        headers: Some(headers.clone()),
        watch: WatchMode::Off,
    })?;
    engine.open_folders(&CacheFolders {
        compiled: context.folder("compiled"),
        max_bytes: CACHE_BYTES,
        headers: Some(headers),
    })?;
    if !bench.quick {
        engine.compiler().precompile_headers()?;
    }
    context.steps(programs.len() * 2);
    context.doing("workload");
    let (first, disagreed) = pass(context, &engine, &programs)?;
    context.doing("workload, again");
    let (again, _) = pass(context, &engine, &programs)?;
    Ok(WorkloadRow {
        programs: programs.len(),
        agreed: programs.len() - disagreed.len(),
        disagreed,
        at_once: at_once(),
        first,
        again,
    })
}

fn read(path: &Path) -> Result<Vec<WorkloadProgram>, CliError> {
    let text =
        fs::read_to_string(path).map_err(|error| CliError::new(error).about(path.display()))?;
    let lines = text.lines().enumerate();
    lines
        .map(|(at, line)| {
            serde_json::from_str(line).map_err(|error| {
                CliError::new(error).about(format!("{}, line {}", path.display(), at + 1))
            })
        })
        .collect()
}

fn at_once() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Runs all programs once; returns those with an unexpected outcome too.
fn pass(
    context: &BenchContext,
    engine: &Engine,
    programs: &[WorkloadProgram],
) -> Result<(WorkloadPass, Vec<String>), CliError> {
    let (next, disagreed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(program) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let language = LanguageId(program.lang.clone());
            let report = engine.run_snippet(
                &language,
                program.code.as_bytes(),
                program.stdin.as_bytes(),
                Priority::Normal,
            )?;
            if report.success() != (program.expected == "pass")
                && let Ok(mut disagreed) = disagreed.lock()
            {
                disagreed.push(format!("{}: {:?}", program.id, report.outcome));
            }
            context.step();
        }
        Ok(())
    };
    let started = Instant::now();
    let done: Result<(), CliError> = thread::scope(|scope| {
        let started: Vec<_> = (0..at_once()).map(|_| scope.spawn(work)).collect();
        let mut ended = started.into_iter().map(|thread| thread.join());
        ended.try_for_each(|joined| joined.map_err(|_| CliError::new("a client panicked"))?)
    });
    done?;
    let seconds = started.elapsed().as_secs_f64();
    let pace = WorkloadPass {
        seconds,
        per_second: programs.len() as f64 / seconds,
    };
    Ok((pace, disagreed.into_inner().unwrap_or_default()))
}
