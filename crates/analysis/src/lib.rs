//! Static analysis of a program's source: facts from its syntax tree, and the best place to run it.
//!
//! Pure: no I/O, no async, no clock except for the time limit. The facts are for *placement* and for
//! explaining it to users; they are no protection. Programs are confined by cells and by the
//! browser's frame, whatever the analysis reports.
//!
//! A text is parsed (`language.rs`) and walked once (`walk.rs`), while each language's adapter says
//! what its nodes declare and what its expressions consist of. Then names are resolved through scopes,
//! imports and aliases (`scope.rs`, `resolve.rs`) to paths such as `os.system`, and paths are looked up
//! in tables (`tables/`). A parser reads about seven megabytes per second, so only the beginning of a
//! very long text is parsed; the remainder is scanned for words (`skim.rs`).

mod call_graph;
mod cpp;
mod estimate;
mod facts;
mod javascript;
mod language;
mod placement;
mod python;
mod report;
mod resolve;
mod rust;
mod scope;
mod shape;
mod skim;
mod tables;
mod uses;
mod walk;

use std::thread;
use std::time::{Duration, Instant};

pub use estimate::{Complexity, Estimate, Recursion};
pub use facts::{Fact, FactKind};
pub use language::Language;
pub use placement::{
    BUSY_LOAD, ClientCapabilities, Placement, PlacementPurpose, PlacementRequest, ProblemPolicy,
    choose_placement,
};
pub use report::{AnalysisReport, Incomplete};

/// Limits on the work for one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnalysisBudget {
    /// Maximum number of bytes to parse; the remainder is scanned for words. Ordinary programs have a
    /// tenth of it.
    pub bytes: usize,
    /// Time limit for parsing: some texts take much longer than others of their length.
    pub time: Duration,
}

impl Default for AnalysisBudget {
    fn default() -> Self {
        AnalysisBudget {
            bytes: 64 << 10,
            time: Duration::from_millis(30),
        }
    }
}

/// Stack size per parsed byte: a parser recurses once per open bracket when it frees its state. Unused
/// stack takes no memory.
const STACK_BYTES_PER_BYTE: usize = 1 << 10;
const MIN_STACK_BYTES: usize = 1 << 20;

/// Analyses a text. Every text has a report, even one that no compiler accepts.
pub fn analyse(source: &str, language: Language, budget: AnalysisBudget) -> AnalysisReport {
    let parsed = beginning(source, budget.bytes);
    let stack_bytes = MIN_STACK_BYTES + parsed.len() * STACK_BYTES_PER_BYTE;
    let builder = thread::Builder::new().stack_size(stack_bytes);
    let report = thread::scope(|scope| {
        let work = builder.spawn_scoped(scope, || {
            analyse_beginning(source, parsed, language, budget)
        });
        work.ok()?.join().ok()
    });
    // No thread could be started.
    report.unwrap_or_else(|| AnalysisReport::empty(Incomplete::TookTooLong))
}

fn analyse_beginning(
    source: &str,
    parsed: &str,
    language: Language,
    budget: AnalysisBudget,
) -> AnalysisReport {
    let start = Instant::now();
    let Some(tree) = language::parse(parsed, language, start + budget.time) else {
        return AnalysisReport::empty(Incomplete::TookTooLong);
    };
    let adapter = language.adapter();
    let walked = walk::walk(&tree, parsed, adapter);
    let (facts, out_of_fuel) = uses::facts(&walked, adapter);
    let incomplete = if walked.is_truncated || out_of_fuel {
        Some(Incomplete::TookTooLong)
    } else if parsed.len() < source.len() {
        let is_harmless = skim::is_harmless(source, parsed.len(), &walked, adapter);
        Some(if is_harmless {
            Incomplete::Skimmed
        } else {
            Incomplete::TooLong
        })
    } else if tree.root_node().has_error() {
        Some(Incomplete::Broken)
    } else {
        None
    };
    AnalysisReport {
        facts,
        incomplete,
        estimate: estimate::estimate(&walked, adapter),
    }
}

/// Returns the whole lines in the first `bytes`, or the first `bytes` if there is no line break.
fn beginning(source: &str, bytes: usize) -> &str {
    if source.len() <= bytes {
        return source;
    }
    let cut = &source[..source.floor_char_boundary(bytes)];
    cut.rfind('\n').map_or(cut, |end| &cut[..=end])
}
