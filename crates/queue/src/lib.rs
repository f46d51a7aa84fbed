//! Jobs and events.
//!
//! Everything is reached through the [`Queue`] trait; [`InProcessQueue`] is the implementation for
//! one machine, and [`RedisQueue`] the one for many. `tests/contract.rs` says in code what every implementation promises.
//!
//! The queue carries; the store remembers. A job names work that the store knows of, so losing a
//! queue loses no submission: whoever starts it again calls [`Queue::readmit`] for what is open.
//!
//! # Whose turn it is
//!
//! Lanes go by urgency. Within a lane users take turns, so that a thousand submissions of one person
//! delay nobody else's one by more than one. All jobs together and those of one user are bounded.
//!
//! # Hints
//!
//! What somebody may ask for soon goes beside the lanes: one for each user, given out only while
//! nothing else is to be done, and gone when it is given out.
//!
//! # Sequence numbers
//!
//! Each user has a stream of events whose numbers grow by exactly 1. The first number of a stream
//! is the Unix time in microseconds at which the stream was made, so numbers also grow over
//! restarts (a user would need a million events per second to outrun the clock) and stay below
//! 2^53, where JavaScript's integers end. A reader that keeps up is given every one. For one that is
//! behind by more than is remembered, what later events of the same submission make superfluous goes
//! first: it sees a gap, and gets every verdict. A reader that asks to go on after a number that the
//! stream does not remember is told so with [`Delivery::Resync`].
//!
//! The state of the system ([`Delivery::System`]) belongs to nobody's stream and takes no number
//! of it: on the wire it repeats the reader's position. It says how things are, not what happened,
//! so a reader who misses one has missed nothing once the next arrives.
//!
//! Invariants, as absences:
//! - No unbounded channel: jobs, events per user, remembered users, hints and waiting snippets all
//!   have a bound.
//! - A slow reader holds no copy of anything and delays nobody; it falls out of the ring and is told.
//! - No polling, and no lock is held across an await.

mod error;
mod events;
mod in_process;
mod queue;
mod redis;
mod registry;
mod ring;
mod settings;
mod snippets;
mod subscription;

pub use error::QueueError;
pub use in_process::InProcessQueue;
pub use queue::{Buried, Lease, LeaseId, Permit, Queue, WorkerInfo};
pub use redis::RedisQueue;
pub use settings::QueueSettings;
pub use snippets::SnippetWatch;
pub use subscription::{Delivery, Lagged, Subscription};
