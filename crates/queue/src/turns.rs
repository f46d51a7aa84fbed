//! The terms of turns that both backends share.

use letscode_model::{Job, Lane, ShareHolder};

/// Share of jobs that carry none, such as those recovered from the store. They take turns by user
/// within it, so that work of unknown origin can't crowd out any client.
pub(crate) const NO_SHARE: &str = "-";

/// Most milliseconds of slot time that a share which comes back still owes the others.
pub(crate) const MAX_DEBT: u64 = 10_000;

/// Place of a job in the order of turns: share, user within it, lane within that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TurnPath {
    pub share: String,
    pub user: String,
    pub lane: Lane,
}

impl TurnPath {
    pub fn of(job: &Job) -> Self {
        TurnPath {
            share: share_name(job.share()),
            user: job.user_id().0.clone(),
            lane: job.lane(),
        }
    }

    /// Names of the three levels.
    pub fn keys(&self) -> [&str; 3] {
        let lane = match self.lane {
            Lane::Interactive => "0",
            Lane::Normal => "1",
            Lane::Background => "2",
        };
        [&self.share, &self.user, lane]
    }

    /// Factor of slot time: a lane that costs more has turns less often.
    pub fn cost(&self) -> u64 {
        match self.lane {
            Lane::Interactive | Lane::Normal => 1,
            Lane::Background => 8,
        }
    }
}

/// Returns the name under which a share is counted.
pub(crate) fn share_name(share: Option<&ShareHolder>) -> String {
    share.map_or_else(|| NO_SHARE.to_owned(), ShareHolder::to_string)
}
