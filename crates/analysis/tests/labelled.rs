//! Small programs whose first line lists the expected facts, read by the analysis and by the regular
//! expressions of the first design. docs/ANALYSIS.md has the table of the comparison.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use letscode_analysis::FactKind;
use regex::Regex;
use support::{facts_of, kinds, labelled, repository};

/// The regular expressions of the first design, one per kind.
fn by_regular_expressions(code: &str) -> BTreeSet<FactKind> {
    let patterns = [
        (FactKind::File, r"fs\.|open\(|fopen"),
        (FactKind::Network, r"fetch|socket|http\."),
        (FactKind::Process, r"exec|spawn|fork"),
    ];
    let matching = patterns
        .into_iter()
        .filter(|(_, pattern)| Regex::new(pattern).unwrap().is_match(code));
    matching.map(|(kind, _)| kind).collect()
}

#[test]
fn at_least_100_programs_are_labelled() {
    assert!(labelled().len() >= 100);
}

#[test]
fn labels_equal_facts() {
    let mut wrong = String::new();
    for program in labelled() {
        let report = facts_of(&program.code, program.language);
        if kinds(&report) != program.expected {
            writeln!(
                wrong,
                "{}/{}: {:?}",
                program.language.id(),
                program.name,
                report.facts
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[derive(Default)]
struct Count {
    right: usize,
    surplus: usize,
    missed: usize,
}

impl Count {
    fn add(&mut self, is_there: bool, is_found: bool) {
        match (is_there, is_found) {
            (true, true) => self.right += 1,
            (false, true) => self.surplus += 1,
            (true, false) => self.missed += 1,
            (false, false) => {}
        }
    }

    fn figures(&self) -> String {
        let share = |of: usize| match of {
            0 => "–".to_owned(),
            of => format!("{:.0} %", 100.0 * self.right as f64 / of as f64),
        };
        let precision = share(self.right + self.surplus);
        format!("{precision} | {}", share(self.right + self.missed))
    }
}

#[test]
fn documented_precision_and_recall_are_current() {
    let all = labelled();
    let mut table = String::new();
    for kind in FactKind::ALL {
        let (mut ours, mut theirs) = (Count::default(), Count::default());
        for program in &all {
            // The label is not part of the program.
            let code = program.code.split_once('\n').unwrap().1;
            let is_there = program.expected.contains(&kind);
            ours.add(
                is_there,
                kinds(&facts_of(code, program.language)).contains(&kind),
            );
            theirs.add(is_there, by_regular_expressions(code).contains(&kind));
        }
        let name = serde_json::to_value(kind).unwrap();
        let (ours, theirs) = (ours.figures(), theirs.figures());
        let programs = all
            .iter()
            .filter(|program| program.expected.contains(&kind))
            .count();
        writeln!(
            table,
            "| {} | {programs} | {ours} | {theirs} |",
            name.as_str().unwrap()
        )
        .unwrap();
    }
    println!("{table}");
    let document = fs::read_to_string(repository().join("docs/ANALYSIS.md")).unwrap();
    assert!(
        document.contains(&table),
        "docs/ANALYSIS.md should have:\n{table}"
    );
}
