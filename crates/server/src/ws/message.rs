use letscode_model::{Event, StatusUpdate, SubmissionId, SystemStatus};
use letscode_queue::StreamItem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the server sends. `seq` is where the client stands after the message: the number to
/// resume after. `status_update` and `queue_position` each take the next number; the others
/// repeat the current one.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum StreamMessage {
    /// A submission changed its status, or one of its tests is done.
    StatusUpdate { seq: u64, data: StatusUpdate },
    /// A submission that waits has another place in the queue.
    QueuePosition { seq: u64, data: QueuePosition },
    /// How busy the service is: once at the start, and when it changes.
    SystemStatus { seq: u64, data: SystemStatus },
    /// Events were lost: look up what you follow, then go on from here.
    Resync { seq: u64, data: Notice },
    /// The client's message was not understood.
    Error { seq: u64, data: Notice },
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueuePosition {
    submission_id: SubmissionId,
    /// How many submissions are ahead of this one; 0 when it is next.
    position: u32,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Notice {
    /// For a person.
    detail: String,
}

impl StreamMessage {
    pub fn of(item: StreamItem) -> Self {
        match item {
            StreamItem::Event { seq, event } => Self::event(seq, (*event).clone()),
            StreamItem::System { seq, status } => StreamMessage::SystemStatus { seq, data: status },
            StreamItem::Resync { seq } => StreamMessage::Resync {
                seq,
                data: Notice {
                    detail: "events between your last one and this number are no longer known; \
                             look up your submissions"
                        .to_owned(),
                },
            },
        }
    }

    fn event(seq: u64, event: Event) -> Self {
        match event {
            Event::StatusUpdate(data) => StreamMessage::StatusUpdate { seq, data },
            Event::SystemStatus(data) => StreamMessage::SystemStatus { seq, data },
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

    pub fn misunderstood(seq: u64, error: &serde_json::Error) -> Self {
        let data = Notice {
            detail: format!("not a message that this server knows: {error}"),
        };
        StreamMessage::Error { seq, data }
    }
}

/// What a client may send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ClientMessage {
    /// Go on after the event with this `seq`.
    Resume { after: u64 },
}
