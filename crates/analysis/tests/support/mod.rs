#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use letscode_analysis::{Budget, FactKind, Facts, Language, analyse};

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// On a machine that is busy with other tests.
pub fn patient() -> Budget {
    Budget {
        time: Duration::from_secs(60),
        ..Budget::default()
    }
}

pub fn facts_of(code: &str, language: Language) -> Facts {
    analyse(code, language, patient())
}

pub fn kinds(facts: &Facts) -> BTreeSet<FactKind> {
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
