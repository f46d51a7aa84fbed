use letscode_model::{ProblemId, ProblemSummary, plain_title};
use serde::Serialize;
use serde_json::{Value, json};

use super::announce::{AnnouncedProblem, AnnouncedProblems};
use crate::problems::PackageReport;

/// Id of the contest that all problems are in: there are no contests yet, and clients want one.
pub(super) const CONTEST: &str = "letscode";

pub(super) fn information() -> Value {
    json!({
        "version": "2023-06",
        "version_url": "https://ccs-specs.icpc.io/2023-06/contest_api",
        "name": "Let'sCode",
        "provider": {"name": "Let'sCode", "version": env!("CARGO_PKG_VERSION")},
    })
}

pub(super) fn contest(id: &str) -> Value {
    json!({
        "id": id,
        "external_id": id,
        "name": "All problems",
        "formal_name": "All problems",
        "shortname": id,
        "start_time": null,
        "end_time": null,
        "duration": null,
        "penalty_time": 20,
        "allow_submit": false,
    })
}

/// Answer to an upload.
#[derive(Debug, Serialize)]
pub(super) struct UploadAnswer {
    problem_id: ProblemId,
    messages: UploadMessages,
}

#[derive(Debug, Serialize)]
struct UploadMessages {
    danger: Vec<String>,
    warning: Vec<String>,
    info: Vec<String>,
}

impl UploadAnswer {
    pub fn new(report: PackageReport) -> Self {
        let PackageReport {
            id,
            sample_tests,
            secret_tests,
            warnings,
        } = report;
        let info = format!("Added {sample_tests} sample and {secret_tests} secret test cases.");
        UploadAnswer {
            problem_id: id,
            messages: UploadMessages {
                danger: Vec::new(),
                warning: warnings,
                info: vec![info],
            },
        }
    }
}

/// A problem in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ProblemEntry {
    pub id: String,
    externalid: String,
    label: String,
    short_name: String,
    name: String,
    ordinal: usize,
    rgb: Option<String>,
    color: Option<String>,
    /// Seconds.
    time_limit: f64,
    test_data_count: u32,
    statement: Vec<Value>,
}

/// Lists all problems by id, those too that were announced and whose package has not come yet.
pub(super) fn list_entries(
    problems: &[ProblemSummary],
    announced: &AnnouncedProblems,
) -> Vec<ProblemEntry> {
    let announced = announced.all();
    let waiting = announced.keys().filter(|id| !has(problems, id));
    let mut ids: Vec<&ProblemId> = problems.iter().map(|problem| &problem.id).collect();
    ids.extend(waiting);
    ids.sort();
    let entries = ids.into_iter().enumerate().map(|(ordinal, id)| {
        let problem = problems.iter().find(|problem| problem.id == *id);
        let announcement = announced.get(id).cloned().unwrap_or_default();
        entry(id, ordinal, problem, announcement)
    });
    entries.collect()
}

fn has(problems: &[ProblemSummary], id: &ProblemId) -> bool {
    problems.iter().any(|problem| problem.id == *id)
}

fn entry(
    id: &ProblemId,
    ordinal: usize,
    problem: Option<&ProblemSummary>,
    announcement: AnnouncedProblem,
) -> ProblemEntry {
    let label = announcement.label.unwrap_or_else(|| letters(ordinal));
    let title = problem.map(|problem| plain_title(&problem.title));
    ProblemEntry {
        id: id.to_string(),
        externalid: id.to_string(),
        short_name: label.clone(),
        label,
        name: title
            .or(announcement.name)
            .unwrap_or_else(|| id.to_string()),
        ordinal,
        rgb: announcement.rgb,
        color: announcement.color,
        time_limit: problem.map_or(0.0, |problem| problem.time_limit / 1000.0),
        test_data_count: problem.map_or(0, |problem| problem.total_tests),
        statement: Vec::new(),
    }
}

/// Returns the label of a problem without one: A to Z, AA, AB and so on.
fn letters(ordinal: usize) -> String {
    let last = char::from(b'A' + (ordinal % 26) as u8);
    match ordinal / 26 {
        0 => last.to_string(),
        before => format!("{}{last}", letters(before - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_letters() {
        for (ordinal, label) in [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA")] {
            assert_eq!(letters(ordinal), label);
        }
        assert_eq!(letters(26 * 27), "AAA");
    }
}
