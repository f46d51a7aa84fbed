//! Languages under Judge0's numbers.

use letscode_model::{LanguageInfo, LanguageStatus};
use serde::Serialize;

use crate::outcome::version_number;

/// A language under one of its numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct JudgeLanguage {
    pub id: u32,
    pub name: String,
}

/// Everything that Judge0 says about one language.
#[derive(Debug, Clone, Serialize)]
pub(super) struct LanguageDetail {
    #[serde(flatten)]
    language: JudgeLanguage,
    is_archived: bool,
    source_file: String,
    /// Absent for interpreted languages. The commands are the operator's, and not shown.
    compile_cmd: Option<String>,
    run_cmd: Option<String>,
}

/// Returns all numbers of all languages in ascending order.
pub(super) fn numbered(languages: &[LanguageInfo]) -> Vec<JudgeLanguage> {
    let available = languages.iter().filter(|language| is_available(language));
    let numbered = available.flat_map(|language| {
        let ids = language.peers.judge0.iter();
        ids.map(|id| named(*id, language))
    });
    let mut numbered: Vec<JudgeLanguage> = numbered.collect();
    numbered.sort_by_key(|language| language.id);
    numbered
}

pub(super) fn find(languages: &[LanguageInfo], id: u32) -> Option<&LanguageInfo> {
    let has_id = |language: &&LanguageInfo| language.peers.judge0.contains(&id);
    languages
        .iter()
        .find(|language| is_available(language) && has_id(language))
}

pub(super) fn named(id: u32, language: &LanguageInfo) -> JudgeLanguage {
    JudgeLanguage {
        id,
        name: format!("{} ({})", language.name, version_number(language)),
    }
}

pub(super) fn detail(id: u32, language: &LanguageInfo) -> LanguageDetail {
    let extension = language.extensions.first().map_or("txt", String::as_str);
    let compile = language
        .compiled
        .then(|| "compiled by the service %s".to_owned());
    LanguageDetail {
        language: named(id, language),
        is_archived: false,
        source_file: format!("solution.{extension}"),
        compile_cmd: compile,
        run_cmd: Some("run by the service".to_owned()),
    }
}

fn is_available(language: &LanguageInfo) -> bool {
    language.status == LanguageStatus::Available
}
