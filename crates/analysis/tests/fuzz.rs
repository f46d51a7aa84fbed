//! Texts that nobody would write: whatever they are, the answer comes in time, is bounded, and speaks of
//! lines that are there. How many are tried: `PROPTEST_CASES`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use letscode_analysis::{AnalysisBudget, AnalysisReport, Language, analyse};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use support::labelled;

/// Beside the time for parsing, on the busiest machine and without optimisation.
const PATIENCE: Duration = Duration::from_secs(5);
const MAX_FACTS: usize = 100;
const MAX_NAME_CHARS: usize = 80;

fn language() -> impl Strategy<Value = Language> {
    select(Language::ALL.as_slice())
}

/// Programs that use all that is looked for, in each language.
static REAL: LazyLock<Vec<String>> =
    LazyLock::new(|| labelled().into_iter().map(|one| one.code).collect());

/// Pieces that mean something to one grammar or another.
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

/// What opens, and what closes it: any number inside each other.
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
enum Harm {
    Cut(Index, Index),
    Twice(Index, Index),
    Put(Index, &'static str),
    Move(Index, Index),
    Other(Index, u8),
}

fn harm() -> impl Strategy<Value = Harm> {
    let place = any::<Index>;
    prop_oneof![
        (place(), place()).prop_map(|(a, b)| Harm::Cut(a, b)),
        (place(), place()).prop_map(|(a, b)| Harm::Twice(a, b)),
        (place(), select(PIECES.as_slice())).prop_map(|(at, piece)| Harm::Put(at, piece)),
        (place(), place()).prop_map(|(a, b)| Harm::Move(a, b)),
        (place(), any::<u8>()).prop_map(|(at, byte)| Harm::Other(at, byte)),
    ]
}

/// Of real programs, one behind the other, with some harm done to them.
fn broken() -> impl Strategy<Value = String> {
    let programs = vec(any::<Index>().prop_map(|at| at.get(&REAL).clone()), 1..4);
    (programs, vec(harm(), 0..12)).prop_map(|(programs, harms)| {
        let mut bytes = programs.concat().into_bytes();
        for harm in harms {
            suffer(&mut bytes, harm);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn suffer(bytes: &mut Vec<u8>, harm: Harm) {
    let places = bytes.len() + 1;
    let place = |at: &Index| at.index(places);
    let range = |a: &Index, b: &Index| place(a).min(place(b))..place(a).max(place(b));
    match harm {
        Harm::Cut(a, b) => drop(bytes.drain(range(&a, &b))),
        Harm::Twice(a, b) => {
            let again = bytes[range(&a, &b)].to_owned();
            bytes.extend(again);
        }
        Harm::Put(at, piece) => drop(bytes.splice(place(&at)..place(&at), piece.bytes())),
        Harm::Move(a, b) => bytes.rotate_left(range(&a, &b).len()),
        Harm::Other(at, byte) => {
            let at = place(&at);
            if let Some(there) = bytes.get_mut(at) {
                *there = byte;
            }
        }
    }
}

/// Reads it within bounds that are narrow enough to be met, and holds the answer to what is promised.
fn read(code: &str, language: Language, budget: AnalysisBudget) -> AnalysisReport {
    let begun = Instant::now();
    let facts = analyse(code, language, budget);
    let took = begun.elapsed();
    assert!(took < budget.time + PATIENCE, "{took:?}");
    let lines = code.split('\n').count();
    assert!(facts.facts.len() <= MAX_FACTS);
    for fact in &facts.facts {
        assert!((1..=lines).contains(&(fact.line as usize)), "{fact:?}");
        assert!(fact.name.chars().count() <= MAX_NAME_CHARS, "{fact:?}");
    }
    facts
}

fn patient() -> AnalysisBudget {
    support::patient()
}

/// Most of a text is beyond this.
fn hurried(bytes: usize) -> AnalysisBudget {
    AnalysisBudget {
        bytes,
        time: Duration::from_millis(2),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_time: 60_000, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,300}", language in language()) {
        read(&text, language, patient());
    }

    #[test]
    fn any_bytes_are_answered(bytes in vec(any::<u8>(), 0..400), language in language()) {
        read(&String::from_utf8_lossy(&bytes), language, patient());
    }

    #[test]
    fn any_pieces_are_answered(pieces in vec(select(PIECES.as_slice()), 0..120), language in language()) {
        read(&pieces.concat(), language, patient());
    }

    /// In its own language and in the others'.
    #[test]
    fn any_broken_program_is_answered(code in broken(), language in language()) {
        read(&code, language, patient());
    }

    /// Cut anywhere, so that the rest is looked through word by word; and with hardly any time.
    #[test]
    fn any_bounds_are_kept(code in broken(), language in language(), bytes in 0..2000_usize) {
        let facts = read(&code, language, hurried(bytes));
        assert!(code.len() <= bytes || facts.incomplete.is_some());
    }

    /// Longer texts hide no more than short ones do.
    #[test]
    fn what_is_found_is_not_passed_over_when_it_is_further_behind(
        at in any::<Index>(), bytes in 0..400_usize,
    ) {
        let all = labelled();
        let one = at.get(&all);
        let whole = read(&one.code, one.language, patient());
        let budget = AnalysisBudget { bytes, ..patient() };
        let cut = read(&one.code, one.language, budget);
        let is_said = !cut.is_safe() || cut.incomplete != Some(letscode_analysis::Incomplete::Skimmed);
        assert!(whole.is_safe() || is_said, "{}: {whole:?}", one.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// A hundred thousand deep in turns, on a stack that is a fraction of a thread's.
    #[test]
    fn any_nesting_is_answered(
        nests in vec(select(NESTS.as_slice()), 1..4),
        closed in any::<bool>(),
        language in language(),
    ) {
        const DEEP: usize = 100_000;
        let turns = DEEP / nests.len();
        let opening: String = nests.iter().map(|nest| nest.0).collect();
        let closing: String = nests.iter().rev().map(|nest| nest.1).collect();
        let code = match closed {
            true => format!("{}x{}", opening.repeat(turns), closing.repeat(turns)),
            false => opening.repeat(turns),
        };
        let budget = AnalysisBudget { bytes: 4 << 20, ..patient() };
        let small = std::thread::Builder::new().stack_size(512 << 10);
        let reading = small.spawn(move || {
            analyse(&code, language, AnalysisBudget { time: Duration::from_secs(1), ..budget });
            analyse(&code, language, AnalysisBudget::default());
        });
        reading.unwrap().join().unwrap();
    }
}
