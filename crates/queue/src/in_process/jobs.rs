use std::collections::{HashMap, VecDeque};

use letscode_model::{Event, Job, JobId, Lane, UserId};

use crate::{Lease, LeaseId, QueueError};

/// The lanes and what was handed out of them. No locks and no waking in here.
#[derive(Default)]
pub(super) struct Jobs {
    lanes: [VecDeque<Waiting>; Lane::ALL.len()],
    /// Places promised to permits that were not used yet.
    reserved: u32,
    leased: HashMap<LeaseId, Waiting>,
    next_lease: u64,
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
}

impl Jobs {
    fn lane(&mut self, lane: Lane) -> &mut VecDeque<Waiting> {
        match lane {
            Lane::Interactive => &mut self.lanes[0],
            Lane::Normal => &mut self.lanes[1],
        }
    }

    fn waiting(&self) -> u32 {
        self.lanes.iter().map(|lane| lane.len() as u32).sum()
    }

    /// How many wait and how many are being worked on.
    pub fn counts(&self) -> (u32, u32) {
        (self.waiting(), self.leased.len() as u32)
    }

    pub fn reserve(&mut self, limit: u32) -> bool {
        let free = self.waiting().saturating_add(self.reserved) < limit;
        self.reserved += u32::from(free);
        free
    }

    pub fn cancel_reservation(&mut self) {
        self.reserved = self.reserved.saturating_sub(1);
    }

    pub fn push_back(&mut self, job: Job, publish: impl Fn(&UserId, Event)) -> u32 {
        let lane = self.lane(job.lane());
        let position = lane.len() as u32;
        let mut waiting = Waiting {
            job,
            deliveries: 0,
            told: None,
        };
        if let Some((owner, event)) = waiting.tell(position) {
            publish(owner, event);
        }
        lane.push_back(waiting);
        position
    }

    pub fn take(&mut self) -> Option<Lease> {
        let mut waiting = self.lanes.iter_mut().find_map(VecDeque::pop_front)?;
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
        self.leased
            .remove(lease)
            .map(drop)
            .ok_or(QueueError::LeaseLost)
    }

    pub fn release(&mut self, lease: &LeaseId) -> Result<(), QueueError> {
        let waiting = self.leased.remove(lease).ok_or(QueueError::LeaseLost)?;
        self.lane(waiting.job.lane()).push_front(waiting);
        Ok(())
    }

    pub fn forget_snippet(&mut self, wanted: JobId) {
        let is_it =
            |waiting: &Waiting| matches!(waiting.job, Job::RunSnippet { id, .. } if id == wanted);
        let lane = self.lane(Lane::Interactive);
        if let Some(index) = lane.iter().position(is_it) {
            lane.remove(index);
        }
    }

    /// Tells the owners of the first submissions in the queue where they are now.
    pub fn tell_positions(&mut self, first: usize, publish: impl Fn(&UserId, Event)) {
        let lane = self.lane(Lane::Normal);
        for (position, waiting) in lane.iter_mut().take(first).enumerate() {
            if let Some((owner, event)) = waiting.tell(position as u32) {
                publish(owner, event);
            }
        }
    }
}
