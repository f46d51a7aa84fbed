//! Jobs and events.
//!
//! A broker has seven parts, each behind a trait: [`JobQueue`], [`EventStream`], [`WorkerRegistry`],
//! [`Hints`], [`Replies`], [`AnswerMemory`] and [`RateCounter`]. [`Broker`] holds one of each. There are two backends:
//! [`InProcessBroker`] for one machine and [`RedisBroker`] for many. The contract tests in `tests/`
//! say in code what each backend promises; a backend outside of this crate is one more line in their
//! list.
//!
//! The broker carries; the store remembers. A job names work that the store knows, so a broker that
//! loses its state loses no submission: [`JobQueue::recovery_due`] tells a worker when to
//! [`JobQueue::readmit`] what is open.
//!
//! # Fairness
//!
//! Clients take turns by share: an address has one, or an account or API key where requests prove
//! one. The users of a share take theirs within it, and the lanes of a user
//! within theirs; then it is first in first out. Turns are paid with slot time: the share that has
//! used the least goes next, jobs that still run included, and each turn costs at least
//! [`QueueSettings::turn_quantum`]. One that comes new, or back, starts where the others are. So
//! neither a thousand names nor a long run of one client makes another wait for more than a turn.
//!
//! Each worker has a reserve slot beyond its cores, for addresses that have nothing running
//! ([`JobQueue::lease_for_newcomer`]): one client that holds all other slots delays nobody's first job.
//!
//! Places are bounded too: all together, of one user and of one address, and the last tenth is for
//! addresses that have nothing waiting.
//!
//! # Hints
//!
//! Work that a user may ask for soon waits beside the lanes: one hint per user, handed out only while
//! the service is idle, and once.
//!
//! # Sequence numbers
//!
//! Each user has a stream of events whose numbers grow by exactly 1. The first number is the Unix
//! time in microseconds at which the stream was made, so numbers also grow over restarts (a user
//! would need a million events per second to outrun the clock) and stay below 2^53, the limit of
//! JavaScript's integers. A reader that keeps up gets every event. For a reader that is behind by more
//! than is remembered, events that later ones of the same submission supersede are dropped first: it
//! sees a gap, and gets every verdict. A reader that resumes after a number that the stream does not
//! remember gets [`StreamItem::Resync`].
//!
//! The load of the service ([`StreamItem::System`]) belongs to no user's stream and takes no number:
//! on the wire it repeats the reader's position. It is a state and not an event, so a reader that
//! missed one has missed nothing once the next arrives.
//!
//! # Invariants
//!
//! - No unbounded channel: jobs, events per user, remembered users, hints, waiting and kept runs all
//!   have a bound.
//! - A slow reader holds no copies and delays nobody; once the ring has passed it, it gets an error.
//! - No lock is held across an await, and nothing polls.

mod answers;
mod broker;
mod error;
mod events;
mod hints;
mod in_process;
mod jobs;
mod kept;
mod known_workers;
mod rates;
mod redis;
mod replies;
mod settings;
mod streams;
mod subscription;
mod sync;
mod turns;
mod waiting_job;
mod workers;

pub use answers::{AnswerClaim, AnswerMemory, AnswerSlot, StoredAnswer};
pub use broker::Broker;
pub use error::QueueError;
pub use events::EventStream;
pub use hints::Hints;
pub use in_process::InProcessBroker;
pub use jobs::{BuriedJob, CancelNews, JobQueue, Lease, LeaseId, Permit, ReleaseOptions};
pub use rates::{RateCounter, RateState};
pub use redis::RedisBroker;
pub use replies::{OwnedRun, Replies, RunWatch};
pub use settings::QueueSettings;
pub use subscription::{EventReader, Lagged, StreamItem, Subscription};
pub use waiting_job::{JobFilter, JobWork, WaitingJob};
pub use workers::{WorkerInfo, WorkerRegistry};
