use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use letscode_model::{JobId, KeptRun, UserId};

use crate::kept::{MAX_KEPT_BYTES, MAX_KEPT_BYTES_OF_OWNER, MAX_KEPT_RUNS, kept_size};

/// Runs that are kept for a time, in the order in which they were kept.
#[derive(Default)]
pub(super) struct KeptRuns {
    entries: HashMap<JobId, KeptEntry>,
    /// Ids in the order of their last change; with those that are gone, or are there again further on.
    order: VecDeque<(JobId, u64)>,
    owner_bytes: HashMap<UserId, usize>,
    bytes: usize,
    last_change: u64,
}

struct KeptEntry {
    run: KeptRun,
    owner: UserId,
    size: usize,
    change: u64,
    ends: Instant,
}

impl KeptRuns {
    pub fn keep(&mut self, owner: &UserId, run: KeptRun, keep_for: Duration, now: Instant) {
        self.remove(run.id);
        self.remove_expired(now);
        let size = kept_size(&run);
        let is_full = |runs: &KeptRuns| {
            runs.bytes + size > MAX_KEPT_BYTES || runs.entries.len() >= MAX_KEPT_RUNS
        };
        while self.of_owner(owner) > 0 && self.of_owner(owner) + size > MAX_KEPT_BYTES_OF_OWNER {
            self.remove_oldest(|entry| entry.owner == *owner);
        }
        while !self.entries.is_empty() && is_full(self) {
            self.remove_oldest(|_| true);
        }
        self.last_change += 1;
        let entry = KeptEntry {
            owner: owner.clone(),
            size,
            change: self.last_change,
            ends: now + keep_for,
            run,
        };
        self.bytes += size;
        *self.owner_bytes.entry(owner.clone()).or_default() += size;
        self.order.push_back((entry.run.id, self.last_change));
        self.entries.insert(entry.run.id, entry);
    }

    pub fn get(&self, id: JobId, now: Instant) -> Option<&KeptRun> {
        let entry = self.entries.get(&id)?;
        (entry.ends > now).then_some(&entry.run)
    }

    fn of_owner(&self, owner: &UserId) -> usize {
        self.owner_bytes.get(owner).copied().unwrap_or(0)
    }

    fn remove_oldest(&mut self, is_candidate: impl Fn(&KeptEntry) -> bool) {
        let is_current = |(id, change): &&(JobId, u64)| {
            let entry = self.entries.get(id);
            entry.is_some_and(|entry| entry.change == *change && is_candidate(entry))
        };
        let oldest = self.order.iter().find(is_current).map(|(id, _)| *id);
        if let Some(id) = oldest {
            self.remove(id);
        }
    }

    /// Removes the expired at the front; later ones may have been kept for a shorter time, and go when
    /// they are at the front.
    fn remove_expired(&mut self, now: Instant) {
        while let Some((id, change)) = self.order.front().copied() {
            let entry = self.entries.get(&id).filter(|entry| entry.change == change);
            match entry {
                Some(entry) if entry.ends > now => return,
                Some(_) => self.remove(id),
                None => {}
            }
            self.order.pop_front();
        }
    }

    pub fn remove(&mut self, id: JobId) {
        let Some(entry) = self.entries.remove(&id) else {
            return;
        };
        self.bytes -= entry.size;
        if let Some(bytes) = self.owner_bytes.get_mut(&entry.owner) {
            *bytes -= entry.size;
            if *bytes == 0 {
                self.owner_bytes.remove(&entry.owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use letscode_model::{RunReport, RunStatus, TextEncoding};

    use super::*;

    fn run(bytes: usize) -> KeptRun {
        KeptRun {
            id: JobId::random(),
            status: RunStatus::Completed,
            encoding: TextEncoding::Utf8,
            report: Some(RunReport::failed("x".repeat(bytes))),
        }
    }

    #[test]
    fn runs_are_kept_for_their_time() {
        let mut runs = KeptRuns::default();
        let (owner, now) = (UserId("ada".into()), Instant::now());
        let second = Duration::from_secs(1);
        let (long, short) = (run(1), run(1));
        runs.keep(&owner, long.clone(), 3 * second, now);
        runs.keep(&owner, short.clone(), second, now);
        assert_eq!(runs.get(long.id, now), Some(&long));
        assert_eq!(runs.get(short.id, now + second), None);
        runs.keep(&owner, run(1), second, now + 4 * second);
        assert_eq!(runs.entries.len(), 1, "the expired are gone");
        assert_eq!(runs.bytes, runs.of_owner(&owner));
    }

    #[test]
    fn owners_only_displace_their_own_runs() {
        let mut runs = KeptRuns::default();
        let (ada, bob) = (UserId("ada".into()), UserId("bob".into()));
        let (now, hour) = (Instant::now(), Duration::from_secs(3600));
        let of_ada = run(1);
        runs.keep(&ada, of_ada.clone(), hour, now);
        let first_of_bob = run(20 << 20);
        runs.keep(&bob, first_of_bob.clone(), hour, now);
        runs.keep(&bob, run(20 << 20), hour, now);
        assert!(runs.get(of_ada.id, now).is_some());
        assert!(runs.get(first_of_bob.id, now).is_none());
        assert!(runs.of_owner(&bob) <= MAX_KEPT_BYTES_OF_OWNER);
    }
}
