//! Texts that are too long to be parsed: the whole text is checked, and none takes long.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::time::Duration;

use letscode_analysis::{AnalysisBudget, AnalysisReport, FactKind, Incomplete, Language, analyse};
use rstest::rstest;
use support::{facts_of, labelled, long_budget};

const MEGABYTE: usize = 1 << 20;

/// Analyses with a small budget, so that the test takes little time.
fn shortly(code: &str, language: Language) -> AnalysisReport {
    let budget = AnalysisBudget {
        bytes: 4 << 10,
        ..long_budget()
    };
    analyse(code, language, budget)
}

/// Harmless lines, more than are parsed.
fn harmless(language: Language, bytes: usize) -> String {
    let line = match language {
        Language::JavaScript => "x = f(a[1], 'b') + Math.max(2, y.length);\n",
        Language::Python => "x = f(a[1], 'b') + len(y.items) * 2\n",
        Language::Cpp => "int x = std::max(f(a[1], 'b'), y.size() + 2);\n",
        Language::Rust => "static X: u64 = f(a[1], 'b') + y.len() as u64;\n",
    };
    line.repeat(bytes / line.len() + 1)
}

#[rstest]
#[case(
    Language::JavaScript,
    "const fs = require('fs');",
    "fs.readFileSync('x');"
)]
#[case(Language::JavaScript, "const {log} = console;", "log(1); eval('1');")]
#[case(Language::JavaScript, "", "const g = globalThis;")]
#[case(Language::JavaScript, "", "x = [].map.constructor('1');")]
#[case(Language::JavaScript, "", "x = f\u{2028}eval('1');")]
#[case(Language::JavaScript, "", "\\u0065val('1');")]
#[case(Language::JavaScript, "", "f(...process)")]
#[case(Language::Python, "import os as o", "o.system('x')")]
#[case(Language::Python, "import os; ö = os", "ö.system('x')")]
#[case(Language::Python, "from os import *", "system('x')")]
#[case(Language::Python, "def f(p=open):\n pass", "p('x')")]
#[case(Language::Python, "", "import math")]
#[case(Language::Python, "", "f = getattr")]
#[case(
    Language::Cpp,
    "namespace files = std::filesystem;",
    "files::remove(x);"
)]
#[case(Language::Cpp, "", "sys\\\ntem(x);")]
#[case(Language::Cpp, "", "std :: /* here */ ifstream x;")]
#[case(Language::Rust, "use std::fs as files;", "fn g() { files::read(x); }")]
#[case(Language::Rust, "", "use std::{fs, io};")]
#[case(Language::Rust, "", "use std::r#fs::read;")]
#[case(Language::Rust, "", "fn g() { unsafe { h() } }")]
fn uses_behind_the_parsed_part_are_reported(
    #[case] language: Language,
    #[case] before: &str,
    #[case] used: &str,
) {
    let long = harmless(language, 8 << 10);
    let facts = shortly(&format!("{before}\n{long}"), language);
    assert_eq!(facts.incomplete, Some(Incomplete::Skimmed));
    let facts = shortly(&format!("{before}\n{long}{used}\n{long}"), language);
    assert_eq!(facts.incomplete, Some(Incomplete::TooLong));
}

/// Names that are not words of the text.
#[rstest]
#[case(Language::Cpp, "#define JOIN(a, b) a##b", "JOIN(sys, tem)(x);")]
#[case(Language::Python, "import os; o\u{301} = os", "o\u{301}.system('x')")]
fn possibly_hidden_names_are_reported(
    #[case] language: Language,
    #[case] before: &str,
    #[case] used: &str,
) {
    let code = format!("{before}\n{}{used}\n", harmless(language, 8 << 10));
    assert_eq!(
        shortly(&code, language).incomplete,
        Some(Incomplete::TooLong)
    );
}

/// Each labelled program with facts, behind a long harmless text.
#[test]
fn labelled_uses_behind_a_long_text_are_reported() {
    let mut looked_at = 0;
    for program in labelled()
        .iter()
        .filter(|program| !program.expected.is_empty())
    {
        let long = harmless(program.language, 8 << 10);
        let facts = shortly(&format!("{long}{}", program.code), program.language);
        assert_eq!(
            facts.incomplete,
            Some(Incomplete::TooLong),
            "{}",
            program.name
        );
        looked_at += 1;
    }
    assert!(looked_at > 50);
}

#[rstest]
fn long_harmless_texts_are_safe(
    #[values(Language::JavaScript, Language::Python, Language::Cpp, Language::Rust)]
    language: Language,
) {
    let facts = facts_of(&harmless(language, MEGABYTE), language);
    assert_eq!(
        (facts.incomplete, facts.is_safe()),
        (Some(Incomplete::Skimmed), true)
    );
}

/// If a line is longer than the parsed part, the cut may be inside a name.
#[rstest]
fn names_across_the_cut_are_found(#[values(0, 1, 2, 3, 4)] shift: usize) {
    let bytes = AnalysisBudget::default().bytes;
    let code = format!("{}eval(1)", ";".repeat(bytes - shift));
    let facts = facts_of(&code, Language::JavaScript);
    let is_found = facts.has(FactKind::DynamicCode);
    assert!(is_found || facts.incomplete == Some(Incomplete::TooLong));
}

/// The aim is 50 ms. Ten times that is allowed here, as the build may be unoptimised; `cargo bench -p
/// letscode-analysis` measures it.
#[rstest]
fn megabyte_is_analysed_in_time(
    #[values(Language::JavaScript, Language::Python, Language::Cpp, Language::Rust)]
    language: Language,
    #[values(
        "x = f(a[1], 'b') + 2;\n",
        "((((",
        "{[(<\"'`",
        "#if 1\n",
        "a.b.c.d.e.f()\n"
    )]
    piece: &str,
) {
    let code = piece.repeat(MEGABYTE / piece.len());
    let facts = analysed_within(Duration::from_millis(500), &code, language);
    assert!(!facts.is_complete());
}

/// Analyses code, and fails if it takes more CPU time than `limit`. One of a few attempts has to be in
/// time: beside other work on the machine the same takes more of it.
fn analysed_within(limit: Duration, code: &str, language: Language) -> AnalysisReport {
    let mut late = Vec::new();
    while late.len() < 5 {
        let before = cpu_time();
        let facts = analyse(code, language, AnalysisBudget::default());
        match cpu_time() - before {
            took if took < limit => return facts,
            took => late.push(took),
        }
    }
    panic!("not within {limit:?}: {late:?}");
}

/// Returns the CPU time of this process, which has one test: the analysis has a thread of its own.
fn cpu_time() -> Duration {
    rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime)
        .try_into()
        .unwrap()
}

/// All names differ, so none is cached.
#[test]
fn megabyte_of_different_names_is_analysed_in_time() {
    let lines = (0..MEGABYTE / 10).map(|number| format!("n{number}.m{number}\n"));
    let code: String = lines.collect();
    let facts = analysed_within(Duration::from_millis(500), &code, Language::Python);
    assert!(!facts.is_complete());
}

/// The callee of each call is all text before it.
#[rstest]
#[case(Language::JavaScript, "x", "()")]
#[case(Language::JavaScript, "x", "`a`")]
#[case(Language::JavaScript, "x", ".y()")]
#[case(Language::Python, "x", "()")]
#[case(Language::Python, "x", "[0]()")]
#[case(Language::Python, "import x", ".x")]
#[case(Language::Python, "from x", ".x")]
#[case(Language::Python, "x", ".x")]
#[case(Language::Cpp, "int y = x", "()")]
#[case(Language::Rust, "static Y: u64 = x", "()")]
fn chain_of_calls_is_analysed_in_time(
    #[case] language: Language,
    #[case] start: &str,
    #[case] piece: &str,
) {
    // The maximum that is parsed.
    let pieces = (AnalysisBudget::default().bytes - 100) / piece.len();
    let code = format!("{start}{};\n", piece.repeat(pieces));
    analysed_within(Duration::from_secs(1), &code, language);
}

/// The parser must not overflow the stack, as that would end the server.
#[rstest]
fn deep_nesting_does_not_overflow(
    #[values(Language::JavaScript, Language::Python, Language::Cpp, Language::Rust)]
    language: Language,
    #[values(
        "{a:", "(", "[", "{", "(a={b:", "a?", "if(1)", "x<", "!", "a=>", "`${", "f(", "fn a(){",
        "[]{"
    )]
    piece: &str,
) {
    let whole = AnalysisBudget {
        time: Duration::from_secs(20),
        ..AnalysisBudget::default()
    };
    analyse(&piece.repeat(whole.bytes / piece.len()), language, whole);
}
