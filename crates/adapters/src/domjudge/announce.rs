use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use letscode_model::ProblemId;
use serde::Deserialize;
use serde_json::Value;

/// Most problems that are announced.
const MAX_PROBLEMS: usize = 500;
const MAX_TEXT_CHARS: usize = 200;

/// Problems that a client has announced (`add-data`), before it sends their packages one by one: with
/// labels and colours, which packages don't have. They are kept by this process only.
#[derive(Debug, Clone, Default)]
pub(super) struct AnnouncedProblems(Arc<Mutex<BTreeMap<ProblemId, AnnouncedProblem>>>);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct AnnouncedProblem {
    pub label: Option<String>,
    pub name: Option<String>,
    pub rgb: Option<String>,
    pub color: Option<String>,
}

/// An entry of `problems.yaml`.
#[derive(Debug, Deserialize)]
struct AnnouncedEntry {
    id: Option<String>,
    #[serde(alias = "short-name")]
    short_name: Option<String>,
    externalid: Option<String>,
    label: Option<String>,
    /// A text, or texts by language.
    name: Option<Value>,
    rgb: Option<String>,
    color: Option<String>,
}

impl AnnouncedProblems {
    /// Adds the problems of a `problems.yaml` or `problems.json`, and returns their ids. An error says what
    /// is wrong with it; then nothing is added.
    pub fn add(&self, data: &str) -> Result<Vec<ProblemId>, String> {
        let entries: Vec<AnnouncedEntry> = serde_saphyr::from_str(data)
            .map_err(|error| format!("`data` is no list of problems: {error}"))?;
        let mut announced = Vec::with_capacity(entries.len());
        for entry in entries {
            announced.push(entry.check()?);
        }
        let mut problems = self.lock();
        let new = announced
            .iter()
            .filter(|(id, _)| !problems.contains_key(id));
        if problems.len() + new.count() > MAX_PROBLEMS {
            return Err(format!("at most {MAX_PROBLEMS} problems can be announced"));
        }
        let ids = announced.iter().map(|(id, _)| id.clone()).collect();
        problems.extend(announced);
        Ok(ids)
    }

    /// Forgets a problem; false if it was not announced.
    pub fn remove(&self, id: &ProblemId) -> bool {
        self.lock().remove(id).is_some()
    }

    pub fn all(&self) -> BTreeMap<ProblemId, AnnouncedProblem> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ProblemId, AnnouncedProblem>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AnnouncedEntry {
    fn check(self) -> Result<(ProblemId, AnnouncedProblem), String> {
        let id = self.externalid.or(self.id).or(self.short_name);
        let id = id.ok_or("a problem has no `id`")?;
        let id = ProblemId::parse(&id).map_err(|error| error.to_string())?;
        let name = self.name.and_then(|name| match name {
            Value::String(name) => Some(name),
            Value::Object(names) => names.values().find_map(Value::as_str).map(str::to_owned),
            _ => None,
        });
        let shorten = |text: Option<String>| {
            text.map(|text| text.chars().take(MAX_TEXT_CHARS).collect::<String>())
        };
        let problem = AnnouncedProblem {
            label: shorten(self.label),
            name: shorten(name),
            rgb: shorten(self.rgb),
            color: shorten(self.color),
        };
        Ok((id, problem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_and_json_announce_problems() {
        let yaml = "- id: hello\n  label: A\n  name: {en: Hello}\n  rgb: '#ff0000'\n- id: sums\n";
        let json = r##"[{"id":"hello","label":"A","name":"Hello","rgb":"#ff0000"},{"id":"sums"}]"##;
        for data in [yaml, json] {
            let problems = AnnouncedProblems::default();
            let ids = problems.add(data).unwrap();
            let names: Vec<&str> = ids.iter().map(ProblemId::as_str).collect();
            assert_eq!(names, ["hello", "sums"]);
            let hello = &problems.all()[&ids[0]];
            assert_eq!(hello.name.as_deref(), Some("Hello"));
            assert_eq!(hello.rgb.as_deref(), Some("#ff0000"));
        }
    }

    #[test]
    fn wrong_announcements_change_nothing() {
        let problems = AnnouncedProblems::default();
        let many: String = (0..=MAX_PROBLEMS)
            .map(|n| format!("- id: p{n}\n"))
            .collect();
        for (data, reason) in [
            ("{", "no list of problems"),
            ("id: a", "no list of problems"),
            ("- label: A", "has no `id`"),
            ("- id: a\n- id: ../b", "is not a problem id"),
            (many.as_str(), "at most 500"),
        ] {
            let error = problems.add(data).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
        assert!(problems.all().is_empty());
    }
}
