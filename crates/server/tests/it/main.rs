//! Tests of the server by HTTP and WebSocket, in one binary: each test is a process of its own.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod access;
mod accounts;
mod attempts;
mod bodies;
mod common;
mod comparison;
mod connections;
mod contract;
mod disk;
mod erasure;
mod hints;
mod keys;
mod login_attempts;
mod oidc;
mod packages;
mod page;
mod rates;
mod refusals;
mod rest;
mod routing;
mod secrets;
mod sessions;
mod setters;
mod statements;
mod stream;
mod stream_rights;
mod trust;
