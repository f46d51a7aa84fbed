use serde::{Deserialize, Serialize};

use crate::{SubmissionId, SubmissionStatus, TestResult, VerdictSummary};

/// What the stream carries to a user. On the wire an event has a sequence number beside it:
/// `{"type":"status_update","seq":7,"data":{…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Event {
    StatusUpdate(StatusUpdate),
    /// How many submissions are ahead of this one; 0 when it is next.
    #[serde(rename_all = "camelCase")]
    QueuePosition {
        submission_id: SubmissionId,
        position: u32,
    },
    SystemStatus(SystemStatus),
}

impl Event {
    /// The submission that is final with this event.
    pub fn concludes(&self) -> Option<SubmissionId> {
        match self {
            Event::StatusUpdate(update) if update.status.is_final() => Some(update.submission_id),
            _ => None,
        }
    }
}

/// The seed's `status_update`: one per change of status and one per finished test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct StatusUpdate {
    pub submission_id: SubmissionId,
    pub status: SubmissionStatus,
    /// The number of the test that was just finished.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub current_test: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub test_result: Option<TestResult>,
    /// Present in the last update.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verdict: Option<VerdictSummary>,
}

/// How busy the service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SystemStatus {
    /// Jobs that wait.
    pub queued: u32,
    /// Jobs that are being worked on.
    pub running: u32,
    /// Jobs that can be worked on at once.
    pub capacity: u32,
}

impl SystemStatus {
    /// Nobody waits, and one more could be served at once.
    pub fn is_idle(&self) -> bool {
        self.queued == 0 && self.running < self.capacity
    }

    /// Jobs in hand and waiting, for each that can be worked on at once: at 1 every hand is busy and
    /// nobody waits. Without a worker it is 1.
    pub fn load(&self) -> f64 {
        match self.capacity {
            0 => 1.0,
            capacity => (f64::from(self.queued) + f64::from(self.running)) / f64::from(capacity),
        }
    }
}
