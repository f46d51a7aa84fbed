//! The terms of turns that both backends share.

use letscode_model::{Job, Lane};

/// Address of jobs that carry none, such as those recovered from the store. They take turns by user
/// within one share, so that work of unknown origin can't crowd out any client.
pub(crate) const NO_ADDRESS: &str = "-";

/// Most milliseconds of slot time that an address which comes back still owes the others.
pub(crate) const MAX_DEBT: u64 = 10_000;

/// Place of a job in the order of turns: address, user within it, lane within that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TurnPath {
    pub address: String,
    pub user: String,
    pub lane: Lane,
}

impl TurnPath {
    pub fn of(job: &Job) -> Self {
        TurnPath {
            address: address_name(job.address()),
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
        [&self.address, &self.user, lane]
    }

    /// Factor of slot time: a lane that costs more has turns less often.
    pub fn cost(&self) -> u64 {
        match self.lane {
            Lane::Interactive | Lane::Normal => 1,
            Lane::Background => 8,
        }
    }
}

/// Returns the name under which an address is counted.
pub(crate) fn address_name(address: Option<letscode_model::ClientAddress>) -> String {
    address.map_or_else(|| NO_ADDRESS.to_owned(), |address| address.to_string())
}
