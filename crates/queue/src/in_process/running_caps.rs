//! Caps on what users, or shares, have running.
//!
//! As many jobs of a cap's holder as the cap allows are *admitted*: they take turns, and run. The others
//! wait here in the order of arrival, and take the places of admitted ones that have ended. The cap that
//! holds is that of the last job that was held back: one that has been lowered, as by a flag, holds
//! for those that waited before as well.

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
    /// That of the last job that was held back.
    cap: u32,
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
        if capped.held_back.is_empty() && capped.admitted < cap.get() {
            capped.admitted += 1;
            return Ok(job);
        }
        capped.cap = cap.get();
        self.last_number += 1;
        capped.held_back.push_back(self.last_number);
        Err(self.held_back.entry(self.last_number).or_insert(job))
    }

    /// Counts an admitted job out, and returns those that are admitted then: several if the cap was
    /// raised.
    pub fn leave(&mut self, holder: &str) -> Vec<T> {
        let mut admitted = Vec::new();
        let Some(capped) = self.holders.get_mut(holder) else {
            return admitted;
        };
        capped.admitted = capped.admitted.saturating_sub(1);
        while capped.admitted < capped.cap
            && let Some(next) = capped.held_back.pop_front()
        {
            capped.admitted += 1;
            admitted.extend(self.held_back.remove(&next));
        }
        if capped.admitted == 0 {
            self.holders.remove(holder);
        }
        admitted
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

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(caps: &mut RunningCaps<u32>, cap: u32, job: u32) -> bool {
        let cap = NonZeroU32::new(cap).unwrap();
        caps.admit("ada".to_owned(), cap, job).is_ok()
    }

    #[test]
    fn a_lowered_cap_holds_for_those_that_wait_already() {
        let mut caps = RunningCaps::default();
        let admitted: Vec<bool> = (0..4).map(|job| offer(&mut caps, 2, job)).collect();
        assert_eq!(admitted, [true, true, false, false]);
        assert!(!offer(&mut caps, 1, 4), "flagged");
        assert!(caps.leave("ada").is_empty());
        assert_eq!(caps.leave("ada"), [2]);
        assert!(!offer(&mut caps, 1, 5));
        assert_eq!(caps.leave("ada"), [3]);
    }

    #[test]
    fn a_raised_cap_lets_nobody_overtake() {
        let mut caps = RunningCaps::default();
        assert!(offer(&mut caps, 1, 0));
        assert!(!offer(&mut caps, 1, 1));
        assert!(!offer(&mut caps, 3, 2));
        assert_eq!(caps.leave("ada"), [1, 2]);
        assert!(caps.leave("ada").is_empty());
        assert!(caps.leave("ada").is_empty());
        assert!(offer(&mut caps, 1, 3), "nobody is left");
    }
}
