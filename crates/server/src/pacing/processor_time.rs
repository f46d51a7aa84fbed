//! Measures the processor time of requests, also of the tasks and threads that they start.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::task::JoinHandle;

use super::account::Account;

tokio::task_local! {
    static METER: Meter;
}

/// Counts the processor time of one request, and charges it to the address that sent it.
#[derive(Clone)]
pub(super) struct Meter {
    account: Arc<Account>,
    nanoseconds: Arc<AtomicU64>,
}

impl Meter {
    pub fn new(account: Arc<Account>) -> Self {
        Meter {
            account,
            nanoseconds: Arc::default(),
        }
    }

    /// Processor time that the request has used so far.
    pub fn used(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed))
    }

    /// Measures each step of a future, but not the time between them.
    pub async fn measure<T>(self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let meter = self.clone();
        let steps = poll_fn(move |context| meter.count(|| work.as_mut().poll(context)));
        METER.scope(self, steps).await
    }

    /// Measures a step.
    pub fn count<T>(&self, step: impl FnOnce() -> T) -> T {
        let began = thread_time();
        let result = step();
        let used = thread_time().saturating_sub(began);
        let nanoseconds = u64::try_from(used.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        self.account.charge(used);
        result
    }
}

/// As [`tokio::spawn`]; the task's time is that of the request that starts it.
pub(crate) fn spawn<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    match METER.try_with(Meter::clone) {
        Ok(meter) => tokio::spawn(meter.measure(work)),
        Err(_) => tokio::spawn(work),
    }
}

/// As [`tokio::task::spawn_blocking`]; the thread's time is that of the request that starts it.
pub(crate) fn spawn_blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    let meter = METER.try_with(Meter::clone).ok();
    tokio::task::spawn_blocking(move || match meter {
        Some(meter) => meter.count(work),
        None => work(),
    })
}

/// Processor time of this thread since it began.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanoseconds)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub const WORK: Duration = Duration::from_millis(30);

    pub fn compute() {
        let began = thread_time();
        while thread_time() - began < WORK {
            std::hint::spin_loop();
        }
    }

    async fn used_by(work: impl Future<Output = ()>) -> Duration {
        let meter = Meter::new(Arc::new(Account::new(1.0)));
        meter.clone().measure(work).await;
        meter.used()
    }

    #[tokio::test]
    async fn computing_counts_and_waiting_does_not() {
        let used = used_by(async {
            tokio::time::sleep(3 * WORK).await;
            compute();
            tokio::time::sleep(3 * WORK).await;
        });
        let used = used.await;
        assert!(used >= WORK && used < 2 * WORK, "{used:?}");
    }

    #[tokio::test]
    async fn tasks_and_threads_count_for_the_request_that_starts_them() {
        let used = used_by(async {
            let task = spawn(async { spawn_blocking(compute).await.unwrap() });
            task.await.unwrap();
            spawn_blocking(compute).await.unwrap();
        });
        let used = used.await;
        assert!(used >= 2 * WORK && used < 3 * WORK, "{used:?}");
    }
}
