#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use letscode_analysis::{AnalysisBudget, AnalysisReport, FactKind, Language, analyse};

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A budget for a machine that is busy with other tests.
pub fn long_budget() -> AnalysisBudget {
    AnalysisBudget {
        time: Duration::from_secs(60),
        ..AnalysisBudget::default()
    }
}

pub fn facts_of(code: &str, language: Language) -> AnalysisReport {
    analyse(code, language, long_budget())
}

pub fn kinds(facts: &AnalysisReport) -> BTreeSet<FactKind> {
    facts.facts.iter().map(|fact| fact.kind).collect()
}

pub fn language_of(path: &Path) -> Option<Language> {
    match path.extension()?.to_str()? {
        "py" => Some(Language::Python),
        "js" => Some(Language::JavaScript),
        "cpp" | "cc" => Some(Language::Cpp),
        "rs" => Some(Language::Rust),
        _ => None,
    }
}

/// A program whose first line lists the expected facts.
pub struct Labelled {
    pub name: String,
    pub language: Language,
    pub code: String,
    pub expected: BTreeSet<FactKind>,
}

pub fn labelled() -> Vec<Labelled> {
    let root = repository().join("crates/analysis/tests/labelled");
    let mut all = Vec::new();
    for folder in fs::read_dir(root).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let code = fs::read_to_string(&path).unwrap();
            let label = code
                .lines()
                .next()
                .unwrap()
                .split_once("finds: ")
                .unwrap()
                .1;
            let named = label.split(", ").filter(|kind| *kind != "nothing");
            let parse = |kind: &str| serde_json::from_value(serde_json::json!(kind)).unwrap();
            all.push(Labelled {
                expected: named.map(parse).collect(),
                language: language_of(&path).unwrap(),
                name: path.file_name().unwrap().to_string_lossy().into_owned(),
                code,
            });
        }
    }
    all.sort_by(|a, b| (a.language.id(), &a.name).cmp(&(b.language.id(), &b.name)));
    all
}
