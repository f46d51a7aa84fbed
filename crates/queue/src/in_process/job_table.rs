use std::collections::{HashMap, HashSet, VecDeque};

use letscode_model::{Event, Job, JobId, JudgementKey, ShareHolder, UserId};

use super::running_caps::RunningCaps;
use super::turn_tree::{HasPath, TurnTree};
use crate::turns::{TurnPath, share_name};
use crate::{
    BuriedJob, JobFilter, Lease, LeaseId, QueueError, QueueSettings, ReleaseOptions, WaitingJob,
};

/// Number of buried jobs that are kept.
const MAX_BURIED: usize = 100;

/// Jobs that wait, and jobs that are leased. Does no locking, reads no clock and wakes nobody: `now`
/// is in milliseconds since any fixed time.
#[derive(Default)]
pub(super) struct JobTable {
    waiting: TurnTree<QueuedJob>,
    /// Jobs that wait for others of their user to end.
    caps: RunningCaps<QueuedJob>,
    /// Places reserved by permits that were not used yet.
    reserved: u32,
    /// Waiting jobs and reserved places by user, without users that have none.
    user_counts: HashMap<UserId, u32>,
    /// Waiting jobs and reserved places by share, without shares that have none.
    share_counts: HashMap<String, u32>,
    leased: HashMap<LeaseId, LeasedJob>,
    /// Judgements that wait or are leased.
    judgements: HashSet<JudgementKey>,
    /// Times at which positions were last published, of users to whom none may be published yet.
    position_times: HashMap<UserId, u64>,
    /// The last jobs that were given up, newest first.
    buried: VecDeque<BuriedJob>,
    last_lease: u64,
}

/// Terms on which positions are published.
#[derive(Debug, Clone, Copy)]
pub(super) struct PositionPace {
    /// Positions below this are published each.
    pub exact: u32,
    /// Least milliseconds between two of one user.
    pub interval: u64,
}

struct LeasedJob {
    queued: QueuedJob,
    /// Time up to which its slot time was charged.
    charged_until: u64,
}

struct QueuedJob {
    job: Job,
    deliveries: u32,
    /// The position that was published last.
    published_position: Option<u32>,
    published_at: u64,
}

impl HasPath for QueuedJob {
    fn path(&self) -> TurnPath {
        TurnPath::of(&self.job)
    }
}

impl QueuedJob {
    /// Returns the event that publishes a position to the owner, unless that was published last.
    /// There is none for ad-hoc runs: their owner waits for the reply.
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

    /// Publishes a position, unless it was published last.
    fn publish_position(&mut self, position: u32, now: u64, publish: impl Fn(&UserId, Event)) {
        if let Some((owner, event)) = self.position_event(position) {
            publish(owner, event);
            self.published_at = now;
        }
    }

    fn is_judge(&self) -> bool {
        matches!(self.job, Job::Judge { .. })
    }

    /// Returns true if a new position is to be published: each one below `exact`, and further back
    /// every tenth of the way. So the number of events per job is bounded, however many jobs are
    /// ahead of it.
    fn has_moved(&self, position: u32, exact: u32) -> bool {
        let moved_a_tenth = |last: u32| u64::from(position) * 10 <= u64::from(last) * 9;
        let is_near = position < exact && self.published_position != Some(position);
        is_near || self.published_position.is_none_or(moved_a_tenth)
    }
}

impl JobTable {
    /// Returns how many jobs wait and how many are leased.
    pub fn counts(&self) -> (u32, u32) {
        (self.waiting_count(), self.leased.len() as u32)
    }

    pub fn reserve(
        &mut self,
        user: &UserId,
        share: Option<&ShareHolder>,
        settings: &QueueSettings,
    ) -> Result<(), QueueError> {
        let places = self.waiting_count().saturating_add(self.reserved);
        let name = share_name(share);
        let of_share = self.share_counts.get(&name).copied().unwrap_or(0);
        let is_newcomer = of_share == 0;
        if places >= settings.max_waiting || (places >= settings.reserved_from() && !is_newcomer) {
            let limit = settings.max_waiting;
            return Err(QueueError::Full { limit });
        }
        if self.user_counts.get(user).copied().unwrap_or(0) >= settings.max_waiting_per_user {
            let limit = settings.max_waiting_per_user;
            return Err(QueueError::UserFull { limit });
        }
        if share.is_some() && of_share >= settings.max_waiting_per_share {
            let limit = settings.max_waiting_per_share;
            return Err(QueueError::ShareFull { limit });
        }
        self.reserved += 1;
        self.count_in(user, share);
        Ok(())
    }

    pub fn cancel_reservation(&mut self, user: &UserId, share: Option<&ShareHolder>) {
        self.reserved = self.reserved.saturating_sub(1);
        self.count_out(user, share);
    }

    fn count_in(&mut self, user: &UserId, share: Option<&ShareHolder>) {
        *self.user_counts.entry(user.clone()).or_default() += 1;
        *self.share_counts.entry(share_name(share)).or_default() += 1;
    }

    fn count_out(&mut self, user: &UserId, share: Option<&ShareHolder>) {
        decrease(&mut self.user_counts, user);
        decrease(&mut self.share_counts, &share_name(share));
    }

    /// Queues a job, unless its judgement is known already. Returns its position, which it also
    /// publishes.
    pub fn push_back(&mut self, job: Job, now: u64, publish: impl Fn(&UserId, Event)) -> u32 {
        if let Some(key) = judgement_of(&job)
            && !self.judgements.insert(key)
        {
            return 0;
        }
        self.count_in(job.user_id(), job.share());
        let queued = QueuedJob {
            deliveries: 0,
            published_position: None,
            published_at: now,
            job,
        };
        let last = self.waiting_count();
        let queued = match self.admit(queued) {
            Ok(queued) => queued,
            Err(held_back) => {
                held_back.publish_position(last, now, publish);
                return last;
            }
        };
        let path = queued.path();
        let (position, queued) = self.waiting.push(&path, queued, now);
        let position = position as u32;
        if let Some((owner, event)) = queued.and_then(|queued| queued.position_event(position)) {
            publish(owner, event);
        }
        position
    }

    /// Returns the job, or as an error its place where a cap holds it back.
    fn admit(&mut self, queued: QueuedJob) -> Result<QueuedJob, &mut QueuedJob> {
        match queued.job.terms().max_running {
            None => Ok(queued),
            Some(cap) => {
                let holder = queued.job.cap_holder();
                self.caps.admit(holder, cap, queued)
            }
        }
    }

    /// Admits the next jobs under a cap that one has left. Returns true if there are any.
    fn admit_after(&mut self, left: &Job, now: u64) -> bool {
        if left.terms().max_running.is_none() {
            return false;
        }
        let admitted = self.caps.leave(&left.cap_holder());
        let is_any = !admitted.is_empty();
        for next in admitted {
            self.waiting.push(&next.path(), next, now);
        }
        is_any
    }

    /// Number of jobs that wait, whether they may run or not.
    fn waiting_count(&self) -> u32 {
        u32::try_from(self.waiting.len() + self.caps.len()).unwrap_or(u32::MAX)
    }

    /// Leases the next job, if one waits; with `newcomers_only`, of an address that has nothing
    /// running. Each turn costs at least `quantum` milliseconds of slot time.
    pub fn take(&mut self, newcomers_only: bool, quantum: u64, now: u64) -> Option<Lease> {
        self.charge_running(now);
        let cost = |path: &TurnPath| quantum * path.cost();
        let (path, mut next) = self.waiting.pop(newcomers_only, cost)?;
        self.count_out(next.job.user_id(), next.job.share());
        next.deliveries += 1;
        next.published_position = None;
        self.last_lease += 1;
        let lease = Lease {
            id: LeaseId::new(self.last_lease.to_string()),
            job: next.job.clone(),
            deliveries: next.deliveries,
            is_only_job: self.waiting.has_one_item(&path.share),
        };
        let leased = LeasedJob {
            queued: next,
            charged_until: now + quantum,
        };
        self.leased.insert(lease.id.clone(), leased);
        Some(lease)
    }

    /// Charges the leased jobs for the slot time that they have used so far.
    fn charge_running(&mut self, now: u64) {
        for leased in self.leased.values_mut() {
            leased.charge(&mut self.waiting, now);
        }
    }

    /// Ends a lease. Returns true if another job may run now that could not before.
    pub fn ack(&mut self, lease: &LeaseId, now: u64) -> Result<bool, QueueError> {
        let is_admitted = self.admit_before_end(lease, now)?;
        self.end_lease(lease, now)?;
        Ok(is_admitted)
    }

    /// As [`JobTable::ack`], and keeps the job.
    pub fn bury(&mut self, lease: &LeaseId, reason: &str, now: u64) -> Result<bool, QueueError> {
        let is_admitted = self.admit_before_end(lease, now)?;
        let job = self.end_lease(lease, now)?;
        self.buried.truncate(MAX_BURIED - 1);
        self.buried.push_front(BuriedJob {
            job,
            reason: reason.to_owned(),
        });
        Ok(is_admitted)
    }

    pub fn buried(&self) -> Vec<BuriedJob> {
        self.buried.iter().rev().cloned().collect()
    }

    pub fn forget_buried(&mut self, user: &UserId) {
        self.buried.retain(|buried| buried.job.user_id() != user);
    }

    /// Admits the next job of the user whose lease is about to end. Afterwards the user would have
    /// nothing any more, and their turns would begin anew.
    fn admit_before_end(&mut self, lease: &LeaseId, now: u64) -> Result<bool, QueueError> {
        let leased = self.leased.get(lease).ok_or(QueueError::LeaseLost)?;
        let ending = leased.queued.job.clone();
        Ok(self.admit_after(&ending, now))
    }

    fn end_lease(&mut self, lease: &LeaseId, now: u64) -> Result<Job, QueueError> {
        let mut ended = self.leased.remove(lease).ok_or(QueueError::LeaseLost)?;
        ended.charge(&mut self.waiting, now);
        self.waiting.finish(&ended.queued.path(), now);
        if let Some(key) = judgement_of(&ended.queued.job) {
            self.judgements.remove(&key);
        }
        Ok(ended.queued.job)
    }

    /// Returns the owner of a leased job.
    pub fn user_of(&self, lease: &LeaseId) -> Result<&UserId, QueueError> {
        let leased = self.leased.get(lease).ok_or(QueueError::LeaseLost)?;
        Ok(leased.queued.job.user_id())
    }

    pub fn release(
        &mut self,
        lease: &LeaseId,
        options: ReleaseOptions,
        now: u64,
    ) -> Result<(), QueueError> {
        let mut released = self.leased.remove(lease).ok_or(QueueError::LeaseLost)?;
        released.charge(&mut self.waiting, now);
        let mut queued = released.queued;
        if !options.count_attempt {
            queued.deliveries -= 1;
        }
        self.count_in(queued.job.user_id(), queued.job.share());
        self.waiting.put_back(queued.path(), queued, now);
        Ok(())
    }

    /// Removes the first job that waits and matches.
    fn remove_waiting(&mut self, now: u64, matches: impl Fn(&Job) -> bool) -> Option<Job> {
        let removed = match self.waiting.remove(|queued| matches(&queued.job)) {
            Some(queued) => {
                self.admit_after(&queued.job, now);
                queued
            }
            None => self.caps.remove(|queued| matches(&queued.job))?,
        };
        self.count_out(removed.job.user_id(), removed.job.share());
        if let Some(key) = judgement_of(&removed.job) {
            self.judgements.remove(&key);
        }
        Some(removed.job)
    }

    /// Removes an ad-hoc run that still waits.
    pub fn remove_run(&mut self, run: JobId, now: u64) {
        self.remove_waiting(now, |job| matches!(job, Job::Run { id, .. } if *id == run));
    }

    /// Returns the ad-hoc runs of a user that wait or are leased.
    pub fn runs_of(&mut self, user: &UserId) -> Vec<JobId> {
        let run_of = |job: &Job| match job {
            Job::Run { id, user_id, .. } if user_id == user => Some(*id),
            _ => None,
        };
        let leased = self.leased.values();
        let mut runs: Vec<JobId> = leased
            .filter_map(|leased| run_of(&leased.queued.job))
            .collect();
        for_each_waiting(&mut self.waiting, &mut self.caps, |_, queued| {
            runs.extend(run_of(&queued.job));
        });
        runs
    }

    /// Removes a judgement that still waits. Returns false if it doesn't.
    pub fn remove_judgement(&mut self, key: JudgementKey, now: u64) -> bool {
        self.remove_waiting(now, |job| judgement_of(job) == Some(key))
            .is_some()
    }

    pub fn waiting(&mut self, filter: &JobFilter, limit: usize) -> Vec<WaitingJob> {
        let mut jobs = Vec::new();
        for_each_waiting(&mut self.waiting, &mut self.caps, |_, queued| {
            if jobs.len() < limit && filter.matches(&queued.job) {
                jobs.push(WaitingJob::from(&queued.job));
            }
        });
        jobs
    }

    /// Removes jobs that wait and match: at most `limit`.
    pub fn cancel_waiting(
        &mut self,
        filter: &JobFilter,
        limit: usize,
        now: u64,
    ) -> Vec<WaitingJob> {
        let mut cancelled = Vec::new();
        while cancelled.len() < limit
            && let Some(removed) = self.remove_waiting(now, |job| filter.matches(job))
        {
            cancelled.push(WaitingJob::from(&removed));
        }
        cancelled
    }

    /// Publishes positions that have changed: at once that a submission is next, and of the others of
    /// a user one in each interval, that which is out of date for longest. Among the first ones each
    /// change counts, further back those that have moved far. Returns true if some are left for later.
    pub fn publish_positions(
        &mut self,
        pace: PositionPace,
        now: u64,
        publish: impl Fn(&UserId, Event),
    ) -> bool {
        let times = &mut self.position_times;
        times.retain(|_, at| now < at.saturating_add(pace.interval));
        let mut due: HashMap<UserId, (u64, u32)> = HashMap::new();
        let mut is_unfinished = false;
        for_each_waiting(&mut self.waiting, &mut self.caps, |position, queued| {
            let position = position as u32;
            if position == 0 {
                queued.publish_position(position, now, &publish);
            } else if queued.is_judge() && queued.has_moved(position, pace.exact) {
                let user = queued.job.user_id();
                let oldest = due.get(user).map(|(published_at, _)| *published_at);
                is_unfinished |= oldest.is_some() || times.contains_key(user);
                let is_oldest = oldest.is_none_or(|oldest| queued.published_at < oldest);
                if is_oldest && !times.contains_key(user) {
                    due.insert(user.clone(), (queued.published_at, position));
                }
            }
        });
        for_each_waiting(&mut self.waiting, &mut self.caps, |position, queued| {
            let position = position as u32;
            let user = queued.job.user_id();
            if due.get(user).is_some_and(|(_, due)| *due == position) {
                queued.publish_position(position, now, &publish);
            }
        });
        times.extend(due.into_keys().map(|user| (user, now)));
        is_unfinished
    }
}

/// Visits all jobs that wait, those that a cap holds back last.
fn for_each_waiting(
    turns: &mut TurnTree<QueuedJob>,
    caps: &mut RunningCaps<QueuedJob>,
    mut visit: impl FnMut(usize, &mut QueuedJob),
) {
    turns.for_each(&mut visit);
    let admitted = turns.len();
    for (at, queued) in caps.iter_mut().enumerate() {
        visit(admitted + at, queued);
    }
}

impl LeasedJob {
    fn charge(&mut self, turns: &mut TurnTree<QueuedJob>, now: u64) {
        let used = now.saturating_sub(self.charged_until);
        if used > 0 {
            let path = self.queued.path();
            turns.charge(&path, used * path.cost());
            self.charged_until = now;
        }
    }
}

fn decrease<K: Eq + std::hash::Hash>(counts: &mut HashMap<K, u32>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

fn judgement_of(job: &Job) -> Option<JudgementKey> {
    match job {
        Job::Judge {
            submission_id,
            judgement,
            ..
        } => Some(JudgementKey {
            submission_id: *submission_id,
            number: *judgement,
        }),
        Job::Run { .. } => None,
    }
}

#[cfg(test)]
mod tests;
