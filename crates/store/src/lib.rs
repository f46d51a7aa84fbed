//! Submissions and problems, durable.
