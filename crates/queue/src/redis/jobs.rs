//! Reserved places, buried jobs and recovery in Redis.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use letscode_model::{Job, Lane, ShareHolder, UserId};
use tokio::sync::Notify;

use super::background::spawn_cleanup;
use super::client::key;
use super::core::BrokerCore;
use super::encoding::job_work;
use crate::turns::share_name;
use crate::{BuriedJob, JobFilter, Permit, QueueError, WaitingJob};

/// Lifetime of a reserved place, in case the server that reserved it dies.
const RESERVATION_TTL: Duration = Duration::from_secs(30);
/// Longest wait for a place in the queue to become free, after which the caller looks for itself.
const PLACE_WAIT: Duration = Duration::from_secs(1);
/// Interval between two recoveries from the store, by any process.
const RECOVERY_INTERVAL: Duration = Duration::from_secs(30);
/// Interval at which a worker checks if a recovery is due.
const RECOVERY_CHECK_INTERVAL: Duration = Duration::from_secs(1);

struct RedisPermit {
    core: Arc<BrokerCore>,
    place: String,
    user: UserId,
    share: String,
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
        let (core, place) = (self.core.clone(), self.place.clone());
        let (user, share) = (self.user.clone(), self.share.clone());
        spawn_cleanup(async move {
            // After an error the reservation expires.
            let cancel = core.client.call("cancel").arg(place).arg(user.0).arg(share);
            let _: Result<(), _> = cancel.run().await;
        });
    }
}

pub(super) async fn reserve(
    core: &Arc<BrokerCore>,
    user: &UserId,
    share: Option<&ShareHolder>,
) -> Result<Box<dyn Permit>, QueueError> {
    let settings = &core.settings;
    let share = share_name(share);
    let place = uuid::Uuid::new_v4().to_string();
    let full: u32 = core
        .client
        .call("reserve")
        .arg(&place)
        .arg(&user.0)
        .arg(&share)
        .arg(settings.max_waiting)
        .arg(settings.reserved_from())
        .arg(settings.max_waiting_per_user)
        .arg(settings.max_waiting_per_share)
        .arg(RESERVATION_TTL.as_millis() as u64)
        .run()
        .await?;
    match full {
        0 => Ok(Box::new(RedisPermit {
            core: core.clone(),
            place,
            user: user.clone(),
            share,
            used: false,
        })),
        1 => Err(QueueError::Full {
            limit: settings.max_waiting,
        }),
        2 => Err(QueueError::UserFull {
            limit: settings.max_waiting_per_user,
        }),
        _ => Err(QueueError::ShareFull {
            limit: settings.max_waiting_per_share,
        }),
    }
}

pub(super) async fn buried(core: &BrokerCore) -> Result<Vec<BuriedJob>, QueueError> {
    let buried = buried_entries(core).await?;
    Ok(buried.into_iter().map(|(_, buried)| buried).collect())
}

/// Returns the jobs that were given up, each with the id of its entry.
async fn buried_entries(core: &BrokerCore) -> Result<Vec<(String, BuriedJob)>, QueueError> {
    let mut range = ::redis::cmd("XRANGE");
    range.arg(&[&key("dead"), "-", "+"]);
    let reply: ::redis::streams::StreamRangeReply = core.client.command(&range).await?;
    let buried = reply.ids.iter().filter_map(|entry| {
        let job: String = entry.get("job")?;
        let buried = BuriedJob {
            job: serde_json::from_str(&job).ok()?,
            reason: entry.get("reason")?,
        };
        Some((entry.id.clone(), buried))
    });
    Ok(buried.collect())
}

pub(super) async fn forget_buried(core: &BrokerCore, user: &UserId) -> Result<(), QueueError> {
    for (id, buried) in buried_entries(core).await? {
        if buried.job.user_id() == user {
            let mut delete = ::redis::cmd("XDEL");
            delete.arg(&[&key("dead"), &*id]);
            let _: u64 = core.client.command(&delete).await?;
        }
    }
    Ok(())
}

/// Waits for the news that a place is free. Redis publishes it only while somebody waits, as the key
/// says that is renewed here; a message may be lost, so the wait is bounded.
pub(super) async fn place_freed(core: &BrokerCore, freed: &Notify) {
    let mut set = ::redis::cmd("SET");
    set.arg(&[&key("place_wanted"), "1", "PX"])
        .arg(2 * PLACE_WAIT.as_millis() as u64);
    let _: Result<(), QueueError> = core.client.command(&set).await;
    let _ = tokio::time::timeout(PLACE_WAIT, freed.notified()).await;
}

/// Waits until this process is the one that should recover: the first to find the key missing, which
/// expires or is lost with everything else.
pub(super) async fn recovery_due(core: &BrokerCore) {
    let mut set = ::redis::cmd("SET");
    set.arg(&[&key("recovered"), "1", "NX", "PX"])
        .arg(RECOVERY_INTERVAL.as_millis() as u64);
    loop {
        let was_set = core.client.command::<Option<String>>(&set).await;
        if let Ok(Some(_)) = was_set {
            return;
        }
        tokio::time::sleep(RECOVERY_CHECK_INTERVAL).await;
    }
}

/// Calls a function of the script that selects jobs that wait.
pub(super) async fn select_waiting(
    core: &BrokerCore,
    function: &str,
    filter: &JobFilter,
    limit: usize,
) -> Result<Vec<WaitingJob>, QueueError> {
    let user = filter.user_id.as_ref().map_or("", |user| user.0.as_str());
    let share = filter.share.as_ref().map(ShareHolder::to_string);
    let call = core.client.call(function).arg(user);
    let call = call.arg(share.unwrap_or_default()).arg(limit);
    let rows: Vec<(String, String, String, u8)> = call.run().await?;
    core.changed.notify_one();
    let jobs = rows.into_iter().filter_map(|(id, user, share, lane)| {
        Some(WaitingJob {
            work: job_work(&id)?,
            user_id: UserId(user),
            share,
            lane: *Lane::ALL.get(usize::from(lane))?,
        })
    });
    Ok(jobs.collect())
}
