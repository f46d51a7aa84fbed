use std::collections::{HashMap, HashSet, VecDeque};

use letscode_model::{Event, Job, JobId, Lane, SubmissionId, UserId};

use super::fair_queue::FairQueue;
use crate::{BuriedJob, Lease, LeaseId, QueueError, ReleaseOptions};

/// Number of buried jobs that are kept.
const MAX_BURIED: usize = 100;

/// Jobs that wait in lanes, and jobs that are leased. Does no locking and wakes nobody.
#[derive(Default)]
pub(super) struct JobTable {
    lanes: [FairQueue<QueuedJob>; Lane::ALL.len()],
    /// Places reserved by permits that were not used yet.
    reserved: u32,
    /// Waiting jobs and reserved places by user, without users that have none.
    user_counts: HashMap<UserId, u32>,
    leased: HashMap<LeaseId, QueuedJob>,
    /// Submissions that wait or are leased.
    submissions: HashSet<SubmissionId>,
    /// The last jobs that were given up, newest first.
    buried: VecDeque<BuriedJob>,
    last_lease: u64,
}

/// Bounds on the jobs that may wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct QueueBounds {
    pub total: u32,
    pub per_user: u32,
}

struct QueuedJob {
    job: Job,
    deliveries: u32,
    /// The position that was published last.
    published_position: Option<u32>,
}

impl QueuedJob {
    /// Returns the event that publishes a position to the owner, unless that was published last.
    /// There is none for snippets: their owner waits for the reply.
    fn position_event(&mut self, position: u32) -> Option<(&UserId, Event)> {
        let Job::Judge {
            submission_id,
            user_id,
            ..
        } = &self.job
        else {
            return None;
        };
        if self.published_position.replace(position) == Some(position) {
            return None;
        }
        let event = Event::QueuePosition {
            submission_id: *submission_id,
            position,
        };
        Some((user_id, event))
    }

    /// Returns true if a new position is to be published: each one below `exact`, and further back
    /// every tenth of the way. So the number of events per job is bounded, however many jobs are
    /// ahead of it.
    fn has_moved(&self, position: u32, exact: u32) -> bool {
        let moved_a_tenth = |last: u32| u64::from(position) * 10 <= u64::from(last) * 9;
        position < exact || self.published_position.is_none_or(moved_a_tenth)
    }
}

impl JobTable {
    fn lane(&mut self, lane: Lane) -> &mut FairQueue<QueuedJob> {
        let index = Lane::ALL.iter().position(|candidate| *candidate == lane);
        &mut self.lanes[index.unwrap_or(0)]
    }

    fn waiting(&self) -> u32 {
        self.lanes.iter().map(|lane| lane.len() as u32).sum()
    }

    /// Returns how many jobs wait and how many are leased.
    pub fn counts(&self) -> (u32, u32) {
        (self.waiting(), self.leased.len() as u32)
    }

    pub fn reserve(&mut self, user: &UserId, bounds: QueueBounds) -> Result<(), QueueError> {
        if self.waiting().saturating_add(self.reserved) >= bounds.total {
            let limit = bounds.total;
            return Err(QueueError::Full { limit });
        }
        if self.user_counts.get(user).copied().unwrap_or(0) >= bounds.per_user {
            let limit = bounds.per_user;
            return Err(QueueError::UserFull { limit });
        }
        self.reserved += 1;
        self.count_in(user);
        Ok(())
    }

    pub fn cancel_reservation(&mut self, user: &UserId) {
        self.reserved = self.reserved.saturating_sub(1);
        self.count_out(user);
    }

    fn count_in(&mut self, user: &UserId) {
        *self.user_counts.entry(user.clone()).or_default() += 1;
    }

    fn count_out(&mut self, user: &UserId) {
        if let Some(count) = self.user_counts.get_mut(user) {
            *count -= 1;
            if *count == 0 {
                self.user_counts.remove(user);
            }
        }
    }

    /// Queues a job, unless its submission is known already. Returns its position, which it also
    /// publishes.
    pub fn push_back(&mut self, job: Job, publish: impl Fn(&UserId, Event)) -> u32 {
        if let Some(id) = submission_of(&job)
            && !self.submissions.insert(id)
        {
            return 0;
        }
        let user = job.user_id().clone();
        self.count_in(&user);
        let queued = QueuedJob {
            deliveries: 0,
            published_position: None,
            job,
        };
        let (position, queued) = self.lane(queued.job.lane()).push(&user, queued);
        let position = position as u32;
        if let Some((owner, event)) = queued.and_then(|queued| queued.position_event(position)) {
            publish(owner, event);
        }
        position
    }

    /// Leases the next job, if one waits.
    pub fn take(&mut self) -> Option<Lease> {
        let mut next = self.lanes.iter_mut().find_map(FairQueue::pop)?;
        self.count_out(next.job.user_id());
        next.deliveries += 1;
        next.published_position = None;
        self.last_lease += 1;
        let lease = Lease {
            id: LeaseId::new(self.last_lease.to_string()),
            job: next.job.clone(),
            deliveries: next.deliveries,
        };
        self.leased.insert(lease.id.clone(), next);
        Some(lease)
    }

    pub fn ack(&mut self, lease: &LeaseId) -> Result<(), QueueError> {
        self.end_lease(lease).map(drop)
    }

    pub fn bury(&mut self, lease: &LeaseId, reason: &str) -> Result<(), QueueError> {
        let job = self.end_lease(lease)?;
        self.buried.truncate(MAX_BURIED - 1);
        self.buried.push_front(BuriedJob {
            job,
            reason: reason.to_owned(),
        });
        Ok(())
    }

    pub fn buried(&self) -> Vec<BuriedJob> {
        self.buried.iter().rev().cloned().collect()
    }

    fn end_lease(&mut self, lease: &LeaseId) -> Result<Job, QueueError> {
        let ended = self.leased.remove(lease).ok_or(QueueError::LeaseLost)?;
        if let Some(id) = submission_of(&ended.job) {
            self.submissions.remove(&id);
        }
        Ok(ended.job)
    }

    /// Returns the owner of a leased job.
    pub fn user_of(&self, lease: &LeaseId) -> Result<&UserId, QueueError> {
        let leased = self.leased.get(lease).ok_or(QueueError::LeaseLost)?;
        Ok(leased.job.user_id())
    }

    pub fn release(&mut self, lease: &LeaseId, options: ReleaseOptions) -> Result<(), QueueError> {
        let mut released = self.leased.remove(lease).ok_or(QueueError::LeaseLost)?;
        if !options.count_attempt {
            released.deliveries -= 1;
        }
        self.count_in(released.job.user_id());
        self.lane(released.job.lane()).put_back(released);
        Ok(())
    }

    /// Removes a snippet that still waits.
    pub fn remove_snippet(&mut self, snippet: JobId) {
        let is_snippet =
            |queued: &QueuedJob| matches!(queued.job, Job::RunSnippet { id, .. } if id == snippet);
        if let Some(removed) = self.lane(Lane::Interactive).remove(is_snippet) {
            self.count_out(removed.job.user_id());
        }
    }

    /// Publishes the positions that have changed: among the first `exact` of a lane each one, further
    /// back those that have moved far.
    pub fn publish_positions(&mut self, exact: usize, publish: impl Fn(&UserId, Event)) {
        for lane in &mut self.lanes {
            lane.for_each(|position, queued| {
                let position = position as u32;
                if queued.has_moved(position, exact as u32)
                    && let Some((owner, event)) = queued.position_event(position)
                {
                    publish(owner, event);
                }
            });
        }
    }
}

fn submission_of(job: &Job) -> Option<SubmissionId> {
    match job {
        Job::Judge { submission_id, .. } => Some(*submission_id),
        Job::RunSnippet { .. } => None,
    }
}
