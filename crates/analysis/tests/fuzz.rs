//! Generated texts: the report comes in time, is bounded, and its lines exist. `PROPTEST_CASES` sets their
//! number.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use letscode_analysis::{AnalysisBudget, AnalysisReport, Language, analyse};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use support::labelled;

/// Maximum time in addition to parsing, on a busy machine and without optimisation.
const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_FACTS: usize = 100;
const MAX_NAME_CHARS: usize = 80;

fn language() -> impl Strategy<Value = Language> {
    select(Language::ALL.as_slice())
}

/// Programs that use all restricted APIs, in each language.
static REAL: LazyLock<Vec<String>> =
    LazyLock::new(|| labelled().into_iter().map(|program| program.code).collect());

/// Pieces that have a meaning in some grammar.
const PIECES: [&str; 66] = [
    "import ",
    "from ",
    "os",
    " as ",
    "*",
    "\n",
    "\n  ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'",
    "\"",
    "`",
    "${",
    "open",
    "eval",
    "require",
    "fs",
    "const ",
    "let ",
    "var ",
    "=",
    "=>",
    "function ",
    "class ",
    "def ",
    ":",
    "::",
    ".",
    ",",
    ";",
    "use ",
    "std",
    "fn ",
    "impl ",
    "mod ",
    "unsafe ",
    "#define ",
    "#ifdef X\n",
    "#endif\n",
    "namespace ",
    "using ",
    "template<",
    ">",
    "vec!",
    "getattr",
    "for ",
    " in ",
    "while ",
    "0",
    "1e9",
    "\\x6",
    "\\u{",
    "/*",
    "//",
    "#",
    "å",
    "\u{202e}",
    "lambda ",
    "f\"",
    "r#\"",
    "<<",
    "\0",
];

/// Opening and closing pieces, to be nested.
const NESTS: [(&str, &str); 12] = [
    ("(", ")"),
    ("[", "]"),
    ("{", "}"),
    ("f(", ")"),
    ("-", ""),
    ("a.", ""),
    ("if x:\n", ""),
    ("lambda: ", ""),
    ("x => ", ""),
    ("namespace a { ", "}"),
    ("mod a { ", "}"),
    ("f\"{", "}\""),
];

#[derive(Debug, Clone)]
enum Mutation {
    Cut(Index, Index),
    Twice(Index, Index),
    Put(Index, &'static str),
    Move(Index, Index),
    Other(Index, u8),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = any::<Index>;
    prop_oneof![
        (place(), place()).prop_map(|(a, b)| Mutation::Cut(a, b)),
        (place(), place()).prop_map(|(a, b)| Mutation::Twice(a, b)),
        (place(), select(PIECES.as_slice())).prop_map(|(at, piece)| Mutation::Put(at, piece)),
        (place(), place()).prop_map(|(a, b)| Mutation::Move(a, b)),
        (place(), any::<u8>()).prop_map(|(at, byte)| Mutation::Other(at, byte)),
    ]
}

/// Real programs in a row, with some mutations.
fn broken() -> impl Strategy<Value = String> {
    let programs = vec(any::<Index>().prop_map(|at| at.get(&REAL).clone()), 1..4);
    (programs, vec(mutation(), 0..12)).prop_map(|(programs, mutations)| {
        let mut bytes = programs.concat().into_bytes();
        for mutation in mutations {
            mutate(&mut bytes, mutation);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn mutate(bytes: &mut Vec<u8>, mutation: Mutation) {
    let places = bytes.len() + 1;
    let place = |at: &Index| at.index(places);
    let range = |a: &Index, b: &Index| place(a).min(place(b))..place(a).max(place(b));
    match mutation {
        Mutation::Cut(a, b) => drop(bytes.drain(range(&a, &b))),
        Mutation::Twice(a, b) => {
            let again = bytes[range(&a, &b)].to_owned();
            bytes.extend(again);
        }
        Mutation::Put(at, piece) => drop(bytes.splice(place(&at)..place(&at), piece.bytes())),
        Mutation::Move(a, b) => bytes.rotate_left(range(&a, &b).len()),
        Mutation::Other(at, byte) => {
            let at = place(&at);
            if let Some(target) = bytes.get_mut(at) {
                *target = byte;
            }
        }
    }
}

/// Analyses a text and checks the properties of every report.
fn read(code: &str, language: Language, budget: AnalysisBudget) -> AnalysisReport {
    let start = Instant::now();
    let facts = analyse(code, language, budget);
    let took = start.elapsed();
    assert!(took < budget.time + TIMEOUT, "{took:?}");
    let lines = code.split('\n').count();
    assert!(facts.facts.len() <= MAX_FACTS);
    for fact in &facts.facts {
        assert!((1..=lines).contains(&(fact.line as usize)), "{fact:?}");
        assert!(fact.name.chars().count() <= MAX_NAME_CHARS, "{fact:?}");
    }
    facts
}

fn long_budget() -> AnalysisBudget {
    support::long_budget()
}

/// A budget that is too small for most texts.
fn short_budget(bytes: usize) -> AnalysisBudget {
    AnalysisBudget {
        bytes,
        time: Duration::from_millis(2),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_time: 60_000, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn any_text_has_a_report(text in "\\PC{0,300}", language in language()) {
        read(&text, language, long_budget());
    }

    #[test]
    fn any_bytes_have_a_report(bytes in vec(any::<u8>(), 0..400), language in language()) {
        read(&String::from_utf8_lossy(&bytes), language, long_budget());
    }

    #[test]
    fn any_pieces_have_a_report(pieces in vec(select(PIECES.as_slice()), 0..120), language in language()) {
        read(&pieces.concat(), language, long_budget());
    }

    /// In its own language and in the others.
    #[test]
    fn any_broken_program_has_a_report(code in broken(), language in language()) {
        read(&code, language, long_budget());
    }

    /// Cut anywhere, so that the remainder is scanned for words; and with hardly any time.
    #[test]
    fn any_budget_is_kept(code in broken(), language in language(), bytes in 0..2000_usize) {
        let facts = read(&code, language, short_budget(bytes));
        assert!(code.len() <= bytes || facts.incomplete.is_some());
    }

    /// Longer texts hide no more than short ones do.
    #[test]
    fn long_texts_hide_no_facts(
        at in any::<Index>(), bytes in 0..400_usize,
    ) {
        let all = labelled();
        let program = at.get(&all);
        let whole = read(&program.code, program.language, long_budget());
        let budget = AnalysisBudget { bytes, ..long_budget() };
        let cut = read(&program.code, program.language, budget);
        let is_reported = !cut.is_safe() || cut.incomplete != Some(letscode_analysis::Incomplete::Skimmed);
        assert!(whole.is_safe() || is_reported, "{}: {whole:?}", program.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// A hundred thousand levels, on a small stack.
    #[test]
    fn any_nesting_has_a_report(
        nests in vec(select(NESTS.as_slice()), 1..4),
        closed in any::<bool>(),
        language in language(),
    ) {
        const DEEP: usize = 100_000;
        let turns = DEEP / nests.len();
        let opening: String = nests.iter().map(|nest| nest.0).collect();
        let closing: String = nests.iter().rev().map(|nest| nest.1).collect();
        let code = if closed {
            format!("{}x{}", opening.repeat(turns), closing.repeat(turns))
        } else {
            opening.repeat(turns)
        };
        let budget = AnalysisBudget { bytes: 4 << 20, ..long_budget() };
        let small = std::thread::Builder::new().stack_size(512 << 10);
        let reading = small.spawn(move || {
            analyse(&code, language, AnalysisBudget { time: Duration::from_secs(1), ..budget });
            analyse(&code, language, AnalysisBudget::default());
        });
        reading.unwrap().join().unwrap();
    }
}
