//! Rows of either database.

use letscode_model::SubmissionId;

use crate::StoreError;

/// A row of either database. The databases differ in how they store ids and long texts: PostgreSQL
/// has a type for UUIDs, and its texts can't hold NUL characters.
pub(crate) trait SubmissionRow {
    fn text(&self, column: &str) -> Result<String, StoreError>;
    fn optional_text(&self, column: &str) -> Result<Option<String>, StoreError>;
    fn integer(&self, column: &str) -> Result<i64, StoreError>;
    fn optional_integer(&self, column: &str) -> Result<Option<i64>, StoreError>;
    fn boolean(&self, column: &str) -> Result<bool, StoreError>;
    fn submission_id(&self) -> Result<SubmissionId, StoreError>;
    /// Reads a text that may hold any character, such as a source.
    fn long_text(&self, column: &'static str) -> Result<Option<String>, StoreError>;
}

pub(crate) fn corrupt<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> StoreError {
    move |error| StoreError::Corrupt {
        what,
        reason: error.to_string(),
    }
}
