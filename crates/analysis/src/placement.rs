//! Where a program is best run. One pure function; docs/ANALYSIS.md has its table.

use letscode_model::Strategy;

use crate::{AnalysisReport, Complexity, FactKind, Incomplete, Language, Recursion};

/// From this load on, whatever a browser may run is left to it.
pub const BUSY_LOAD: f64 = 0.8;
/// What a page gives a program of a language; what is beyond dies there.
const BROWSER_MEMORY_BYTES: u64 = 256 << 20;
/// A person reads no more of the same.
const MAX_FINDINGS: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlacementPurpose {
    /// To see what it prints: nothing is decided by it.
    Run,
    /// To be judged.
    Submit,
}

/// What a client says it can do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientCapabilities {
    pub languages: Vec<Language>,
}

/// What a problem allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProblemPolicy {
    /// Programs talk to an interactor, which only the server has.
    pub interactive: bool,
    /// Verdicts of browsers count here, and this person's are believed.
    pub trusts_client: bool,
}

/// All that a decision rests on.
#[derive(Debug, Clone, Copy)]
pub struct PlacementRequest<'a> {
    pub purpose: PlacementPurpose,
    /// `None`: the language is one that is not read.
    pub language: Option<Language>,
    pub facts: Option<&'a AnalysisReport>,
    /// Jobs in hand and waiting, for each that can be worked on at once.
    pub load: f64,
    pub problem: ProblemPolicy,
    pub client: &'a ClientCapabilities,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    pub strategy: Strategy,
    /// Why, for a person; the decisive one first.
    pub reasons: Vec<String>,
}

/// `Client`: in the browser. `Server`: on the server. `Hybrid`, for a Run: in the browser, and on the
/// server when the browser's bounds are too narrow; for a Submit: the samples in the browser at once,
/// while the server judges.
pub fn choose_placement(request: &PlacementRequest) -> Placement {
    let run = place_run(request);
    if request.purpose == PlacementPurpose::Run {
        return run;
    }
    let judged_here = "The server judges what is submitted: a browser's verdict can be made up.";
    match run.strategy {
        Strategy::Server => to(
            Strategy::Server,
            [judged_here.to_owned()].into_iter().chain(run.reasons),
        ),
        _ if request.problem.trusts_client => to(
            Strategy::Client,
            ["This problem believes browsers: all of its tests are public.".to_owned()],
        ),
        _ => to(
            Strategy::Hybrid,
            [
                judged_here.to_owned(),
                "Meanwhile the browser tries the samples.".to_owned(),
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
                ["It is too long to be looked through.".to_owned()],
            );
        }
        Some(Incomplete::TookTooLong) => {
            return to(
                Strategy::Server,
                ["It is too involved to be looked through.".to_owned()],
            );
        }
        // The browser says as well what is wrong with it.
        Some(Incomplete::Broken | Incomplete::Skimmed) | None => {}
    }
    if !facts.is_safe() {
        return to(Strategy::Server, findings(facts));
    }
    let estimate = &facts.estimate;
    if estimate.allocated_bytes > BROWSER_MEMORY_BYTES {
        let mebibytes = estimate.allocated_bytes >> 20;
        let reason =
            format!("It makes arrays of about {mebibytes} MiB, more than a page gives it.");
        return to(Strategy::Server, [reason]);
    }
    let weight = weigh(facts);
    if request.load > BUSY_LOAD {
        let busy = format!(
            "The server is busy (load {:.1}), and the program needs nothing of it.",
            request.load
        );
        return to(Strategy::Client, [busy]);
    }
    match weight {
        ProgramWeight::Light => to(
            Strategy::Client,
            ["It only computes, and not for long: the browser is quickest.".to_owned()],
        ),
        ProgramWeight::Medium(why) => to(
            Strategy::Hybrid,
            [format!(
                "It only computes; {why}, so the server takes over should the browser's bounds be too narrow."
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
        0 | 1 => "loops call call_graph with loops".to_owned(),
        depth => format!("loops are {depth} deep"),
    };
    match estimate.complexity {
        Complexity::Exponential => {
            ProgramWeight::Heavy("a function calls itself twice with a little less".to_owned())
        }
        Complexity::Polynomial => ProgramWeight::Heavy(loops()),
        Complexity::Quadratic | Complexity::Cubic => ProgramWeight::Medium(loops()),
        _ if facts.incomplete == Some(Incomplete::Skimmed) => {
            ProgramWeight::Medium("it is too long for its loops to be counted".to_owned())
        }
        _ if estimate.recursion != Recursion::None => {
            ProgramWeight::Medium("it calls itself".to_owned())
        }
        _ => ProgramWeight::Light,
    }
}

fn findings(facts: &AnalysisReport) -> Vec<String> {
    let mut said = Vec::new();
    for kind in FactKind::ALL {
        if let Some(fact) = facts.facts.iter().find(|fact| fact.kind == kind) {
            said.push(format!(
                "It {}: {} in line {}.",
                kind.describe(),
                fact.name,
                fact.line
            ));
        }
    }
    said.truncate(MAX_FINDINGS);
    said
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
