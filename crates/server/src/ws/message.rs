use letscode_json::JsonMistake;
use letscode_model::{Event, FlagChanged, StatusUpdate, SubmissionId, SystemStatus};
use letscode_queue::StreamItem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::public_result;

/// A message of the server. `seq` is the client's position after the message: the number to
/// resume after. `status_update`, `queue_position` and `flag_changed` each take the next number; the
/// others repeat the current one.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(
    clippy::large_enum_variant,
    reason = "nearly all messages are of the largest variant"
)]
pub(crate) enum StreamMessage {
    /// The status of a submission changed, or one of its tests finished.
    StatusUpdate { seq: u64, data: StatusUpdate },
    /// The queue position of a waiting submission changed.
    QueuePosition { seq: u64, data: QueuePosition },
    /// You were flagged, or a flag was lifted: `GET /api/flag` says what that means.
    FlagChanged { seq: u64, data: FlagChanged },
    /// Load of the service: once at the start, and when it changes.
    SystemStatus { seq: u64, data: SystemStatus },
    /// Events were lost: fetch your submissions, then go on from here.
    Resync { seq: u64, data: StreamNotice },
    /// The client's message was not valid.
    Error { seq: u64, data: StreamNotice },
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueuePosition {
    submission_id: SubmissionId,
    /// Number of submissions before this one; 0 when it is next.
    position: u32,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notice)]
pub(crate) struct StreamNotice {
    /// Description for people.
    detail: String,
}

impl StreamMessage {
    pub fn from_item(item: StreamItem) -> Self {
        match item {
            StreamItem::Event { seq, event } => {
                Self::event(seq, public_result::event((*event).clone()))
            }
            StreamItem::System { seq, status } => StreamMessage::SystemStatus { seq, data: status },
            StreamItem::Resync { seq } => StreamMessage::Resync {
                seq,
                data: StreamNotice {
                    detail:
                        "events between your last one and this number are no longer available; \
                             fetch your submissions"
                            .to_owned(),
                },
            },
        }
    }

    fn event(seq: u64, event: Event) -> Self {
        match event {
            Event::StatusUpdate(data) => StreamMessage::StatusUpdate { seq, data },
            Event::SystemStatus(data) => StreamMessage::SystemStatus { seq, data },
            Event::FlagChanged(data) => StreamMessage::FlagChanged { seq, data },
            Event::QueuePosition {
                submission_id,
                position,
            } => StreamMessage::QueuePosition {
                seq,
                data: QueuePosition {
                    submission_id,
                    position,
                },
            },
        }
    }

    pub fn invalid_message(seq: u64, mistake: &JsonMistake) -> Self {
        let data = StreamNotice {
            detail: format!("invalid message: {}", mistake.reason),
        };
        StreamMessage::Error { seq, data }
    }
}

/// A message of the client.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ClientMessage {
    /// Continue after the event with this `seq`.
    Resume { after: u64 },
}
