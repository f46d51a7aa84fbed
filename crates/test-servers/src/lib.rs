//! Real servers for tests. Each test has its own, on a free port of the loopback and with its data in
//! a temporary folder, so tests run side by side without interfering.
//!
//! A server ends when its value is dropped, also by a panic; and when the process that started it
//! is killed, the kernel ends it (`setpriv --pdeathsig`). So it must be started on a thread that
//! lives as long as the test, such as the test's own.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod clock;
mod postgres;
mod process;
mod redis;

pub use clock::FakeClock;
pub use postgres::PostgresServer;
pub use redis::RedisServer;
