use std::collections::{HashMap, HashSet, VecDeque};

use letscode_model::{Event, Job, JobId, Lane, SubmissionId, UserId};

use super::turns::Turns;
use crate::{Buried, Lease, LeaseId, QueueError};

/// How many are kept that were given up.
const MAX_BURIED: usize = 100;

/// The lanes and what was handed out of them. No locks and no waking in here.
#[derive(Default)]
pub(super) struct Jobs {
    lanes: [Turns<Waiting>; Lane::ALL.len()],
    /// Places promised to permits that were not used yet.
    reserved: u32,
    /// Jobs that wait and places that are promised, by user; nobody with none.
    of_user: HashMap<UserId, u32>,
    leased: HashMap<LeaseId, Waiting>,
    /// Submissions that wait or are worked on.
    known: HashSet<SubmissionId>,
    /// The last jobs that were given up.
    buried: VecDeque<Buried>,
    next_lease: u64,
}

/// How many may wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub all: u32,
    pub of_one_user: u32,
}

/// What the time that a job was handed out means for it when it comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    Counts,
    IsUndone,
}

struct Waiting {
    job: Job,
    deliveries: u32,
    /// The position that its owner was told last.
    told: Option<u32>,
}

impl Waiting {
    /// The event that tells the owner of a position, unless that was told already. Snippets have
    /// an owner who is waiting anyway.
    fn tell(&mut self, position: u32) -> Option<(&UserId, Event)> {
        let Job::Judge {
            submission_id,
            user_id,
            ..
        } = &self.job
        else {
            return None;
        };
        if self.told.replace(position) == Some(position) {
            return None;
        }
        let event = Event::QueuePosition {
            submission_id: *submission_id,
            position,
        };
        Some((user_id, event))
    }

    /// Whether its owner has to hear of a new position: of each among the first, and far behind
    /// whenever a tenth of the way is done. So a job tells a bounded number of positions, however
    /// many wait before it.
    fn has_moved(&self, position: u32, first: u32) -> bool {
        let far = |told: u32| u64::from(position) * 10 <= u64::from(told) * 9;
        position < first || self.told.is_none_or(far)
    }
}

impl Jobs {
    fn lane(&mut self, lane: Lane) -> &mut Turns<Waiting> {
        let place = Lane::ALL.iter().position(|one| *one == lane);
        &mut self.lanes[place.unwrap_or(0)]
    }

    fn waiting(&self) -> u32 {
        self.lanes.iter().map(|lane| lane.len() as u32).sum()
    }

    /// How many wait and how many are being worked on.
    pub fn counts(&self) -> (u32, u32) {
        (self.waiting(), self.leased.len() as u32)
    }

    pub fn reserve(&mut self, user: &UserId, bounds: Bounds) -> Result<(), QueueError> {
        if self.waiting().saturating_add(self.reserved) >= bounds.all {
            return Err(QueueError::Full { limit: bounds.all });
        }
        if self.of_user.get(user).copied().unwrap_or(0) >= bounds.of_one_user {
            let limit = bounds.of_one_user;
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
        *self.of_user.entry(user.clone()).or_default() += 1;
    }

    fn count_out(&mut self, user: &UserId) {
        if let Some(count) = self.of_user.get_mut(user) {
            *count -= 1;
            if *count == 0 {
                self.of_user.remove(user);
            }
        }
    }

    pub fn push_back(&mut self, job: Job, publish: impl Fn(&UserId, Event)) -> u32 {
        if let Some(id) = submission_of(&job)
            && !self.known.insert(id)
        {
            return 0;
        }
        let user = job.user_id().clone();
        self.count_in(&user);
        let waiting = Waiting {
            deliveries: 0,
            told: None,
            job,
        };
        let (position, waiting) = self.lane(waiting.job.lane()).push(&user, waiting);
        let position = position as u32;
        if let Some((owner, event)) = waiting.and_then(|waiting| waiting.tell(position)) {
            publish(owner, event);
        }
        position
    }

    pub fn take(&mut self) -> Option<Lease> {
        let mut waiting = self.lanes.iter_mut().find_map(Turns::pop)?;
        self.count_out(waiting.job.user_id());
        waiting.deliveries += 1;
        waiting.told = None;
        self.next_lease += 1;
        let lease = Lease {
            id: LeaseId(self.next_lease.to_string()),
            job: waiting.job.clone(),
            deliveries: waiting.deliveries,
        };
        self.leased.insert(lease.id.clone(), waiting);
        Some(lease)
    }

    pub fn ack(&mut self, lease: &LeaseId) -> Result<(), QueueError> {
        self.end(lease).map(drop)
    }

    pub fn bury(&mut self, lease: &LeaseId, reason: &str) -> Result<(), QueueError> {
        let job = self.end(lease)?;
        self.buried.truncate(MAX_BURIED - 1);
        self.buried.push_front(Buried {
            job,
            reason: reason.to_owned(),
        });
        Ok(())
    }

    pub fn buried(&self) -> Vec<Buried> {
        self.buried.iter().rev().cloned().collect()
    }

    fn end(&mut self, lease: &LeaseId) -> Result<Job, QueueError> {
        let ended = self.leased.remove(lease).ok_or(QueueError::LeaseLost)?;
        if let Some(id) = submission_of(&ended.job) {
            self.known.remove(&id);
        }
        Ok(ended.job)
    }

    /// Whose job a lease is for, while it is held.
    pub fn user_of(&self, lease: &LeaseId) -> Result<&UserId, QueueError> {
        let leased = self.leased.get(lease).ok_or(QueueError::LeaseLost)?;
        Ok(leased.job.user_id())
    }

    pub fn release(&mut self, lease: &LeaseId, delivery: Delivery) -> Result<(), QueueError> {
        let mut waiting = self.leased.remove(lease).ok_or(QueueError::LeaseLost)?;
        if delivery == Delivery::IsUndone {
            waiting.deliveries -= 1;
        }
        self.count_in(waiting.job.user_id());
        self.lane(waiting.job.lane()).put_back(waiting);
        Ok(())
    }

    pub fn forget_snippet(&mut self, wanted: JobId) {
        let is_it =
            |waiting: &Waiting| matches!(waiting.job, Job::RunSnippet { id, .. } if id == wanted);
        if let Some(forgotten) = self.lane(Lane::Interactive).remove(is_it) {
            self.count_out(forgotten.job.user_id());
        }
    }

    /// Tells the owners of submissions where they are now: of those among the `first` each time they
    /// moved, of the others when they moved far.
    pub fn tell_positions(&mut self, first: usize, publish: impl Fn(&UserId, Event)) {
        for lane in &mut self.lanes {
            lane.for_each(|position, waiting| {
                let position = position as u32;
                if waiting.has_moved(position, first as u32)
                    && let Some((owner, event)) = waiting.tell(position)
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
