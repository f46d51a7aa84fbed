//! Memory of a cell that waits for a run.

use std::collections::BTreeMap;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use letscode_languages::Stage;
use letscode_model::LanguageId;

use super::context::BenchContext;
use super::options::BenchArgs;
use super::report::MemoryRow;
use crate::error::CliError;

const KINDS: [(&str, &str); 2] = [
    ("cell", "cpp"),
    ("cell with its Python interpreter", "python"),
];

pub fn measure(bench: &BenchArgs, context: &mut BenchContext) -> Result<Vec<MemoryRow>, CliError> {
    context.steps(KINDS.len());
    let mut rows: Vec<MemoryRow> = Vec::new();
    for (title, language) in KINDS {
        context.doing(format!("memory: {title}"));
        // An engine of its own, below which no other processes start and end.
        let engine = bench.engine()?;
        let language = LanguageId(language.to_owned());
        if let Err(missing) = engine.toolchains().language(&language) {
            context.skip(title, missing.to_string());
            continue;
        }
        let profile = Stage::Run.profile(&language);
        let (count, helper) = (bench.cells(), engine.jail().helper_pid());
        // The first cell also pays for everything that is made once.
        engine.jail().prepare(&profile, 1).map_err(CliError::new)?;
        let before = wait_until_stable(helper, 1);
        engine
            .jail()
            .prepare(&profile, count + 1)
            .map_err(CliError::new)?;
        let after = wait_until_stable(helper, count + 1);
        let each = |of: fn(&CellMemory) -> f64| (of(&after) - of(&before)) / count as f64;
        rows.push(MemoryRow {
            what: title,
            count,
            processes_bytes: each(|memory| memory.processes),
            page_tables_bytes: each(|memory| memory.page_tables),
            kernel_bytes: each(|memory| memory.kernel),
        });
        context.step();
    }
    if let [cell, with] = rows.as_slice() {
        rows.push(MemoryRow {
            what: "Python interpreter alone",
            count: with.count,
            processes_bytes: with.processes_bytes - cell.processes_bytes,
            page_tables_bytes: with.page_tables_bytes - cell.page_tables_bytes,
            kernel_bytes: with.kernel_bytes - cell.kernel_bytes,
        });
    }
    Ok(rows)
}

/// Memory of some cells, in bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
struct CellMemory {
    processes: f64,
    page_tables: f64,
    kernel: f64,
}

/// Waits until all cells are made, which happens in the background, and returns their memory. Each
/// cell has two processes at least.
fn wait_until_stable(helper: u32, cells: usize) -> CellMemory {
    const STEP: Duration = Duration::from_millis(150);
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut last = measure_family(helper);
    loop {
        sleep(STEP);
        let now = measure_family(helper);
        let is_still = last.0 == now.0 && (last.1.processes - now.1.processes).abs() < 65536.0;
        if (is_still && now.0 > 2 * cells) || Instant::now() > deadline {
            return now.1;
        }
        last = now;
    }
}

/// Returns the number of processes below the helper, and their memory.
fn measure_family(helper: u32) -> (usize, CellMemory) {
    let family = family(helper);
    let field = |pid: &u32, file: &str, name: &str| {
        let text = fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
        kibibytes(&text, name)
    };
    let sum = |file, name| family.iter().map(|pid| field(pid, file, name)).sum();
    let machine = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kernel = ["Slab", "KernelStack", "PageTables", "Percpu"];
    let memory = CellMemory {
        processes: sum("smaps_rollup", "Pss"),
        page_tables: sum("status", "VmPTE"),
        kernel: kernel.iter().map(|name| kibibytes(&machine, name)).sum(),
    };
    (family.len(), memory)
}

/// Returns the value of a line such as `Pss:   120 kB` in bytes.
fn kibibytes(text: &str, name: &str) -> f64 {
    let kibibytes = text.lines().find_map(|line| {
        let value = line.strip_prefix(name)?.strip_prefix(':')?;
        value.split_whitespace().next()?.parse::<f64>().ok()
    });
    kibibytes.unwrap_or(0.0) * 1024.0
}

/// Returns a process and all its descendants.
fn family(first: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let text = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // The process name, in parentheses, may contain any character.
        let parent = text
            .rsplit_once(')')
            .and_then(|(_, fields)| fields.split(' ').nth(2)?.parse().ok());
        if let Some(parent) = parent {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut family = vec![first];
    let mut at = 0;
    while let Some(pid) = family.get(at) {
        family.extend(children.remove(pid).unwrap_or_default());
        at += 1;
    }
    family
}
