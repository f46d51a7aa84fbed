//! TableSource text to facts, read from its syntax tree, and where a program is best run.
//!
//! Pure: no I/O, no async, no clock but the one that bounds the work. What is found is for *routing* and
//! for telling a person why; it protects nothing. Programs are held by cells and by the browser's frame,
//! whether or not anything was found in them.
//!
//! A text is parsed (`language.rs`), walked once (`walk.rs`) while each language's own room says what its
//! nodes declare and what its expressions are made of; then names are followed through scopes, imports and
//! aliases (`scope.rs`, `resolve.rs`) to paths such as `os.system`, and paths are looked up in tables
//! (`tables/`). A parser reads some seven megabytes a second, so of what is very long only the beginning
//! is parsed, and the rest looked through word by word (`skim.rs`).

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

/// How much work one text may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnalysisBudget {
    /// Of a longer text this much is read; the rest is looked through word by word. Programs of people are
    /// a tenth of it.
    pub bytes: usize,
    /// For parsing: some texts cost a parser much more than others of their length.
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

/// Of a stack, for each byte that is parsed: parsers call themselves once for each bracket that is open, when
/// they let go of what they remember. None of it is touched before it is needed.
const STACK_FOR_EACH_BYTE: usize = 1 << 10;
const SMALLEST_STACK: usize = 1 << 20;

/// What there is in a text. Every text has an answer, also what no compiler would take.
pub fn analyse(source: &str, language: Language, budget: AnalysisBudget) -> AnalysisReport {
    let read = beginning(source, budget.bytes);
    let bytes = SMALLEST_STACK + read.len() * STACK_FOR_EACH_BYTE;
    let deep = thread::Builder::new().stack_size(bytes);
    let facts = thread::scope(|scope| {
        let work = deep.spawn_scoped(scope, || analyse_beginning(source, read, language, budget));
        work.ok()?.join().ok()
    });
    // Without a thread nothing is known.
    facts.unwrap_or_else(|| AnalysisReport::nothing(Incomplete::TookTooLong))
}

fn analyse_beginning(
    source: &str,
    read: &str,
    language: Language,
    budget: AnalysisBudget,
) -> AnalysisReport {
    let begun = Instant::now();
    let Some(tree) = language::parse(read, language, begun + budget.time) else {
        return AnalysisReport::nothing(Incomplete::TookTooLong);
    };
    let adapter = language.adapter();
    let walked = walk::walk(&tree, read, adapter);
    let (facts, out_of_fuel) = uses::facts(&walked, adapter);
    let incomplete = if walked.cut || out_of_fuel {
        Some(Incomplete::TookTooLong)
    } else if read.len() < source.len() {
        Some(match skim::is_plain(source, read.len(), &walked, adapter) {
            true => Incomplete::Skimmed,
            false => Incomplete::TooLong,
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

/// Whole lines of the first `bytes`, where there are lines.
fn beginning(source: &str, bytes: usize) -> &str {
    if source.len() <= bytes {
        return source;
    }
    let cut = &source[..source.floor_char_boundary(bytes)];
    cut.rfind('\n').map_or(cut, |end| &cut[..=end])
}
