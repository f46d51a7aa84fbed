//! Callers that wait for a place in a full queue.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use letscode_model::{ShareHolder, UserId};
use letscode_queue::{JobQueue, Permit, QueueError};
use tokio::sync::{Notify, oneshot};

type Reservation = Result<Box<dyn Permit>, QueueError>;

/// Gives free places to those who wait, in the order of their arrival. One task asks the queue for all
/// of them: a place that becomes free wakes nobody else. The task ends when nobody waits.
#[derive(Default)]
pub(crate) struct PlaceWaiters {
    line: Mutex<WaitingLine>,
    /// Wakes the task that serves the line: a waiter is new.
    joined: Notify,
}

#[derive(Default)]
struct WaitingLine {
    waiters: VecDeque<PlaceWaiter>,
    is_served: bool,
}

struct PlaceWaiter {
    owner: PlaceOwner,
    place: oneshot::Sender<Reservation>,
}

/// A user of a share, whose places are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PlaceOwner {
    pub user_id: UserId,
    pub share: Option<ShareHolder>,
}

/// Owners whose share is full in one round: their others needn't be tried.
#[derive(Default)]
struct BlockedOwners {
    owners: HashSet<PlaceOwner>,
    shares: HashSet<Option<ShareHolder>>,
}

impl BlockedOwners {
    fn contains(&self, owner: &PlaceOwner) -> bool {
        self.shares.contains(&owner.share) || self.owners.contains(owner)
    }

    /// A full queue blocks the share alone: its last places are for those that have nothing waiting.
    /// However many users a share has, it is tried once.
    fn add(&mut self, owner: &PlaceOwner, error: &QueueError) {
        if matches!(error, QueueError::UserFull { .. }) {
            self.owners.insert(owner.clone());
        } else {
            self.shares.insert(owner.share.clone());
        }
    }
}

/// Result of one round over the line.
enum ServeRound {
    /// Nobody waits any more.
    Done,
    /// Somebody waits for the next place.
    Waiting,
}

impl PlaceWaiters {
    /// Reserves a place, and waits for one for as long as `patience`.
    pub async fn reserve(
        self: &Arc<Self>,
        jobs: &Arc<dyn JobQueue>,
        owner: PlaceOwner,
        patience: Duration,
    ) -> Reservation {
        let reserved = jobs.reserve(&owner.user_id, owner.share.as_ref()).await;
        let Err(error) = reserved else {
            return reserved;
        };
        if patience.is_zero() || !is_full(&error) {
            return Err(error);
        }
        let (place, receiver) = oneshot::channel();
        if self.join(PlaceWaiter { owner, place }) {
            tokio::spawn(self.clone().serve(jobs.clone()));
        } else {
            self.joined.notify_one();
        }
        match tokio::time::timeout(patience, receiver).await {
            Ok(Ok(reserved)) => reserved,
            _ => Err(error),
        }
    }

    /// Adds a waiter. Returns true if no task serves the line yet.
    fn join(&self, waiter: PlaceWaiter) -> bool {
        let mut line = self.lock();
        line.waiters.push_back(waiter);
        !std::mem::replace(&mut line.is_served, true)
    }

    async fn serve(self: Arc<Self>, jobs: Arc<dyn JobQueue>) {
        while let ServeRound::Waiting = self.serve_round(&*jobs).await {
            // Also when somebody has joined: the place that they missed may have been free before.
            tokio::select! {
                () = jobs.place_freed() => {}
                () = self.joined.notified() => {}
            }
        }
    }

    /// Offers the free places to all in the line.
    async fn serve_round(&self, jobs: &dyn JobQueue) -> ServeRound {
        let mut passed = VecDeque::new();
        let mut blocked = BlockedOwners::default();
        while let Some(waiter) = self.next_waiter() {
            if blocked.contains(&waiter.owner) {
                passed.push_back(waiter);
                continue;
            }
            let owner = &waiter.owner;
            match jobs.reserve(&owner.user_id, owner.share.as_ref()).await {
                Err(error) if is_full(&error) => {
                    blocked.add(&waiter.owner, &error);
                    passed.push_back(waiter);
                }
                // A place for somebody who has gone is given back as it is dropped.
                reserved => drop(waiter.place.send(reserved)),
            }
        }
        self.put_back(passed)
    }

    /// Takes the next waiter that has not gone.
    fn next_waiter(&self) -> Option<PlaceWaiter> {
        let mut line = self.lock();
        loop {
            let waiter = line.waiters.pop_front()?;
            if !waiter.place.is_closed() {
                return Some(waiter);
            }
        }
    }

    /// Puts those who were passed by back to the front.
    fn put_back(&self, mut passed: VecDeque<PlaceWaiter>) -> ServeRound {
        let mut line = self.lock();
        passed.append(&mut line.waiters);
        line.waiters = passed;
        if line.waiters.is_empty() {
            line.is_served = false;
            return ServeRound::Done;
        }
        ServeRound::Waiting
    }

    fn lock(&self) -> MutexGuard<'_, WaitingLine> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_full(error: &QueueError) -> bool {
    use QueueError::{Full, ShareFull, UserFull};
    matches!(error, Full { .. } | UserFull { .. } | ShareFull { .. })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use letscode_model::{Job, JobId, RunSpec, TurnTerms};
    use letscode_queue::{InProcessBroker, QueueSettings};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn owner(name: &str) -> PlaceOwner {
        PlaceOwner {
            user_id: UserId(name.to_owned()),
            share: None,
        }
    }

    fn queue(max_waiting: u32, max_waiting_per_user: u32) -> Arc<dyn JobQueue> {
        Arc::new(InProcessBroker::new(QueueSettings {
            max_waiting,
            max_waiting_per_user,
            ..QueueSettings::default()
        }))
    }

    #[tokio::test]
    async fn a_free_place_is_given_out_within_milliseconds() {
        let jobs = queue(1, 1);
        let waiters = Arc::new(PlaceWaiters::default());
        let held = jobs.reserve(&owner("ada").user_id, None).await.unwrap();
        let (line, queue) = (waiters.clone(), jobs.clone());
        let waiting = tokio::spawn(async move {
            let place = line.reserve(&queue, owner("bob"), PATIENCE).await;
            (place.is_ok(), Instant::now())
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let freed = Instant::now();
        drop(held);
        let (is_served, at) = waiting.await.unwrap();
        assert!(is_served);
        let took = at.duration_since(freed);
        assert!(took < Duration::from_millis(20), "{took:?}");
    }

    /// A worker that takes a job frees its place.
    #[tokio::test]
    async fn a_leased_job_frees_its_place() {
        let jobs = queue(1, 1);
        let waiters = Arc::new(PlaceWaiters::default());
        jobs.push(Job::Run {
            id: JobId::random(),
            user_id: owner("ada").user_id,
            spec: Arc::new(RunSpec::of_source("python", "1")),
            terms: TurnTerms::default(),
        })
        .await
        .unwrap();
        let reserving = waiters.reserve(&jobs, owner("bob"), PATIENCE);
        let (reserved, leased) = tokio::join!(reserving, async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            jobs.lease().await
        });
        assert!(reserved.is_ok() && leased.is_ok());
    }

    /// An owner whose share is full waits, and nobody else waits for that owner.
    #[tokio::test]
    async fn full_shares_block_only_their_owner() {
        let jobs = queue(2, 1);
        let waiters = Arc::new(PlaceWaiters::default());
        let of_ada = jobs.reserve(&owner("ada").user_id, None).await.unwrap();
        let of_bob = jobs.reserve(&owner("bob").user_id, None).await.unwrap();
        let (line, queue) = (waiters.clone(), jobs.clone());
        let second_of_ada =
            tokio::spawn(async move { line.reserve(&queue, owner("ada"), PATIENCE).await });
        tokio::time::sleep(Duration::from_millis(20)).await;
        let (line, queue) = (waiters.clone(), jobs.clone());
        let of_eve =
            tokio::spawn(async move { line.reserve(&queue, owner("eve"), PATIENCE).await });
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(of_bob);
        let of_eve = of_eve.await.unwrap();
        assert!(of_eve.is_ok());
        assert!(!second_of_ada.is_finished());
        drop(of_ada);
        assert!(second_of_ada.await.unwrap().is_ok());
    }

    /// However many users it states, an address whose share is full is asked for once in a round.
    #[test]
    fn full_addresses_block_all_of_their_users() {
        let at = |name: &str, host: u8| {
            let address = std::net::IpAddr::from([192, 0, 2, host]);
            PlaceOwner {
                share: Some(ShareHolder::Address(address.into())),
                ..owner(name)
            }
        };
        let mut blocked = BlockedOwners::default();
        blocked.add(&at("ada", 1), &QueueError::ShareFull { limit: 1 });
        blocked.add(&at("bob", 2), &QueueError::UserFull { limit: 1 });
        assert!(blocked.contains(&at("eve", 1)) && blocked.contains(&at("bob", 2)));
        assert!(!blocked.contains(&at("eve", 2)) && !blocked.contains(&at("bob", 3)));
    }

    #[tokio::test]
    async fn patience_ends() {
        let jobs = queue(1, 1);
        let waiters = Arc::new(PlaceWaiters::default());
        let _held = jobs.reserve(&owner("ada").user_id, None).await.unwrap();
        for patience in [Duration::ZERO, Duration::from_millis(30)] {
            let refused = waiters.reserve(&jobs, owner("bob"), patience).await;
            assert!(matches!(refused, Err(QueueError::Full { limit: 1 })));
        }
    }
}
