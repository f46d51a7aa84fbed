//! Jobs and events: lanes, leases, acks, streams.
