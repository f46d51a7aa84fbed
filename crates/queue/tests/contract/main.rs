//! The contract of a broker. Each promise is an async function over a [`Broker`], and runs for every
//! backend: another one joins by a line in [`for_every_backend`].
#![allow(clippy::unwrap_used, reason = "a test may panic")]

/// Makes a test of each promise for each backend.
macro_rules! for_every_backend {
    ($($promise:ident),+ $(,)?) => {
        for_backend!(in_process: $($promise),+);
        for_backend!(redis: $($promise),+);
    };
}

macro_rules! for_backend {
    ($backend:ident: $($promise:ident),+) => {
        mod $backend {
            $(#[tokio::test]
            async fn $promise() {
                let backend = crate::backends::$backend().await;
                super::$promise(&backend.broker).await;
            })+
        }
    };
}

mod answers;
mod backends;
mod events;
mod fairness;
mod hints;
mod jobs;
mod rates;
mod replies;
mod samples;
mod workers;
