use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Nanoseconds since 1970, each given once: to InfluxDB two points of one series and one time are
/// one point, and the second would take the place of the first.
pub fn unique_now() -> i64 {
    static LAST: AtomicI64 = AtomicI64::new(0);
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = i64::try_from(since.as_nanos()).unwrap_or(i64::MAX - 1);
    let next = |last: i64| now.max(last.saturating_add(1));
    let update = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
        Some(next(last))
    });
    // The closure never declines.
    update.map_or(now, next)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_time_is_given_twice() {
        let times = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..5_000).map(|_| unique_now()).collect::<Vec<_>>()))
                .collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect::<Vec<_>>()
        });
        let different: HashSet<_> = times.iter().collect();
        assert_eq!(different.len(), times.len());
    }
}
