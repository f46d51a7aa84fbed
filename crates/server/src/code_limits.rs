//! The problems' own limits of source code, remembered for a moment: each submission is held to one.

use std::time::Duration;

use letscode_model::ProblemId;
use letscode_store::{Store, StoreError};

/// Time for which a limit is used after its problem was replaced. The judge holds each submission to the
/// new one.
const LIFETIME: Duration = Duration::from_secs(10);
const MAX_PROBLEMS: u64 = 10_000;

pub(crate) struct CodeLimits {
    known: moka::sync::Cache<ProblemId, u64>,
}

impl Default for CodeLimits {
    fn default() -> Self {
        let known = moka::sync::Cache::builder()
            .max_capacity(MAX_PROBLEMS)
            .time_to_live(LIFETIME)
            .build();
        CodeLimits { known }
    }
}

impl CodeLimits {
    /// Forgets a problem that was changed here.
    pub fn forget(&self, id: &ProblemId) {
        self.known.invalidate(id);
    }

    /// Returns the largest source of a problem in bytes; `None` if there is no such problem.
    pub async fn of(&self, store: &dyn Store, id: &ProblemId) -> Result<Option<u64>, StoreError> {
        if let Some(limit) = self.known.get(id) {
            return Ok(Some(limit));
        }
        let problem = store.problem(id).await?;
        let limit = problem.map(|problem| problem.summary.code_limit);
        if let Some(limit) = limit {
            self.known.insert(id.clone(), limit);
        }
        Ok(limit)
    }
}
