//! Lease, judge, store, publish. Nothing else.
