//! Users with a cap on what they have running.
//!
//! As many of a user's jobs as the cap allows are *admitted*: they take turns, and run. The others wait
//! here, and each takes the place of an admitted one that has ended.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroU32;

use letscode_model::UserId;

/// Jobs of users with a cap. The others are not in here.
#[derive(Debug)]
pub(super) struct RunningCaps<T> {
    users: HashMap<UserId, CappedUser<T>>,
    held_back: usize,
}

#[derive(Debug)]
struct CappedUser<T> {
    admitted: u32,
    held_back: VecDeque<T>,
}

impl<T> Default for RunningCaps<T> {
    fn default() -> Self {
        RunningCaps {
            users: HashMap::new(),
            held_back: 0,
        }
    }
}

impl<T> RunningCaps<T> {
    /// Number of jobs that are held back.
    pub fn len(&self) -> usize {
        self.held_back
    }

    /// Admits a job and returns it, or holds it back and returns its place as an error.
    pub fn admit(&mut self, user: UserId, cap: NonZeroU32, job: T) -> Result<T, &mut T> {
        let capped = self.users.entry(user).or_insert(CappedUser {
            admitted: 0,
            held_back: VecDeque::new(),
        });
        if capped.admitted < cap.get() {
            capped.admitted += 1;
            return Ok(job);
        }
        self.held_back += 1;
        let at = capped.held_back.len();
        capped.held_back.push_back(job);
        Err(&mut capped.held_back[at])
    }

    /// Counts an admitted job out, and returns the one that is admitted in its place.
    pub fn leave(&mut self, user: &UserId) -> Option<T> {
        let capped = self.users.get_mut(user)?;
        if let Some(next) = capped.held_back.pop_front() {
            self.held_back -= 1;
            return Some(next);
        }
        capped.admitted = capped.admitted.saturating_sub(1);
        if capped.admitted == 0 {
            self.users.remove(user);
        }
        None
    }

    /// Removes the first job that is held back and matches.
    pub fn remove(&mut self, matches: impl Fn(&T) -> bool) -> Option<T> {
        let mut queues = self.users.values_mut().map(|user| &mut user.held_back);
        let removed = queues.find_map(|queue| {
            let at = queue.iter().position(&matches)?;
            queue.remove(at)
        })?;
        self.held_back -= 1;
        Some(removed)
    }

    /// Iterates over the jobs that are held back.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.users
            .values_mut()
            .flat_map(|user| user.held_back.iter_mut())
    }
}
