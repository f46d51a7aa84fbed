//! The queue of many machines, in one Redis (7 or later, or Valkey).
//!
//! A stream with a consumer group has what a queue needs: readers that are woken one by one, a list
//! of what was handed out, and how long ago. It has no turns: whoever was first is first. So what is
//! in the stream are *tokens*, one for each job and without a name, and the job that a token stands
//! for is decided when it is read, by the same rules as in the queue of one machine. All of that is
//! in `queue.lua`, which Redis runs as one transaction per call; this side only asks.
//!
//! A token that was read is a lease, and its number the lease's. A job that is handed out again has
//! another token, so whoever had it before can do nothing with it any more.
//!
//! Redis may lose everything: the store knows what is open, and [`Queue::recovery_due`] says when
//! to look. Streams of events begin anew then, beyond where they were, and readers are told.

mod beat;
mod following;
mod hand_out;
mod hints;
mod link;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use letscode_model::{Event, Hint, Job, JobId, LanguageInfo, SnippetReport, SystemStatus, UserId};
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::events::lock;
use crate::registry::Registry;
use crate::{
    Buried, Lease, LeaseId, Permit, Queue, QueueError, QueueSettings, SnippetWatch, Subscription,
    WorkerInfo,
};
use following::Following;
use hand_out::Waiter;
use link::{Call, Link, name};

/// How long a promised place is kept for a server that may have died.
const PROMISE: Duration = Duration::from_secs(30);
/// How often somebody looks into the store for what the queue does not know.
const RECOVER_EVERY: Duration = Duration::from_secs(30);
/// How often a worker looks whether it is time, or Redis has lost everything.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// As long as anybody waits for a snippet's report.
const WATCH_FOR: Duration = Duration::from_secs(600);
const KEEP_REPORT: Duration = Duration::from_secs(60);
const MAX_BURIED: u32 = 1000;

/// Jobs and events in a Redis. Cheap to clone: all clones are the same.
#[derive(Clone)]
pub struct RedisQueue {
    inner: Arc<Inner>,
}

struct Inner {
    core: Arc<Core>,
    following: Arc<Following>,
    /// To the task that hands out jobs, which begins when somebody wants one.
    asking: OnceLock<mpsc::Sender<Waiter>>,
    tasks: Mutex<Vec<AbortHandle>>,
}

/// What the tasks work with.
struct Core {
    link: Arc<Link>,
    settings: QueueSettings,
    /// Tokens of the leases in this process.
    held: Mutex<HashSet<String>>,
    /// Workers of this process.
    announced: Mutex<HashMap<String, WorkerInfo>>,
    /// Wakes the task that tells users of their places.
    changed: Notify,
}

impl RedisQueue {
    /// Connects, which has to succeed once: later outages are waited for. Must be called inside a
    /// Tokio runtime.
    pub async fn connect(url: &str, settings: QueueSettings) -> Result<Self, QueueError> {
        let link = Arc::new(Link::open(url).await?);
        let process = uuid::Uuid::new_v4().to_string();
        let (following, orders) = Following::new(link.clone(), process);
        let core = Arc::new(Core {
            link,
            settings,
            held: Mutex::default(),
            announced: Mutex::default(),
            changed: Notify::new(),
        });
        let queue = RedisQueue {
            inner: Arc::new(Inner {
                core: core.clone(),
                following: following.clone(),
                asking: OnceLock::new(),
                tasks: Mutex::default(),
            }),
        };
        queue.inner.start(following::listen(following, orders));
        queue.inner.start(beat::keep_leases(core.clone()));
        queue.inner.start(beat::tell_users(core));
        Ok(queue)
    }

    fn call(&self, function: &str) -> Call<'_> {
        self.inner.core.link.call(function)
    }

    async fn push_to(&self, place: &str, job: &Job) -> Result<u32, QueueError> {
        self.inner.core.push(place, job).await
    }
}

impl Inner {
    fn start(&self, task: impl Future<Output = ()> + Send + 'static) {
        lock(&self.tasks).push(tokio::spawn(task).abort_handle());
    }

    fn asking(&self) -> &mpsc::Sender<Waiter> {
        self.asking.get_or_init(|| {
            let (asking, asked) = mpsc::channel(64);
            self.start(hand_out::run(self.core.clone(), asked));
            asking
        })
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        for task in lock(&self.tasks).drain(..) {
            task.abort();
        }
    }
}

impl Core {
    async fn push(&self, place: &str, job: &Job) -> Result<u32, QueueError> {
        let (id, submission) = names_of(job);
        let pushed = self
            .link
            .call("push")
            .arg(place)
            .arg(id)
            .arg(to_json(job)?)
            .arg(&job.user_id().0)
            .arg(job.lane() as u8)
            .arg(submission)
            .ask()
            .await?;
        self.changed.notify_one();
        Ok(pushed)
    }

    async fn give_back(&self, lease: &LeaseId, undo: bool) -> Result<(), QueueError> {
        let call = self.link.call("release").arg(&lease.0).arg(u8::from(undo));
        self.end(lease, call).await
    }

    async fn bury(&self, lease: &LeaseId, reason: &str) -> Result<(), QueueError> {
        let call = self.link.call("bury").arg(&lease.0).arg(reason);
        self.end(lease, call.arg(MAX_BURIED)).await
    }

    async fn end(&self, lease: &LeaseId, call: Call<'_>) -> Result<(), QueueError> {
        let ended: Result<bool, QueueError> = call.ask().await;
        // Also where Redis did not hear of it: the lease then ends by itself, for nobody keeps it.
        lock(&self.held).remove(&lease.0);
        self.changed.notify_one();
        let was_held = ended?;
        was_held.then_some(()).ok_or(QueueError::LeaseLost)
    }

    async fn announce(&self, worker: &WorkerInfo) -> Result<(), QueueError> {
        let mut call = self
            .link
            .call("announce")
            .arg(&worker.id)
            .arg(to_json(worker)?)
            .arg(worker.capacity);
        for language in &worker.languages {
            call = call.arg(language.id.as_str()).arg(to_json(language)?);
        }
        call.ask().await
    }
}

/// What a job is called in Redis, and its submission if it is for one.
fn names_of(job: &Job) -> (String, String) {
    match job {
        Job::Judge { submission_id, .. } => {
            (format!("s:{submission_id}"), submission_id.to_string())
        }
        Job::RunSnippet { id, .. } => (format!("r:{}", id.0), String::new()),
    }
}

fn to_json(value: &impl serde::Serialize) -> Result<String, QueueError> {
    serde_json::to_string(value).map_err(|error| QueueError::Unavailable(error.to_string()))
}

fn from_json<T: serde::de::DeserializeOwned>(texts: Vec<String>) -> Vec<T> {
    // What another version wrote and this one can't read is not for this one.
    let read = texts
        .iter()
        .filter_map(|text| serde_json::from_str(text).ok());
    read.collect()
}

/// For what is tidied up when a value is dropped. Where the runtime has ended Redis forgets in time.
fn in_background(tidying: impl Future<Output = ()> + Send + 'static) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(tidying);
    }
}

struct RedisPermit {
    core: Arc<Core>,
    place: String,
    user: UserId,
    used: bool,
}

#[async_trait]
impl Permit for RedisPermit {
    async fn push(mut self: Box<Self>, job: Job) -> Result<u32, QueueError> {
        self.used = true;
        self.core.push(&self.place, &job).await
    }
}

impl Drop for RedisPermit {
    fn drop(&mut self) {
        if self.used {
            return;
        }
        let (core, place, user) = (self.core.clone(), self.place.clone(), self.user.clone());
        in_background(async move {
            // Else the promise ends by itself.
            let _: Result<(), _> = core.link.call("cancel").arg(place).arg(user.0).ask().await;
        });
    }
}

#[async_trait]
impl Queue for RedisQueue {
    async fn reserve(&self, user: &UserId) -> Result<Box<dyn Permit>, QueueError> {
        let settings = &self.inner.core.settings;
        let place = uuid::Uuid::new_v4().to_string();
        let full: u32 = self
            .call("reserve")
            .arg(&place)
            .arg(&user.0)
            .arg(settings.max_waiting)
            .arg(settings.max_waiting_of_user)
            .arg(PROMISE.as_millis() as u64)
            .ask()
            .await?;
        match full {
            0 => Ok(Box::new(RedisPermit {
                core: self.inner.core.clone(),
                place,
                user: user.clone(),
                used: false,
            })),
            1 => Err(QueueError::Full {
                limit: settings.max_waiting,
            }),
            _ => Err(QueueError::UserFull {
                limit: settings.max_waiting_of_user,
            }),
        }
    }

    async fn readmit(&self, job: Job) -> Result<u32, QueueError> {
        self.push_to("", &job).await
    }

    async fn lease(&self) -> Result<Lease, QueueError> {
        let gone = || QueueError::Unavailable("nobody hands out jobs".to_owned());
        loop {
            let (waiter, handed) = oneshot::channel();
            let asked = self.inner.asking().send(waiter).await;
            asked.map_err(|_| gone())?;
            let handed = handed.await.map_err(|_| gone())?;
            if let Some(lease) = handed.take() {
                return Ok(lease);
            }
        }
    }

    async fn ack(&self, lease: LeaseId) -> Result<(), QueueError> {
        let call = self.call("ack").arg(&lease.0);
        self.inner.core.end(&lease, call).await
    }

    async fn bury(&self, lease: LeaseId, reason: &str) -> Result<(), QueueError> {
        self.inner.core.bury(&lease, reason).await
    }

    async fn buried(&self) -> Result<Vec<Buried>, QueueError> {
        let mut range = ::redis::cmd("XRANGE");
        range.arg(&[&name("dead"), "-", "+"]);
        let reply: ::redis::streams::StreamRangeReply =
            self.inner.core.link.command(&range).await?;
        let buried = reply.ids.iter().filter_map(|entry| {
            let job: String = entry.get("job")?;
            Some(Buried {
                job: serde_json::from_str(&job).ok()?,
                reason: entry.get("reason")?,
            })
        });
        Ok(buried.collect())
    }

    async fn recovery_due(&self) {
        let mut set = ::redis::cmd("SET");
        // Whoever finds it missing is called. Redis forgets it in time, or with everything else.
        set.arg(&[&name("recovered"), "1", "NX", "PX"])
            .arg(RECOVER_EVERY.as_millis() as u64);
        loop {
            let was_set = self.inner.core.link.command::<Option<String>>(&set).await;
            if let Ok(Some(_)) = was_set {
                return;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn release(&self, lease: LeaseId) -> Result<(), QueueError> {
        self.inner.core.give_back(&lease, false).await
    }

    async fn hand_back(&self, lease: LeaseId) -> Result<(), QueueError> {
        self.inner.core.give_back(&lease, true).await
    }

    async fn announce(&self, worker: WorkerInfo) -> Result<(), QueueError> {
        self.inner.core.announce(&worker).await?;
        lock(&self.inner.core.announced).insert(worker.id.clone(), worker);
        self.inner.core.changed.notify_one();
        Ok(())
    }

    async fn withdraw(&self, worker_id: &str) -> Result<(), QueueError> {
        lock(&self.inner.core.announced).remove(worker_id);
        let left = self.call("withdraw").arg(worker_id).ask().await;
        self.inner.core.changed.notify_one();
        left
    }

    async fn workers(&self) -> Result<Vec<WorkerInfo>, QueueError> {
        let (workers, _): (Vec<String>, Vec<String>) = self.call("workers").ask().await?;
        Ok(Registry::of(Vec::new(), from_json(workers)).workers())
    }

    async fn languages(&self) -> Result<Vec<LanguageInfo>, QueueError> {
        let (workers, languages): (Vec<String>, Vec<String>) = self.call("workers").ask().await?;
        Ok(Registry::of(from_json(languages), from_json(workers)).languages())
    }

    async fn tell(&self, lease: &LeaseId, event: Event) -> Result<u64, QueueError> {
        let call = self.call("tell").arg(&lease.0).arg(to_json(&event)?);
        let told: Option<u64> = call.ask().await?;
        told.ok_or(QueueError::LeaseLost)
    }

    async fn publish(&self, user: &UserId, event: Event) -> Result<u64, QueueError> {
        let concluded = event.concludes();
        let closes = concluded.map_or_else(String::new, |id| format!("s:{id}"));
        self.call("publish")
            .arg(&user.0)
            .arg(to_json(&event)?)
            .arg(closes)
            .arg(self.inner.core.settings.max_streams)
            .ask()
            .await
    }

    async fn subscribe(
        &self,
        user: &UserId,
        after: Option<u64>,
    ) -> Result<Subscription, QueueError> {
        self.inner.following.subscribe(user, after).await
    }

    async fn ping(&self) -> Result<(), QueueError> {
        self.inner.core.link.command(&::redis::cmd("PING")).await
    }

    async fn status(&self) -> Result<SystemStatus, QueueError> {
        let (queued, running, capacity) = self.call("status").ask().await?;
        Ok(SystemStatus {
            queued,
            running,
            capacity,
        })
    }

    async fn hint(&self, hint: Hint) -> Result<(), QueueError> {
        let core = &self.inner.core;
        hints::put(&core.link, &hint, core.settings.max_hints).await
    }

    async fn next_hint(&self) -> Result<Hint, QueueError> {
        Ok(hints::next(&self.inner.core.link).await)
    }

    async fn watch_snippet(&self, id: JobId) -> Result<SnippetWatch, QueueError> {
        let (sender, report) = oneshot::channel();
        let following = self.inner.following.clone();
        let core = Arc::downgrade(&self.inner.core);
        lock(&following.watches).insert(id, sender);
        // Made first, so that whatever fails or is cancelled from here on is tidied up.
        let watch = SnippetWatch::new(report, move || {
            lock(&following.watches).remove(&id);
            let Some(core) = core.upgrade() else { return };
            in_background(async move {
                let forget = core.link.call("forget").arg(format!("r:{}", id.0));
                let lane = letscode_model::Lane::Interactive as u8;
                let _: Result<u32, _> = forget.arg(lane).arg(id.0.to_string()).ask().await;
                core.changed.notify_one();
            });
        });
        let mut set = ::redis::cmd("SET");
        set.arg(name(format_args!("watch:{}", id.0)))
            .arg(self.inner.following.process())
            .arg("PX")
            .arg(WATCH_FOR.as_millis() as u64);
        self.inner.core.link.command::<()>(&set).await?;
        Ok(watch)
    }

    async fn publish_snippet(&self, id: JobId, report: SnippetReport) -> Result<(), QueueError> {
        self.call("report")
            .arg(id.0.to_string())
            .arg(to_json(&report)?)
            .arg(KEEP_REPORT.as_millis() as u64)
            .ask()
            .await
    }
}
