//! Small programs that say in their first line what is to be found in them, read by us and by the regular
//! expressions that the first design had. The table that is compared stands in docs/ANALYSIS.md.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use letscode_analysis::FactKind;
use regex::Regex;
use support::{facts_of, kinds, labelled, repository};

/// As the first design has them, one per kind.
fn by_regular_expressions(code: &str) -> BTreeSet<FactKind> {
    let patterns = [
        (FactKind::File, r"fs\.|open\(|fopen"),
        (FactKind::Network, r"fetch|socket|http\."),
        (FactKind::Process, r"exec|spawn|fork"),
    ];
    let found = patterns
        .into_iter()
        .filter(|(_, pattern)| Regex::new(pattern).unwrap().is_match(code));
    found.map(|(kind, _)| kind).collect()
}

#[test]
fn there_are_enough_of_them() {
    assert!(labelled().len() >= 100);
}

#[test]
fn each_label_is_found_and_nothing_else() {
    let mut wrong = String::new();
    for one in labelled() {
        let found = facts_of(&one.code, one.language);
        if kinds(&found) != one.expected {
            writeln!(
                wrong,
                "{}/{}: {:?}",
                one.language.id(),
                one.name,
                found.facts
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
fn the_table_of_precision_and_recall_is_the_documents() {
    let all = labelled();
    let mut table = String::new();
    for kind in FactKind::ALL {
        let (mut ours, mut theirs) = (Count::default(), Count::default());
        for one in &all {
            // A label is no part of the program.
            let program = one.code.split_once('\n').unwrap().1;
            let is_there = one.expected.contains(&kind);
            ours.add(
                is_there,
                kinds(&facts_of(program, one.language)).contains(&kind),
            );
            theirs.add(is_there, by_regular_expressions(program).contains(&kind));
        }
        let name = serde_json::to_value(kind).unwrap();
        let (ours, theirs) = (ours.figures(), theirs.figures());
        let programs = all
            .iter()
            .filter(|one| one.expected.contains(&kind))
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
