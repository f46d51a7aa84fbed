//! Events of the users that are followed in this process, wherever they were published.
//!
//! Redis has each user's last events in a stream, and a channel on which each is announced. This
//! process listens to the channels of the users that are followed here, and has a ring for each, like
//! the broker of one machine. A message may be lost when a connection breaks: the number of the next
//! one reveals it, and then the stream is read. A ring never has a gap.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::redis::aio::PubSubSink;
use futures_util::{StreamExt, stream};
use letscode_model::{Event, JobId, RunReport, SubmissionId, SystemStatus, UserId};
use tokio::sync::{Notify, broadcast, mpsc, oneshot, watch};

use super::client::{RedisClient, key, without_prefix};
use crate::streams::{AppendResult, RingReader, UserStream};
use crate::sync::lock;
use crate::{QueueError, Subscription};

const RETRY_PAUSE: Duration = Duration::from_millis(200);
/// Bound on the wait for Redis to confirm a subscription or answer a ping.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Interval at which channels without readers are closed and the connection is checked.
const SWEEP_EVERY: Duration = Duration::from_secs(10);
/// Sweeps between two renewals of the followed streams, which Redis forgets after an hour.
const SWEEPS_PER_RENEWAL: u32 = 60;
const MAX_CHANNEL_BATCH: usize = 1000;
const MAX_PARALLEL_READS: usize = 16;
/// Channel of runs that nobody waits for any more.
const ENDED: &str = "ended";
/// Channel of judgements that were cancelled.
const CANCELLED: &str = "cancelled";
/// Channel of the news that a place in the queue is free.
const PLACES: &str = "places";
/// Ended watches that a worker may be behind by before it looks for itself.
const MAX_ENDED_WATCHES: usize = 256;

/// The streams of the users that are followed in this process.
pub(super) struct EventFollower {
    client: Arc<RedisClient>,
    process: String,
    streams: Mutex<HashMap<UserId, FollowedStream>>,
    system: watch::Sender<SystemStatus>,
    pub watches: Mutex<HashMap<JobId, oneshot::Sender<RunReport>>>,
    /// Runs that nobody waits for any more, of all processes.
    pub ended_watches: broadcast::Sender<JobId>,
    /// Judgements that were cancelled, of all processes.
    pub cancelled: broadcast::Sender<SubmissionId>,
    /// Wakes the waiter for a place in the queue.
    pub place_freed: Notify,
    requests: mpsc::Sender<ListenRequest>,
}

#[derive(Clone)]
struct FollowedStream {
    stream: Arc<UserStream>,
    /// Held while the ring is brought up to date.
    catch_up_lock: Arc<tokio::sync::Mutex<()>>,
}

/// A user to listen for, and the sender that confirms it.
pub(super) struct ListenRequest(UserId, oneshot::Sender<()>);

/// Entries of a Redis stream: id, field, value.
type StreamEntries = Vec<(String, (String, String))>;

impl EventFollower {
    pub fn new(
        client: Arc<RedisClient>,
        process: String,
    ) -> (Arc<Self>, mpsc::Receiver<ListenRequest>) {
        let (requests, receiver) = mpsc::channel(MAX_CHANNEL_BATCH);
        let follower = EventFollower {
            client,
            process,
            streams: Mutex::default(),
            system: watch::Sender::new(SystemStatus {
                queued: 0,
                running: 0,
                capacity: 0,
            }),
            watches: Mutex::default(),
            ended_watches: broadcast::Sender::new(MAX_ENDED_WATCHES),
            cancelled: broadcast::Sender::new(MAX_ENDED_WATCHES),
            place_freed: Notify::new(),
            requests,
        };
        (Arc::new(follower), receiver)
    }

    /// Returns the name of this process, to which reports are addressed.
    pub fn process(&self) -> &str {
        &self.process
    }

    pub async fn subscribe(
        &self,
        user: &UserId,
        after: Option<u64>,
    ) -> Result<Subscription, QueueError> {
        let (followed, is_new) = self.follow(user);
        if is_new {
            let (confirm, confirmed) = oneshot::channel();
            let listening = async {
                let request = ListenRequest(user.clone(), confirm);
                self.requests.send(request).await.is_ok() && confirmed.await.is_ok()
            };
            if tokio::time::timeout(TIMEOUT, listening).await != Ok(true) {
                let reason = "could not subscribe to events in time".to_owned();
                return Err(QueueError::Unavailable(reason));
            }
        }
        self.catch_up(user, &followed).await?;
        let reader = RingReader::new(followed.stream, self.system.subscribe(), after);
        Ok(Subscription::new(reader))
    }

    /// Returns the stream of a user, and true if it is new here.
    fn follow(&self, user: &UserId) -> (FollowedStream, bool) {
        let mut streams = lock(&self.streams);
        if let Some(followed) = streams.get(user) {
            return (followed.clone(), false);
        }
        let followed = FollowedStream {
            stream: Arc::new(UserStream::starting_at(0)),
            catch_up_lock: Arc::default(),
        };
        streams.insert(user.clone(), followed.clone());
        (followed, true)
    }

    /// Reads the events that the ring lacks.
    async fn catch_up(&self, user: &UserId, followed: &FollowedStream) -> Result<(), QueueError> {
        let _guard = followed.catch_up_lock.lock().await;
        let stream = &followed.stream;
        let newest = stream.newest();
        let call = self.client.call("read_events").arg(&user.0).arg(newest);
        let (last, entries): (u64, StreamEntries) = call.run().await?;
        let events = entries.iter().filter_map(|(id, (_, event))| {
            let seq = id.split('-').next()?.parse().ok()?;
            Some((seq, parse_event(event)?))
        });
        let mut is_first = newest == 0;
        for (seq, event) in events {
            if is_first || stream.append_numbered(seq, event.clone()) == AppendResult::Gap {
                // The events in between are lost.
                stream.restart_at(seq - 1);
                stream.append_numbered(seq, event);
            }
            is_first = false;
        }
        if stream.newest() < last {
            stream.restart_at(last);
        }
        Ok(())
    }

    async fn catch_up_all(&self) {
        let all: Vec<(UserId, FollowedStream)> = lock(&self.streams)
            .iter()
            .map(|(user, followed)| (user.clone(), followed.clone()))
            .collect();
        let reads = all
            .into_iter()
            .map(async |(user, followed)| self.catch_up(&user, &followed).await);
        let mut reads = stream::iter(reads).buffer_unordered(MAX_PARALLEL_READS);
        while let Some(result) = reads.next().await {
            if let Err(error) = result {
                tracing::warn!(%error, "could not read a user's events");
            }
        }
    }

    async fn read_status(&self) -> Result<(), QueueError> {
        let (queued, running, capacity) = self.client.call("status").run().await?;
        self.publish_status(SystemStatus {
            queued,
            running,
            capacity,
        });
        Ok(())
    }

    fn publish_status(&self, status: SystemStatus) {
        self.system.send_if_modified(|current| {
            let changed = *current != status;
            *current = status;
            changed
        });
    }

    /// Fetches the reports that came while this process did not listen.
    async fn fetch_reports(&self) {
        let ids: Vec<JobId> = lock(&self.watches).keys().copied().collect();
        for id in ids {
            self.fetch_report(id).await;
        }
    }

    async fn fetch_report(&self, id: JobId) {
        let mut take = ::redis::cmd("GETDEL");
        take.arg(key(format_args!("report:{}", id.0)));
        let report: Result<Option<String>, QueueError> = self.client.command(&take).await;
        let report = report.ok().flatten();
        let report = report.and_then(|text| serde_json::from_str(&text).ok());
        if let Some(report) = report
            && let Some(watcher) = lock(&self.watches).remove(&id)
        {
            // An error means that the watch was just dropped.
            let _ = watcher.send(report);
        }
    }

    /// Removes the streams without a reader and returns their channels.
    fn take_unfollowed(&self) -> Vec<String> {
        let mut channels = Vec::new();
        lock(&self.streams).retain(|user, followed| {
            let has_reader = Arc::strong_count(&followed.stream) > 1;
            if !has_reader {
                channels.push(channel_of(user));
            }
            has_reader
        });
        channels
    }
}

/// Listens until it is stopped.
pub(super) async fn listen(
    follower: Arc<EventFollower>,
    mut requests: mpsc::Receiver<ListenRequest>,
) {
    loop {
        if let Err(error) = listen_once(&follower, &mut requests).await {
            tracing::warn!(%error, "the connection for events failed");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }
}

async fn listen_once(
    follower: &Arc<EventFollower>,
    requests: &mut mpsc::Receiver<ListenRequest>,
) -> Result<(), QueueError> {
    let (mut sink, mut messages) = follower.client.pubsub_connection().await?.split();
    let own = [
        key("status"),
        key(ENDED),
        key(CANCELLED),
        key(PLACES),
        key(format_args!("reports:{}", follower.process)),
    ];
    sink.subscribe(&own).await?;
    let users: Vec<String> = lock(&follower.streams).keys().map(channel_of).collect();
    for channels in users.chunks(MAX_CHANNEL_BATCH) {
        sink.subscribe(channels).await?;
    }
    follower.read_status().await?;
    let catching_up = follower.clone();
    tokio::spawn(async move {
        catching_up.catch_up_all().await;
        catching_up.fetch_reports().await;
    });
    let mut sweeps = tokio::time::interval(SWEEP_EVERY);
    let mut sweep_count = 0u32;
    loop {
        tokio::select! {
            message = messages.next() => match message {
                Some(message) => handle_message(follower, &message),
                None => return Err(QueueError::Unavailable("the connection ended".to_owned())),
            },
            Some(request) = requests.recv() => {
                subscribe_batch(&mut sink, request, requests).await?;
            },
            _ = sweeps.tick() => {
                let unfollowed = follower.take_unfollowed();
                for channels in unfollowed.chunks(MAX_CHANNEL_BATCH) {
                    sink.unsubscribe(channels).await?;
                }
                sweep_count += 1;
                if sweep_count.is_multiple_of(SWEEPS_PER_RENEWAL) {
                    let follower = follower.clone();
                    tokio::spawn(async move { follower.catch_up_all().await });
                }
                // Detects a connection that broke silently.
                let ping = tokio::time::timeout(TIMEOUT, sink.ping::<::redis::Value>()).await;
                ping.map_err(|_| QueueError::Unavailable("no answer".to_owned()))??;
            }
        }
    }
}

/// Subscribes to the channels of all requests that wait, in one round trip.
async fn subscribe_batch(
    sink: &mut PubSubSink,
    first: ListenRequest,
    requests: &mut mpsc::Receiver<ListenRequest>,
) -> Result<(), QueueError> {
    let mut batch = vec![first];
    while batch.len() < MAX_CHANNEL_BATCH
        && let Ok(request) = requests.try_recv()
    {
        batch.push(request);
    }
    let channels: Vec<String> = batch
        .iter()
        .map(|ListenRequest(user, _)| channel_of(user))
        .collect();
    sink.subscribe(&channels).await?;
    for ListenRequest(_, confirm) in batch {
        let _ = confirm.send(());
    }
    Ok(())
}

fn handle_message(follower: &Arc<EventFollower>, message: &::redis::Msg) {
    let Ok(text) = message.get_payload::<String>() else {
        return;
    };
    let channel = without_prefix(message.get_channel_name());
    if channel == ENDED {
        if let Ok(id) = text.parse::<JobId>() {
            lock(&follower.watches).remove(&id);
            // An error means that no worker is here.
            let _ = follower.ended_watches.send(id);
        }
        return;
    }
    if channel == CANCELLED {
        if let Ok(id) = text.parse::<SubmissionId>() {
            // An error means that no worker judges here.
            let _ = follower.cancelled.send(id);
        }
        return;
    }
    if channel == PLACES {
        follower.place_freed.notify_one();
        return;
    }
    match channel.split_once(':') {
        Some(("of", user)) => handle_event(follower, UserId(user.to_owned()), &text),
        Some(("reports", _)) => {
            let follower = follower.clone();
            if let Ok(id) = serde_json::from_value::<JobId>(text.into()) {
                tokio::spawn(async move { follower.fetch_report(id).await });
            }
        }
        _ => {
            if let Ok(status) = serde_json::from_str(&text) {
                follower.publish_status(status);
            }
        }
    }
}

fn handle_event(follower: &Arc<EventFollower>, user: UserId, text: &str) {
    let followed = lock(&follower.streams).get(&user).cloned();
    let (Some(followed), Some((seq, event))) = (followed, text.split_once(' ')) else {
        return;
    };
    let (Ok(seq), Some(event)) = (seq.parse(), parse_event(event)) else {
        return;
    };
    // A new ring is filled by `subscribe`, which may have read the stream before this event was there.
    let is_new = followed.stream.newest() == 0;
    if is_new || followed.stream.append_numbered(seq, event) == AppendResult::Gap {
        let follower = follower.clone();
        tokio::spawn(async move {
            if let Err(error) = follower.catch_up(&user, &followed).await {
                tracing::warn!(%error, "could not read a user's events");
            }
        });
    }
}

fn parse_event(event: &str) -> Option<Event> {
    serde_json::from_str(event)
        .inspect_err(|error| tracing::error!(%error, "could not parse an event"))
        .ok()
}

fn channel_of(user: &UserId) -> String {
    key(format_args!("of:{}", user.0))
}
