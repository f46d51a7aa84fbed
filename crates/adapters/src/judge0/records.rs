//! Records of submissions beside their runs, which the engine keeps.

use std::time::Duration;

use letscode_model::JobId;
use moka::sync::Cache;
use time::OffsetDateTime;

use super::body::CheckedBody;

/// Time for which a submission is kept after its end.
pub(super) const KEEP_FOR: Duration = Duration::from_secs(3600);
/// Memory for the submissions that are remembered.
const MAX_BYTES: u64 = 64 << 20;
/// Memory of a submission beside its texts.
const BASE_BYTES: usize = 512;

/// A submission that was accepted.
#[derive(Debug, Clone)]
pub(super) struct SubmissionRecord {
    pub body: CheckedBody,
    pub created_at: OffsetDateTime,
    /// Time at which its end was first seen.
    pub finished_at: Option<OffsetDateTime>,
}

/// The latest submissions of this process. Of older ones, and of another process's, only the result is
/// known.
#[derive(Clone)]
pub(super) struct RecordStore {
    records: Cache<JobId, SubmissionRecord>,
}

impl Default for RecordStore {
    fn default() -> Self {
        let weight = |_: &JobId, record: &SubmissionRecord| {
            u32::try_from(record.size_bytes()).unwrap_or(u32::MAX)
        };
        let records = Cache::builder()
            .max_capacity(MAX_BYTES)
            .weigher(weight)
            .time_to_live(KEEP_FOR * 2)
            .build();
        RecordStore { records }
    }
}

impl RecordStore {
    pub fn insert(&self, token: JobId, body: CheckedBody) {
        let record = SubmissionRecord {
            body,
            created_at: OffsetDateTime::now_utc(),
            finished_at: None,
        };
        self.records.insert(token, record);
    }

    pub fn get(&self, token: JobId) -> Option<SubmissionRecord> {
        self.records.get(&token)
    }

    /// Remembers that a submission has ended, and returns when that was first seen.
    pub fn finish(&self, token: JobId) -> Option<OffsetDateTime> {
        let mut record = self.records.get(&token)?;
        if record.finished_at.is_none() {
            record.finished_at = Some(OffsetDateTime::now_utc());
            self.records.insert(token, record.clone());
        }
        record.finished_at
    }
}

impl SubmissionRecord {
    fn size_bytes(&self) -> usize {
        let body = &self.body;
        let size =
            |text: &Option<letscode_model::ByteText>| text.as_ref().map_or(0, |text| text.len());
        let files = body.additional_files.as_ref().map_or(0, Vec::len);
        BASE_BYTES
            + body.source_code.len()
            + size(&body.stdin)
            + size(&body.expected_output)
            + files
    }
}
