use std::collections::BTreeMap;

/// Mistakes in a submission: texts by field, as Rails lists them.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub(super) struct FieldMistakes(BTreeMap<&'static str, Vec<String>>);

impl FieldMistakes {
    pub fn add(&mut self, field: &'static str, reason: impl Into<String>) {
        self.0.entry(field).or_default().push(reason.into());
    }

    pub fn of(field: &'static str, reason: impl Into<String>) -> Self {
        let mut mistakes = FieldMistakes::default();
        mistakes.add(field, reason);
        mistakes
    }

    /// Returns the value unless there are mistakes.
    pub fn or<T>(self, value: T) -> Result<T, FieldMistakes> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }
}
