//! Caps on what users, or shares, have running.
//!
//! As many jobs of a cap's holder as the cap allows are *admitted*: they take turns, and run. The others
//! wait here, and each takes the place of an admitted one that has ended.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::num::NonZeroU32;

/// Jobs with a cap. The others are not in here.
#[derive(Debug)]
pub(super) struct RunningCaps<T> {
    holders: HashMap<String, CapHolder>,
    /// Jobs that are held back, in the order of arrival.
    held_back: BTreeMap<u64, T>,
    last_number: u64,
}

#[derive(Debug, Default)]
struct CapHolder {
    admitted: u32,
    /// Numbers of the jobs that are held back.
    held_back: VecDeque<u64>,
}

impl<T> Default for RunningCaps<T> {
    fn default() -> Self {
        RunningCaps {
            holders: HashMap::new(),
            held_back: BTreeMap::new(),
            last_number: 0,
        }
    }
}

impl<T> RunningCaps<T> {
    /// Number of jobs that are held back.
    pub fn len(&self) -> usize {
        self.held_back.len()
    }

    /// Admits a job and returns it, or holds it back and returns its place as an error.
    pub fn admit(&mut self, holder: String, cap: NonZeroU32, job: T) -> Result<T, &mut T> {
        let capped = self.holders.entry(holder).or_default();
        if capped.admitted < cap.get() {
            capped.admitted += 1;
            return Ok(job);
        }
        self.last_number += 1;
        capped.held_back.push_back(self.last_number);
        Err(self.held_back.entry(self.last_number).or_insert(job))
    }

    /// Counts an admitted job out, and returns the one that is admitted in its place.
    pub fn leave(&mut self, holder: &str) -> Option<T> {
        let capped = self.holders.get_mut(holder)?;
        if let Some(next) = capped.held_back.pop_front() {
            return self.held_back.remove(&next);
        }
        capped.admitted = capped.admitted.saturating_sub(1);
        if capped.admitted == 0 {
            self.holders.remove(holder);
        }
        None
    }

    /// Removes the first job that is held back and matches.
    pub fn remove(&mut self, matches: impl Fn(&T) -> bool) -> Option<T> {
        let mut held_back = self.held_back.iter();
        let number = held_back.find_map(|(number, job)| matches(job).then_some(*number))?;
        for capped in self.holders.values_mut() {
            capped.held_back.retain(|held_back| *held_back != number);
        }
        self.held_back.remove(&number)
    }

    /// Iterates over the jobs that are held back, in the order of arrival.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.held_back.values_mut()
    }
}
