//! The slots: each takes one job after another.
//!
//! A worker has as many permits as main slots, and more slots than permits. A slot without a permit is
//! a *reserve slot*: it only takes the job of an address that has nothing running, and only while all
//! main slots are busy. If one of them becomes free meanwhile, the job that runs in reserve takes over
//! its permit, so that the next newcomer finds the reserve free again.
//!
//! The reserve is for short jobs: one that runs for longer than [`SHORT_TIME`] gives it back and runs
//! on as a *long guest*, of whom there are few. So programs that sleep keep nobody else's short run
//! waiting for longer than that, until there are more such newcomers than guests are allowed.

use std::sync::Arc;
use std::time::Duration;

use letscode_judge::Priority;
use letscode_model::{Job, JudgementKey, Lane, SubmissionId, TurnTerms};
use letscode_queue::{Lease, QueueError, ReleaseOptions};
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::task::JoinSet;

use crate::error::{RETRY_PAUSE, WorkerError};
use crate::metrics::{self, BusySlot};
use crate::run::LeasedRun;
use crate::submission::LeasedJudgement;
use crate::violations::JobClient;
use crate::worker::{Worker, log_return};
use crate::{recovery, retention};

/// Deliveries of a job before it is given up: its worker died each time, or judging panicked. While
/// the store or the queue is out of reach a job waits for as long as that takes. Errors that the judge
/// can name end as Internal Error at once.
const MAX_DELIVERIES: u32 = 5;

/// Time for which a job may hold a reserve slot.
const SHORT_TIME: Duration = Duration::from_secs(1);

/// Jobs that run on beside the main slots after they have given back a reserve slot, for each of those.
const LONG_GUESTS: u32 = 3;

impl Worker {
    /// Works until `stop` becomes true; then finishes the jobs that it has leased.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let recovering = tokio::spawn(recovery::watch_over(
            self.store.clone(),
            self.broker.clone(),
        ));
        let deleting = tokio::spawn(retention::watch_over(self.store.clone(), self.retention));
        let reporting = tokio::spawn(metrics::report_slots(self.capacity, self.reserve));
        let mut tasks = JoinSet::new();
        let slots = Arc::new(SlotPermits::new(self.capacity, self.reserve));
        for _ in 0..self.capacity + self.reserve * (1 + LONG_GUESTS) {
            tasks.spawn(self.clone().run_slot(slots.clone(), stop.clone()));
        }
        tasks.spawn(self.clone().follow_hints(stop));
        while tasks.join_next().await.is_some() {}
        recovering.abort();
        reporting.abort();
        deleting.abort();
        if let Err(error) = self.broker.workers.withdraw(&self.id).await {
            tracing::warn!(%error, "the worker could not be withdrawn from the queue");
        }
    }

    async fn run_slot(self, slots: Arc<SlotPermits>, mut stop: watch::Receiver<bool>) {
        loop {
            let leased = tokio::select! {
                // First, or a slot goes on as long as there are jobs.
                biased;
                _ = stop.wait_for(|stop| *stop) => return,
                leased = self.lease(&slots) => leased,
            };
            match leased {
                Ok((lease, permit)) => self.work_in(&slots, permit, lease).await,
                Err(error) => {
                    tracing::error!(%error, "no job could be leased");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            }
        }
    }

    /// Waits for a job: any job with a main slot, or one of a newcomer in reserve. Safe to cancel.
    async fn lease<'a>(
        &self,
        slots: &'a SlotPermits,
    ) -> Result<(Lease, SlotPermit<'a>), QueueError> {
        let mut busy = slots.busy.subscribe();
        let newcomer = async {
            let permit = slots.take_reserve().await;
            slots.all_busy(&mut busy).await;
            let lease = self.broker.jobs.lease_for_newcomer().await?;
            Ok((lease, SlotPermit::Reserve(permit)))
        };
        let permit = tokio::select! {
            biased;
            permit = slots.take_main() => permit,
            leased = newcomer => return leased,
        };
        let lease = self.broker.jobs.lease().await?;
        Ok((
            lease,
            SlotPermit::Main(permit.map(|permit| slots.occupy(permit))),
        ))
    }

    async fn work_in(&self, slots: &SlotPermits, permit: SlotPermit<'_>, lease: Lease) {
        let reserve = match permit {
            SlotPermit::Main(_busy) => return self.work(lease).await,
            SlotPermit::Reserve(permit) => permit,
        };
        let mut work = std::pin::pin!(self.work(lease));
        let becomes_main = async {
            let in_reserve = async {
                tokio::time::sleep(SHORT_TIME).await;
                drop(reserve);
                std::future::pending().await
            };
            tokio::select! {
                freed = slots.take_main() => freed.map(|permit| slots.occupy(permit)),
                never = in_reserve => never,
            }
        };
        tokio::select! {
            () = &mut work => {}
            _busy = becomes_main => work.await,
        }
    }

    async fn work(&self, lease: Lease) {
        let _busy = BusySlot::occupy();
        let result = match self.check_deadly(&lease).await {
            Ok(()) => self.perform(&lease).await,
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            self.return_failed(lease, &error).await;
        }
    }

    /// Fails for a job that was handed out too often: each worker died of it, or was killed. The queue
    /// may have forgotten earlier times, with the process or in Redis; then the store counts them.
    async fn check_deadly(&self, lease: &Lease) -> Result<(), WorkerError> {
        let mut deliveries = lease.deliveries;
        if let (1, Some(id)) = (deliveries, recovered_submission(&lease.job)) {
            deliveries = self.store.count_attempt(id).await?;
        }
        if deliveries > MAX_DELIVERIES {
            return Err(WorkerError::Deadly(MAX_DELIVERIES));
        }
        Ok(())
    }

    async fn perform(&self, lease: &Lease) -> Result<(), WorkerError> {
        let priority = priority_of(lease);
        match lease.job.clone() {
            Job::Judge {
                submission_id,
                judgement,
                user_id,
                terms,
                ..
            } => {
                let judgement = LeasedJudgement {
                    key: JudgementKey {
                        submission_id,
                        number: judgement,
                    },
                    client: JobClient::now(user_id, terms),
                    lease: lease.id.clone(),
                    priority,
                };
                self.judge(judgement).await?;
                self.queue_next_rejudges().await;
                Ok(())
            }
            Job::Run {
                id,
                spec,
                user_id,
                terms,
            } => {
                let client = JobClient::now(user_id, terms);
                let run = LeasedRun {
                    id,
                    spec,
                    client,
                    lease: lease.id.clone(),
                    priority,
                };
                self.run_program(run).await
            }
        }
    }

    /// Returns a job that failed to the queue, or gives it up.
    async fn return_failed(&self, lease: Lease, error: &WorkerError) {
        let returned = if error.is_outage() {
            tracing::warn!(%error, job = ?lease.job, "a job waits for the end of an outage");
            tokio::time::sleep(RETRY_PAUSE).await;
            if let (1, Some(id)) = (lease.deliveries, recovered_submission(&lease.job)) {
                // After an error it counts.
                let _ = self.store.discount_attempt(id).await;
            }
            let options = ReleaseOptions {
                count_attempt: false,
            };
            self.broker.jobs.release(lease.id, options).await
        } else if lease.deliveries < MAX_DELIVERIES && !matches!(error, WorkerError::Deadly(_)) {
            tracing::error!(%error, job = ?lease.job, "a job failed and will be tried again");
            tokio::time::sleep(RETRY_PAUSE).await;
            let options = ReleaseOptions {
                count_attempt: true,
            };
            self.broker.jobs.release(lease.id, options).await
        } else {
            tracing::error!(%error, job = ?lease.job, "a job failed for the last time");
            self.give_up(lease, error).await
        };
        log_return(returned);
    }
}

/// Returns the submission of a job that was queued again from the store.
fn recovered_submission(job: &Job) -> Option<SubmissionId> {
    match job {
        Job::Judge {
            submission_id,
            terms: TurnTerms {
                is_recovered: true, ..
            },
            ..
        } => Some(*submission_id),
        _ => None,
    }
}

/// Work of a client that has more of it gives way to clients that have not: on a full worker the
/// reserve slot shares the cores with the others. Work that nobody waits for always gives way.
fn priority_of(lease: &Lease) -> Priority {
    if lease.is_only_job && lease.job.lane() != Lane::Background {
        Priority::Normal
    } else {
        Priority::Background
    }
}

/// The slot that a job has.
enum SlotPermit<'a> {
    Main(Option<BusyPermit<'a>>),
    Reserve(Option<SemaphorePermit<'a>>),
}

/// The permits of the slots.
struct SlotPermits {
    /// Of main slots.
    permits: Semaphore,
    /// Of reserve slots.
    reserve: Semaphore,
    /// Number of permits whose slots work on a job.
    busy: watch::Sender<u32>,
    count: u32,
}

impl SlotPermits {
    fn new(count: u32, reserve: u32) -> Self {
        SlotPermits {
            permits: Semaphore::new(count as usize),
            reserve: Semaphore::new(reserve as usize),
            busy: watch::Sender::new(0),
            count,
        }
    }

    fn occupy<'a>(&'a self, permit: SemaphorePermit<'a>) -> BusyPermit<'a> {
        self.busy.send_modify(|busy| *busy += 1);
        BusyPermit {
            busy: &self.busy,
            _permit: permit,
        }
    }

    /// Returns `None` when the worker ends.
    async fn take_main(&self) -> Option<SemaphorePermit<'_>> {
        self.permits.acquire().await.ok()
    }

    /// Returns `None` when the worker ends.
    async fn take_reserve(&self) -> Option<SemaphorePermit<'_>> {
        self.reserve.acquire().await.ok()
    }

    /// Waits until every main slot works on a job.
    async fn all_busy(&self, busy: &mut watch::Receiver<u32>) {
        // An error means that the worker ends.
        let _ = busy.wait_for(|busy| *busy >= self.count).await;
    }
}

/// A permit whose slot works on a job.
struct BusyPermit<'a> {
    busy: &'a watch::Sender<u32>,
    _permit: SemaphorePermit<'a>,
}

impl Drop for BusyPermit<'_> {
    fn drop(&mut self) {
        self.busy.send_modify(|busy| *busy -= 1);
    }
}
