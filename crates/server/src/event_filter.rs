use letscode_model::{Event, SubmissionId};
use letscode_queue::StreamItem;
use serde::Deserialize;
use utoipa::ToSchema;

/// The kinds of events that a client wants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EventKinds {
    #[default]
    All,
    /// Only verdicts.
    Final,
}

/// Selects events of a stream.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EventFilter {
    pub kinds: EventKinds,
    /// Events of one submission alone.
    pub submission: Option<SubmissionId>,
}

impl EventFilter {
    /// True for what the client wants, and for news about the stream itself.
    pub fn accepts(&self, item: &StreamItem) -> bool {
        match item {
            StreamItem::Event { event, .. } => self.accepts_event(event),
            StreamItem::System { .. } => self.kinds == EventKinds::All && self.submission.is_none(),
            StreamItem::Resync { .. } => true,
        }
    }

    fn accepts_event(&self, event: &Event) -> bool {
        let id = match event {
            Event::StatusUpdate(update) => update.submission_id,
            Event::QueuePosition { submission_id, .. } => *submission_id,
            Event::SystemStatus(_) | Event::FlagChanged(_) => {
                return self.kinds == EventKinds::All && self.submission.is_none();
            }
        };
        let is_wanted = self.kinds == EventKinds::All || event.concludes().is_some();
        is_wanted && self.submission.is_none_or(|submission| submission == id)
    }
}

#[cfg(test)]
mod tests {
    use letscode_model::{StatusUpdate, SubmissionStatus};

    use super::*;

    #[test]
    fn filters_select_by_kind_and_submission() {
        let (ours, another) = (SubmissionId::random(), SubmissionId::random());
        let update = |submission_id, status| {
            Event::StatusUpdate(StatusUpdate {
                submission_id,
                judgement: 1,
                status,
                current_test: None,
                test_result: None,
                verdict: None,
            })
        };
        let filter = EventFilter {
            kinds: EventKinds::Final,
            submission: Some(ours),
        };
        for (event, expected) in [
            (update(ours, SubmissionStatus::Completed), true),
            (update(ours, SubmissionStatus::Running), false),
            (update(another, SubmissionStatus::Completed), false),
        ] {
            assert_eq!(filter.accepts_event(&event), expected, "{event:?}");
            assert!(EventFilter::default().accepts_event(&event));
        }
    }
}
