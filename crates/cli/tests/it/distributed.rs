//! `letscode api` and `letscode worker` with a real PostgreSQL and a real Redis: several of each are
//! one service, and what is killed or hangs loses nothing and doubles nothing.

use std::time::Duration;

use crate::support::distributed::{LEASE, Stores, runtime};
use crate::support::service::{Service, Stream};
use crate::support::{PATIENCE, eventually, jury};
use letscode_queue::{JobQueue, QueueSettings, ReleaseOptions};
use rustix::process::Signal;
use serde_json::Value;

/// Accepted, but takes more than a second for all 13 tests of A+B.
const SLOW: &str = "import time\ntime.sleep(0.1)\nprint(sum(map(int, input().split())))\n";

fn solution() -> String {
    std::fs::read_to_string(jury("aplusb/accepted/solution.py")).unwrap()
}

/// Everything that a user is told until the verdict, and then whatever else comes in a moment.
fn story(stream: &mut Stream, id: &str) -> Vec<Value> {
    let mut told = Vec::new();
    loop {
        let message = stream.next();
        if message["type"] == "system_status" {
            continue;
        }
        let is_end = message["data"]["verdict"].is_object();
        told.push(message);
        if is_end {
            assert_eq!(told.last().unwrap()["data"]["submissionId"], id);
            return told;
        }
    }
}

fn assert_no_gap(story: &[Value]) {
    let numbers: Vec<u64> = story
        .iter()
        .map(|one| one["seq"].as_u64().unwrap())
        .collect();
    let first = numbers[0];
    let expected = first..first + numbers.len() as u64;
    assert!(numbers.iter().copied().eq(expected), "{numbers:?}");
}

fn verdicts(story: &[Value]) -> usize {
    let verdict = |one: &&Value| one["data"]["verdict"].is_object();
    story.iter().filter(verdict).count()
}

/// The numbers of the tests of the last time that it was judged.
fn tests_told(story: &[Value]) -> Vec<u64> {
    let is_start = |one: &Value| one["data"]["status"] == "Compiling";
    let last = story.iter().rposition(is_start).unwrap();
    let tests = story[last..].iter();
    tests
        .filter_map(|one| one["data"]["currentTest"].as_u64())
        .collect()
}

fn assert_judged_once(submission: &Value) {
    assert_eq!(submission["status"], "Completed", "{submission}");
    assert_eq!(submission["verdict"]["status"], "Accepted", "{submission}");
    assert_eq!(submission["testResults"].as_array().unwrap().len(), 13);
}

/// Nothing waits, nothing is worked on.
fn is_idle(api: &Service) {
    eventually("it is idle", PATIENCE, || {
        let (_, status) = api.get("/api/status");
        match (status["queued"].as_u64(), status["running"].as_u64()) {
            (Some(0), Some(0)) => Ok(()),
            _ => Err(status.to_string()),
        }
    });
}

#[test]
fn any_api_server_tells_of_what_any_worker_does() {
    let stores = Stores::start();
    let [one, other] = ["one", "other"].map(|name| stores.api(name));
    assert_eq!(one.get("/readyz").0, 503, "there is no worker yet");
    let workers = ["left", "right"].map(|name| stores.worker(name));
    for service in [&one, &other, &workers[0], &workers[1]] {
        assert_eq!(service.get("/readyz").0, 200);
    }
    let mut streams = [one.stream(), other.stream()];
    let id = one.submit("aplusb", "python", &solution());
    let stories = streams.each_mut().map(|stream| story(stream, &id));
    assert_eq!(stories[0], stories[1]);
    assert_no_gap(&stories[0]);
    assert!(tests_told(&stories[0]).into_iter().eq(1..=13));
    assert_judged_once(&other.submission(&id));

    // Asked at one, answered there; many at once, each judged once.
    let answer = other.judge("aplusb", "python", "print(7)");
    assert_eq!(answer["verdict"]["status"], "Wrong Answer", "{answer}");
    let ids: Vec<String> = (0..8)
        .map(|_| one.submit("aplusb", "python", &solution()))
        .collect();
    for id in &ids {
        assert_judged_once(&other.verdict(id));
    }
    is_idle(&one);
    let found = |source: &str| -> u64 {
        let name = format!("letscode_packages_total{{source=\"{source}\"}}");
        workers.iter().map(|worker| worker.figure(&name)).sum()
    };
    assert_eq!(found("database") + found("memory"), 10);
    assert!(found("database") <= 2, "each worker fetches it once");
    assert_eq!(workers[0].get("/api/problems").0, 404, "no API here");
}

#[test]
fn a_worker_that_is_killed_loses_nothing() {
    let stores = Stores::start();
    let api = stores.api("api");
    let first = stores.worker("first");
    let mut stream = api.stream();
    let id = api.submit("aplusb", "python", SLOW);
    let mut told = Vec::new();
    while told
        .last()
        .is_none_or(|one: &Value| one["data"]["currentTest"] != 2)
    {
        let message = stream.next();
        if message["type"] != "system_status" {
            told.push(message);
        }
    }
    let second = stores.worker("second");
    first.kill();
    told.extend(story(&mut stream, &id));
    assert_no_gap(&told);
    assert_eq!(verdicts(&told), 1);
    assert!(tests_told(&told).into_iter().eq(1..=13), "{told:#?}");
    assert_judged_once(&api.submission(&id));
    is_idle(&api);
    drop(second);
}

#[test]
fn a_worker_that_comes_back_from_a_pause_changes_nothing() {
    let stores = Stores::start();
    let api = stores.api("api");
    let paused = stores.worker("paused");
    let mut stream = api.stream();
    let id = api.submit("aplusb", "python", SLOW);
    stream.first_test_of(&id);
    paused.signal(Signal::STOP);
    let other = stores.worker("other");
    let told = story(&mut stream, &id);
    assert_no_gap(&told);
    assert!(tests_told(&told).into_iter().eq(1..=13));
    let judged = api.submission(&id);
    assert_judged_once(&judged);
    paused.signal(Signal::CONT);
    // It goes on where it was, and finds that it has nothing to say; then it works again.
    eventually("both work", PATIENCE, || {
        let (_, status) = api.get("/api/status");
        match status["workers"].as_u64() {
            Some(2) => Ok(()),
            _ => Err(status.to_string()),
        }
    });
    std::thread::sleep(Duration::from_secs(LEASE + 1));
    assert_eq!(api.submission(&id), judged);
    let next = api.submit("aplusb", "python", "print(7)");
    let after = story(&mut stream, &next);
    assert_no_gap(&[&told[told.len() - 1..], &after[..]].concat());
    let of_old = after
        .iter()
        .filter(|one| one["data"]["submissionId"] == id.as_str());
    assert_eq!(of_old.count(), 0, "{after:#?}");
    is_idle(&api);
    drop(other);
}

/// Between the durable judgement and the event that tells of it, too.
#[test]
fn a_verdict_whose_worker_died_before_it_told_it_is_told() {
    let stores = Stores::start();
    let api = stores.api("api");
    assert_eq!(stores.worker("gone").terminate().code(), Some(0));
    let mut stream = api.stream();
    let id = api.submit("aplusb", "python", &solution());
    stores.judge_and_die(&id);
    let worker = stores.worker("worker");
    let told = story(&mut stream, &id);
    assert_no_gap(&told);
    let verdict = &told.last().unwrap()["data"]["verdict"];
    assert_eq!(verdict["status"], "Output Limit Exceeded", "{verdict}");
    assert_eq!(api.submission(&id)["verdict"], *verdict);
    is_idle(&api);
    // And by nobody else once more.
    let next = api.submit("aplusb", "python", &solution());
    let after = story(&mut stream, &next);
    assert_no_gap(&[&told[told.len() - 1..], &after[..]].concat());
    assert_eq!(verdicts(&after), 1);
    drop(worker);
}

/// As a submission does that kills its worker each time: in the end nobody tries it any more.
#[test]
fn what_ends_every_worker_ends_as_our_fault() {
    let stores = Stores::start();
    let api = stores.api("api");
    let worker = stores.worker("worker");
    assert_eq!(worker.terminate().code(), Some(0));
    let id = api.submit("aplusb", "python", &solution());
    let runtime = runtime();
    let queue = runtime.block_on(async {
        let queue = stores.queue(QueueSettings::default()).await;
        for _ in 0..5 {
            let lease = queue.lease().await.unwrap();
            queue
                .release(
                    lease.id,
                    ReleaseOptions {
                        count_attempt: true,
                    },
                )
                .await
                .unwrap();
        }
        queue
    });
    let worker = stores.worker("worker");
    let submission = api.verdict(&id);
    assert_eq!(submission["status"], "Failed", "{submission}");
    assert_eq!(submission["verdict"]["status"], "Internal Error");
    let next = api.submit("aplusb", "python", &solution());
    assert_judged_once(&api.verdict(&next));
    let buried = runtime.block_on(queue.buried()).unwrap();
    assert_eq!(buried.len(), 1, "{buried:?}");
    assert!(buried[0].reason.contains("5 times"), "{buried:?}");
    drop(worker);
}

#[test]
fn what_redis_forgets_the_database_knows() {
    let mut stores = Stores::start();
    let api = stores.api("api");
    // A worker has to have said what it can do, for anything to be accepted.
    assert_eq!(stores.worker("gone").terminate().code(), Some(0));
    let ids: Vec<String> = (0..3)
        .map(|_| api.submit("aplusb", "python", &solution()))
        .collect();
    stores.redis.kill();
    eventually("it is not ready", PATIENCE, || match api.get("/readyz") {
        (503, _) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    let body = serde_json::json!({"problemId": "aplusb", "language": "python", "code": "1"});
    assert_eq!(api.post("/api/submit", &body).0, 503);
    stores.redis.start_again_empty();
    let worker = stores.worker("worker");
    for id in &ids {
        assert_judged_once(&api.verdict(id));
    }
    is_idle(&api);
    drop(worker);
}

#[test]
fn sigterm_ends_each_role_and_keeps_what_was_begun() {
    let stores = Stores::start();
    let api = stores.api("api");
    let worker = stores.worker("worker");
    let mut stream = api.stream();
    let [judged, waits] = [(); 2].map(|()| api.submit("aplusb", "python", SLOW));
    stream.first_test_of(&judged);
    assert_eq!(worker.terminate().code(), Some(0));
    assert_judged_once(&api.submission(&judged));
    assert_eq!(api.submission(&waits)["status"], "Queued");
    assert_eq!(api.get("/readyz").0, 503, "the only worker took its leave");
    assert_eq!(api.terminate().code(), Some(0));

    let api = stores.api("api");
    let mut worker = stores.worker("worker");
    let mut stream = api.stream();
    stream.first_test_of(&waits);
    worker.signal(Signal::TERM);
    worker.signal(Signal::TERM);
    std::thread::sleep(Duration::from_millis(50));
    worker.signal(Signal::TERM);
    assert_eq!(worker.wait().code(), Some(130));
}
