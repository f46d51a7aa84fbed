//! Shares the server's own processor time between addresses.
//!
//! Jobs have turns of their own in the queue. What reading, checking and answering requests takes is
//! measured here, and an address that used more than its share waits before its next request is
//! read, while there is work of another address. An address that is alone has the whole machine.

mod account;
mod metered_body;
mod pacer;
mod processor_time;
mod request;

pub(crate) use pacer::Pacer;
pub(crate) use processor_time::{spawn, spawn_blocking};
pub(crate) use request::pace_request;
