//! Placement of a program: browser, server or both. One pure function; docs/ANALYSIS.md has its table.

use letscode_model::Strategy;

use crate::{AnalysisReport, Complexity, FactKind, Incomplete, Language, Recursion};

/// Above this load, every program that a browser may run is placed there.
pub const BUSY_LOAD: f64 = 0.8;
/// Memory limit of a program in the page.
const BROWSER_MEMORY_BYTES: u64 = 256 << 20;
/// Maximum number of facts among the reasons.
const MAX_FACT_REASONS: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlacementPurpose {
    /// To see the output; no verdict.
    Run,
    /// To be judged.
    Submit,
}

/// Capabilities that a client reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientCapabilities {
    pub languages: Vec<Language>,
}

/// Properties of a problem that affect the placement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProblemPolicy {
    /// Programs talk to an interactor, which only the server has.
    pub interactive: bool,
    /// The problem accepts verdicts of browsers, and this user is trusted.
    pub trusts_client: bool,
}

/// Input of the decision.
#[derive(Debug, Clone, Copy)]
pub struct PlacementRequest<'a> {
    pub purpose: PlacementPurpose,
    /// `None`: the language can't be analysed.
    pub language: Option<Language>,
    pub facts: Option<&'a AnalysisReport>,
    /// Running and queued jobs per worker slot.
    pub load: f64,
    pub problem: ProblemPolicy,
    pub client: &'a ClientCapabilities,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    pub strategy: Strategy,
    /// Reasons for users, the decisive one first.
    pub reasons: Vec<String>,
}

/// Chooses where a program runs. `Client`: in the browser. `Server`: on the server. `Hybrid`, for a
/// Run: in the browser, then on the server if the browser's limits are exceeded; for a Submit: the
/// samples in the browser while the server judges.
pub fn choose_placement(request: &PlacementRequest) -> Placement {
    let run = place_run(request);
    if request.purpose == PlacementPurpose::Run {
        return run;
    }
    let judged_here = "The server judges submissions, as a browser's verdict can be faked.";
    match run.strategy {
        Strategy::Server => to(
            Strategy::Server,
            [judged_here.to_owned()].into_iter().chain(run.reasons),
        ),
        _ if request.problem.trusts_client => to(
            Strategy::Client,
            ["This problem trusts browsers: all of its tests are public.".to_owned()],
        ),
        _ => to(
            Strategy::Hybrid,
            [
                judged_here.to_owned(),
                "Meanwhile the browser runs the samples.".to_owned(),
            ],
        ),
    }
}

fn place_run(request: &PlacementRequest) -> Placement {
    let (Some(language), Some(facts)) = (request.language, request.facts) else {
        return to(
            Strategy::Server,
            ["Only the server runs this language.".to_owned()],
        );
    };
    if !request.client.languages.contains(&language) {
        let reason = format!("This browser does not run {}.", name(language));
        return to(Strategy::Server, [reason]);
    }
    if request.problem.interactive {
        let reason = "The problem is interactive: only the server can talk to the program.";
        return to(Strategy::Server, [reason.to_owned()]);
    }
    match facts.incomplete {
        Some(Incomplete::TooLong) => {
            return to(
                Strategy::Server,
                ["The program is too long to analyse.".to_owned()],
            );
        }
        Some(Incomplete::TookTooLong) => {
            return to(
                Strategy::Server,
                ["The program is too complex to analyse.".to_owned()],
            );
        }
        // The browser reports syntax errors as well.
        Some(Incomplete::Broken | Incomplete::Skimmed) | None => {}
    }
    if !facts.is_safe() {
        return to(Strategy::Server, fact_reasons(facts));
    }
    let estimate = &facts.estimate;
    if estimate.allocated_bytes > BROWSER_MEMORY_BYTES {
        let mebibytes = estimate.allocated_bytes >> 20;
        let reason =
            format!("It needs about {mebibytes} MiB for arrays, more than the browser allows.");
        return to(Strategy::Server, [reason]);
    }
    let weight = weigh(facts);
    if request.load > BUSY_LOAD {
        let busy = format!(
            "The server is busy (load {:.1}), and the program does not need it.",
            request.load
        );
        return to(Strategy::Client, [busy]);
    }
    match weight {
        ProgramWeight::Light => to(
            Strategy::Client,
            ["It is a short computation: the browser is fastest.".to_owned()],
        ),
        ProgramWeight::Medium(why) => to(
            Strategy::Hybrid,
            [format!(
                "It runs in the browser; {why}, so the server takes over if the browser's limits are exceeded."
            )],
        ),
        ProgramWeight::Heavy(why) => to(Strategy::Server, [format!("It may take long: {why}.")]),
    }
}

enum ProgramWeight {
    Light,
    Medium(String),
    Heavy(String),
}

fn weigh(facts: &AnalysisReport) -> ProgramWeight {
    let estimate = &facts.estimate;
    let loops = || match estimate.loop_depth {
        0 | 1 => "its loops call functions with loops".to_owned(),
        depth => format!("its loops are nested {depth} deep"),
    };
    match estimate.complexity {
        Complexity::Exponential => ProgramWeight::Heavy("a function calls itself twice".to_owned()),
        Complexity::Polynomial => ProgramWeight::Heavy(loops()),
        Complexity::Quadratic | Complexity::Cubic => ProgramWeight::Medium(loops()),
        _ if facts.incomplete == Some(Incomplete::Skimmed) => {
            ProgramWeight::Medium("it is too long to count its loops".to_owned())
        }
        _ if estimate.recursion != Recursion::None => {
            ProgramWeight::Medium("it calls itself".to_owned())
        }
        _ => ProgramWeight::Light,
    }
}

fn fact_reasons(report: &AnalysisReport) -> Vec<String> {
    let mut reasons = Vec::new();
    for kind in FactKind::ALL {
        if let Some(fact) = report.facts.iter().find(|fact| fact.kind == kind) {
            reasons.push(format!(
                "It {}: {} in line {}.",
                kind.describe(),
                fact.name,
                fact.line
            ));
        }
    }
    reasons.truncate(MAX_FACT_REASONS);
    reasons
}

fn name(language: Language) -> &'static str {
    match language {
        Language::JavaScript => "JavaScript",
        Language::Python => "Python",
        Language::Cpp => "C++",
        Language::Rust => "Rust",
    }
}

fn to(strategy: Strategy, reasons: impl IntoIterator<Item = String>) -> Placement {
    Placement {
        strategy,
        reasons: reasons.into_iter().collect(),
    }
}
