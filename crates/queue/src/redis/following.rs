//! Events of those users whom somebody follows here, wherever they were published.
//!
//! Redis has each user's last events in a stream, and a channel on which each is announced. This
//! process listens to the channels of the users that are followed here, and keeps a ring for each,
//! as the queue of one machine does. A message may be lost when a connection breaks: the next one's
//! number says so, and then the stream is read. A ring never has a gap.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::redis::aio::PubSubSink;
use futures_util::{StreamExt, stream};
use letscode_model::{Event, JobId, SnippetReport, SystemStatus, UserId};
use tokio::sync::{mpsc, oneshot, watch};

use super::link::{Link, name, without_prefix};
use crate::events::{UserStream, lock};
use crate::ring::Received;
use crate::{QueueError, Subscription};

const RETRY_PAUSE: Duration = Duration::from_millis(200);
/// How long somebody who wants to follow waits for Redis.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is looked whom nobody follows any more, and whether Redis is there.
const SWEEP_EVERY: Duration = Duration::from_secs(10);
/// How often, in sweeps, Redis is told that streams are still followed: it forgets them in an hour.
const SWEEPS_PER_REMINDER: u32 = 60;
const CHANNELS_AT_ONCE: usize = 1000;
const STREAMS_AT_ONCE: usize = 16;

pub(super) struct Following {
    link: Arc<Link>,
    process: String,
    followed: Mutex<HashMap<UserId, Followed>>,
    system: watch::Sender<SystemStatus>,
    pub watches: Mutex<HashMap<JobId, oneshot::Sender<SnippetReport>>>,
    orders: mpsc::Sender<Order>,
}

#[derive(Clone)]
struct Followed {
    stream: Arc<UserStream>,
    /// One at a time brings the ring up to date.
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// A user to listen for, and who waits until that is so.
pub(super) struct Order(UserId, oneshot::Sender<()>);

type Entries = Vec<(String, (String, String))>;

impl Following {
    pub fn new(link: Arc<Link>, process: String) -> (Arc<Self>, mpsc::Receiver<Order>) {
        let (orders, receiver) = mpsc::channel(CHANNELS_AT_ONCE);
        let following = Following {
            link,
            process,
            followed: Mutex::default(),
            system: watch::Sender::new(SystemStatus {
                queued: 0,
                running: 0,
                capacity: 0,
            }),
            watches: Mutex::default(),
            orders,
        };
        (Arc::new(following), receiver)
    }

    /// Names this process where reports are sent.
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
            let (listening, listens) = oneshot::channel();
            let asked = async {
                let sent = self.orders.send(Order(user.clone(), listening)).await;
                sent.is_ok() && listens.await.is_ok()
            };
            if tokio::time::timeout(PATIENCE, asked).await != Ok(true) {
                let reason = "nobody listens for events".to_owned();
                return Err(QueueError::Unavailable(reason));
            }
        }
        self.catch_up(user, &followed).await?;
        let system = self.system.subscribe();
        Ok(Subscription::new(followed.stream, system, after))
    }

    fn follow(&self, user: &UserId) -> (Followed, bool) {
        let mut all = lock(&self.followed);
        if let Some(followed) = all.get(user) {
            return (followed.clone(), false);
        }
        let followed = Followed {
            stream: Arc::new(UserStream::starting_at(0)),
            turn: Arc::default(),
        };
        all.insert(user.clone(), followed.clone());
        (followed, true)
    }

    /// Reads what the ring does not have yet.
    async fn catch_up(&self, user: &UserId, followed: &Followed) -> Result<(), QueueError> {
        let _turn = followed.turn.lock().await;
        let stream = &followed.stream;
        let known = stream.newest();
        let asked = self.link.call("look").arg(&user.0).arg(known);
        let (last, entries): (u64, Entries) = asked.ask().await?;
        let events = entries.iter().filter_map(|(id, (_, event))| {
            let seq = id.split('-').next()?.parse().ok()?;
            Some((seq, read(event)?))
        });
        let mut is_first = known == 0;
        for (seq, event) in events {
            if is_first || stream.receive(seq, event.clone()) == Received::Gap {
                // What was between is remembered nowhere.
                stream.restart_at(seq - 1);
                stream.receive(seq, event);
            }
            is_first = false;
        }
        if stream.newest() < last {
            stream.restart_at(last);
        }
        Ok(())
    }

    async fn catch_up_all(&self) {
        let all: Vec<(UserId, Followed)> = lock(&self.followed)
            .iter()
            .map(|(user, followed)| (user.clone(), followed.clone()))
            .collect();
        let catching = all
            .into_iter()
            .map(async |(user, followed)| self.catch_up(&user, &followed).await);
        let mut catching = stream::iter(catching).buffer_unordered(STREAMS_AT_ONCE);
        while let Some(caught) = catching.next().await {
            if let Err(error) = caught {
                tracing::warn!(%error, "a user's events could not be read");
            }
        }
    }

    async fn look_at_status(&self) -> Result<(), QueueError> {
        let (queued, running, capacity) = self.link.call("status").ask().await?;
        self.tell_system(SystemStatus {
            queued,
            running,
            capacity,
        });
        Ok(())
    }

    fn tell_system(&self, status: SystemStatus) {
        self.system.send_if_modified(|current| {
            let changed = *current != status;
            *current = status;
            changed
        });
    }

    /// Reports that came while nobody listened.
    async fn fetch_reports(&self) {
        let watched: Vec<JobId> = lock(&self.watches).keys().copied().collect();
        for id in watched {
            self.fetch_report(id).await;
        }
    }

    async fn fetch_report(&self, id: JobId) {
        let mut take = ::redis::cmd("GETDEL");
        take.arg(name(format_args!("report:{}", id.0)));
        let report: Result<Option<String>, QueueError> = self.link.command(&take).await;
        let report = report.ok().flatten();
        let report = report.and_then(|text| serde_json::from_str(&text).ok());
        if let Some(report) = report
            && let Some(waiting) = lock(&self.watches).remove(&id)
        {
            // An error means that whoever waited has just left.
            let _ = waiting.send(report);
        }
    }

    /// Takes those out whom nobody follows any more.
    fn take_unfollowed(&self) -> Vec<String> {
        let mut left = Vec::new();
        lock(&self.followed).retain(|user, followed| {
            let stays = Arc::strong_count(&followed.stream) > 1;
            if !stays {
                left.push(channel_of(user));
            }
            stays
        });
        left
    }
}

/// Listens until it is stopped.
pub(super) async fn listen(following: Arc<Following>, mut orders: mpsc::Receiver<Order>) {
    loop {
        if let Err(error) = listen_once(&following, &mut orders).await {
            tracing::warn!(%error, "no events from Redis");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }
}

async fn listen_once(
    following: &Arc<Following>,
    orders: &mut mpsc::Receiver<Order>,
) -> Result<(), QueueError> {
    let (mut sink, mut messages) = following.link.for_messages().await?.split();
    let own = [
        name("status"),
        name(format_args!("reports:{}", following.process)),
    ];
    sink.subscribe(&own).await?;
    let users: Vec<String> = lock(&following.followed).keys().map(channel_of).collect();
    for channels in users.chunks(CHANNELS_AT_ONCE) {
        sink.subscribe(channels).await?;
    }
    following.look_at_status().await?;
    let late = following.clone();
    tokio::spawn(async move {
        late.catch_up_all().await;
        late.fetch_reports().await;
    });
    let mut sweeps = tokio::time::interval(SWEEP_EVERY);
    let mut swept = 0u32;
    loop {
        tokio::select! {
            message = messages.next() => match message {
                Some(message) => hear(following, &message),
                None => return Err(QueueError::Unavailable("the connection ended".to_owned())),
            },
            Some(order) = orders.recv() => follow_all(&mut sink, order, orders).await?,
            _ = sweeps.tick() => {
                let left = following.take_unfollowed();
                for channels in left.chunks(CHANNELS_AT_ONCE) {
                    sink.unsubscribe(channels).await?;
                }
                swept += 1;
                if swept.is_multiple_of(SWEEPS_PER_REMINDER) {
                    let following = following.clone();
                    tokio::spawn(async move { following.catch_up_all().await });
                }
                // A connection that has silently gone.
                let ping = tokio::time::timeout(PATIENCE, sink.ping::<::redis::Value>()).await;
                ping.map_err(|_| QueueError::Unavailable("no answer".to_owned()))??;
            }
        }
    }
}

/// Many who come at once take one way to Redis.
async fn follow_all(
    sink: &mut PubSubSink,
    first: Order,
    orders: &mut mpsc::Receiver<Order>,
) -> Result<(), QueueError> {
    let mut together = vec![first];
    while together.len() < CHANNELS_AT_ONCE
        && let Ok(order) = orders.try_recv()
    {
        together.push(order);
    }
    let channels: Vec<String> = together
        .iter()
        .map(|Order(user, _)| channel_of(user))
        .collect();
    sink.subscribe(&channels).await?;
    for Order(_, listening) in together {
        let _ = listening.send(());
    }
    Ok(())
}

fn hear(following: &Arc<Following>, message: &::redis::Msg) {
    let Ok(text) = message.get_payload::<String>() else {
        return;
    };
    let channel = message.get_channel_name();
    match without_prefix(channel).split_once(':') {
        Some(("of", user)) => hear_event(following, UserId(user.to_owned()), &text),
        Some(("reports", _)) => {
            let following = following.clone();
            if let Ok(id) = serde_json::from_value::<JobId>(text.into()) {
                tokio::spawn(async move { following.fetch_report(id).await });
            }
        }
        _ => {
            if let Ok(status) = serde_json::from_str(&text) {
                following.tell_system(status);
            }
        }
    }
}

fn hear_event(following: &Arc<Following>, user: UserId, text: &str) {
    let followed = lock(&following.followed).get(&user).cloned();
    let (Some(followed), Some((seq, event))) = (followed, text.split_once(' ')) else {
        return;
    };
    let (Ok(seq), Some(event)) = (seq.parse(), read(event)) else {
        return;
    };
    // A ring that is new is filled by who made it, who may have looked before this event was there.
    let is_new = followed.stream.newest() == 0;
    if is_new || followed.stream.receive(seq, event) == Received::Gap {
        let following = following.clone();
        tokio::spawn(async move {
            if let Err(error) = following.catch_up(&user, &followed).await {
                tracing::warn!(%error, "a user's events could not be read");
            }
        });
    }
}

fn read(event: &str) -> Option<Event> {
    serde_json::from_str(event)
        .inspect_err(|error| tracing::error!(%error, "an event can't be read"))
        .ok()
}

fn channel_of(user: &UserId) -> String {
    name(format_args!("of:{}", user.0))
}
