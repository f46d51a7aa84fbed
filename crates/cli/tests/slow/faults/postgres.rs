//! The database is down for some time.

use std::thread;
use std::time::{Duration, Instant};

use super::{SLOW, solution, try_to_submit};
use crate::support::distributed::Stores;
use crate::support::service::assert_judged_once;
use crate::support::{TIMEOUT, eventually};

/// Length of the outage in seconds; `LETSCODE_OUTAGE` changes it.
const OUTAGE: u64 = 8;

#[test]
fn database_outages_lose_nothing() {
    let long = std::env::var("LETSCODE_OUTAGE").map_or(OUTAGE, |text| text.parse().unwrap());
    let mut stores = Stores::start();
    let api = stores.api("api");
    let worker = stores.worker("worker");
    let mut stream = api.stream();
    let ids: Vec<String> = (0..4)
        .map(|_| api.submit("aplusb", "python", SLOW))
        .collect();
    stream.first_test_of(&ids[0]);
    let began = Instant::now();
    stores.postgres.kill();
    eventually("it is not ready", TIMEOUT, || match api.get("/readyz") {
        (503, _) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    assert_eq!(api.get("/healthz").0, 200, "no reason to restart it");
    let refusal = try_to_submit(&api, &solution()).err().unwrap();
    assert_eq!(refusal.kind, "urn:letscode:problem:not-ready");
    assert!((1..=60).contains(&refusal.retry_after));
    thread::sleep(Duration::from_secs(long).saturating_sub(began.elapsed()));
    stores.postgres.start_again();
    for id in &ids {
        assert_judged_once(&api.verdict(id));
    }
    assert_eq!(api.get("/readyz").0, 200);
    let next = api.submit("aplusb", "python", &solution());
    assert_judged_once(&api.verdict(&next));
    api.wait_until_idle();
    drop(worker);
}
