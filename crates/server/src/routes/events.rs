use std::convert::Infallible;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::response::sse::{self, KeepAlive, Sse};
use futures_util::stream;
use letscode_model::{Event, StatusUpdate, SubmissionId};
use letscode_queue::{StreamItem, Subscription};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::caller::{Caller, Identity};
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::event_filter::EventKinds;
use crate::params::{ApiQuery, PathText};
use crate::right_checks::{self, StreamRight};
use crate::stream_rights::RightWatch;
use crate::ws::SocketSlot;
use crate::{AppState, ownership, public_result};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// `final` for the verdict alone; `all` by default.
    events: Option<EventKinds>,
    /// Secret of a link that the submission's user made.
    link: Option<String>,
}

/// Follow one submission with Server-Sent Events: `submission` has its present state and comes first,
/// again where something may have been missed, and last, with the verdict; `status_update` is a change
/// of status or a test that is done; `queue_position` is the number of jobs ahead. Then the stream ends.
/// It also ends, with `closed` and a `reason`, within ten seconds after the session, the key, the link or
/// the right that it was opened with.
#[utoipa::path(
    get, path = "/api/submission/{id}/events", operation_id = "followSubmission", tag = "stream",
    params(
        ("id" = SubmissionId, Path, description = "The submission's id"),
        EventQuery,
    ),
    responses(
        (status = 200, description = "Events", body = String, content_type = "text/event-stream"),
        ErrorResponses,
    ),
)]
pub(crate) async fn follow(
    State(state): State<AppState>,
    PathText(id): PathText,
    ApiQuery(query): ApiQuery<EventQuery>,
    caller: Caller,
) -> Result<Response, ApiError> {
    let id: SubmissionId = id.parse().map_err(|_| ApiError::InvalidSubmissionId)?;
    let link = query.link.as_deref();
    let submission = ownership::visible_submission(&state, &caller, id, link).await?;
    // Its stream counts as a socket does.
    let slot = state.sockets().clone().open(&caller)?;
    let owner = &submission.user_id;
    let right = StreamRight {
        submission: Some((id, query.link.clone())),
        caller: caller.clone(),
    };
    let follower = SubmissionFollower {
        subscription: state.broker().events.subscribe(owner, None).await?,
        right: right_checks::watch(&state, right),
        state,
        id,
        filter: query.events.unwrap_or_default(),
        identity: caller.identity().clone(),
        step: FollowStep::Present,
        _slot: slot,
    };
    let events = stream::unfold(follower, async |mut follower| {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    Ok(Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response())
}

struct SubmissionFollower {
    state: AppState,
    id: SubmissionId,
    filter: EventKinds,
    identity: Identity,
    subscription: Subscription,
    right: RightWatch,
    step: FollowStep,
    _slot: SocketSlot,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FollowStep {
    /// The present state is due.
    Present,
    Events,
    Ended,
}

impl SubmissionFollower {
    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            match self.step {
                FollowStep::Ended => return None,
                FollowStep::Present => {
                    if let Some(event) = self.present().await? {
                        return Some(event);
                    }
                }
                FollowStep::Events => {
                    if let Some(event) = self.event().await? {
                        return Some(event);
                    }
                }
            }
        }
    }

    /// Returns the submission as it is, and ends if that is final. The inner `None` is a state that was
    /// not asked for, the outer one the end.
    async fn present(&mut self) -> Option<Option<sse::Event>> {
        let read = self.state.store().submission(self.id).await;
        let submission = read.ok().flatten()?;
        // A rejudge goes on beside a verdict.
        let is_final = submission.progress.is_none();
        self.step = if is_final {
            FollowStep::Ended
        } else {
            FollowStep::Events
        };
        if self.filter == EventKinds::Final && !is_final {
            return Some(None);
        }
        let event = sse::Event::default().event("submission");
        event
            .json_data(public_result::submission(self.identity.show(submission)))
            .ok()
            .map(Some)
    }

    async fn event(&mut self) -> Option<Option<sse::Event>> {
        let item = tokio::select! {
            item = self.subscription.next() => item,
            end = self.right.ended() => {
                self.step = FollowStep::Ended;
                let data = serde_json::json!({"reason": end.reason()});
                return sse::Event::default().event("closed").json_data(data).ok().map(Some);
            }
            () = self.state.closing() => return None,
        };
        let (seq, event) = match item {
            Ok(StreamItem::Event { seq, event }) => (seq, event),
            Ok(StreamItem::System { .. }) => return Some(None),
            Ok(StreamItem::Resync { .. }) => {
                self.step = FollowStep::Present;
                return Some(None);
            }
            Err(_) => return None,
        };
        let name = match &*event {
            Event::StatusUpdate(update) if update.submission_id == self.id => {
                if update.status.is_final() {
                    self.step = FollowStep::Present;
                }
                return Some(self.update(seq, update));
            }
            Event::QueuePosition { submission_id, .. } if *submission_id == self.id => {
                "queue_position"
            }
            _ => return Some(None),
        };
        if self.filter == EventKinds::Final {
            return Some(None);
        }
        let data = serde_json::to_value(&*event).ok()?["data"].take();
        sse_event(seq, name, &data).map(Some)
    }

    fn update(&self, seq: u64, update: &StatusUpdate) -> Option<sse::Event> {
        if self.filter == EventKinds::Final {
            return None;
        }
        sse_event(seq, "status_update", &public_result::update(update.clone()))
    }
}

fn sse_event(seq: u64, name: &str, data: &impl serde::Serialize) -> Option<sse::Event> {
    let event = sse::Event::default().event(name).id(seq.to_string());
    event.json_data(data).ok()
}
