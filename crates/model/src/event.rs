use serde::{Deserialize, Serialize};

use crate::{JudgementKey, SubmissionId, SubmissionStatus, TestResult, VerdictSummary};

/// An event of a user's stream. On the wire it has a sequence number beside it:
/// `{"type":"status_update","seq":7,"data":{…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[allow(
    clippy::large_enum_variant,
    reason = "nearly all events are of the largest variant"
)]
pub enum Event {
    StatusUpdate(StatusUpdate),
    /// Number of submissions ahead of this one; 0 when it is next.
    #[serde(rename_all = "camelCase")]
    QueuePosition {
        submission_id: SubmissionId,
        position: u32,
    },
    SystemStatus(SystemStatus),
    /// The user, or an address of theirs, was flagged, or a flag was lifted.
    FlagChanged(FlagChanged),
}

/// A flag that was set or lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FlagChanged {
    /// Time at which the flag ends, as Unix time in milliseconds; absent if it was lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
}

impl Event {
    /// Returns the judgement that this is about.
    pub fn judgement(&self) -> Option<JudgementKey> {
        match self {
            Event::StatusUpdate(update) => Some(JudgementKey {
                submission_id: update.submission_id,
                number: update.judgement,
            }),
            _ => None,
        }
    }

    /// Returns the judgement whose final event this is.
    pub fn concludes(&self) -> Option<JudgementKey> {
        match self {
            Event::StatusUpdate(update) if update.status.is_final() => self.judgement(),
            _ => None,
        }
    }
}

/// One change of status, or one finished test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct StatusUpdate {
    pub submission_id: SubmissionId,
    /// Number of the judgement, from 1. A higher one than before, with the status `Queued`, is a
    /// rejudge that begins.
    #[serde(default = "crate::judgement::first")]
    pub judgement: u32,
    pub status: SubmissionStatus,
    /// Number of the test that was just finished.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub current_test: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub test_result: Option<TestResult>,
    /// Present in the last update only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verdict: Option<VerdictSummary>,
}

impl StatusUpdate {
    /// Makes an update of the status alone.
    pub fn new(judgement: JudgementKey, status: SubmissionStatus) -> Self {
        StatusUpdate {
            submission_id: judgement.submission_id,
            judgement: judgement.number,
            status,
            current_test: None,
            test_result: None,
            verdict: None,
        }
    }
}

/// The load of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SystemStatus {
    /// Jobs that wait.
    pub queued: u32,
    /// Jobs that run.
    pub running: u32,
    /// Jobs that can run at once: the slots of all workers.
    pub capacity: u32,
}

impl SystemStatus {
    /// Returns true if no job waits and a slot is free.
    pub fn is_idle(&self) -> bool {
        self.queued == 0 && self.running < self.capacity
    }

    /// Returns the jobs that run and wait per slot: at 1 every slot is busy and no job waits. Without a
    /// worker it is 1.
    pub fn load(&self) -> f64 {
        match self.capacity {
            0 => 1.0,
            capacity => (f64::from(self.queued) + f64::from(self.running)) / f64::from(capacity),
        }
    }
}
