//! `letscode api` and `letscode worker` with a real PostgreSQL and a real Redis: several of each form
//! one service; if one is killed or hangs, nothing is lost and nothing is done twice.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::support::distributed::{LEASE, Stores, runtime};
use crate::support::service::{Service, Stream, assert_judged_once};
use crate::support::{LETSCODE, TIMEOUT, eventually, jury};
use letscode_queue::{JobQueue, QueueSettings, ReleaseOptions};
use rustix::process::Signal;
use serde_json::Value;

/// Accepted, but takes more than a second for all 13 tests of A+B.
const SLOW: &str = "import time\ntime.sleep(0.1)\nprint(sum(map(int, input().split())))\n";

fn solution() -> String {
    std::fs::read_to_string(jury("aplusb/accepted/solution.py")).unwrap()
}

/// Returns a user's events up to the verdict.
fn events_until_verdict(stream: &mut Stream, id: &str) -> Vec<Value> {
    let mut events = Vec::new();
    loop {
        let message = stream.next();
        if message["type"] == "system_status" {
            continue;
        }
        let is_end = message["data"]["verdict"].is_object();
        events.push(message);
        if is_end {
            assert_eq!(events.last().unwrap()["data"]["submissionId"], id);
            return events;
        }
    }
}

fn assert_no_gap(events_until_verdict: &[Value]) {
    let numbers: Vec<u64> = events_until_verdict
        .iter()
        .map(|event| event["seq"].as_u64().unwrap())
        .collect();
    let first = numbers[0];
    let expected = first..first + numbers.len() as u64;
    assert!(numbers.iter().copied().eq(expected), "{numbers:?}");
}

fn verdicts(events_until_verdict: &[Value]) -> usize {
    let verdict = |event: &&Value| event["data"]["verdict"].is_object();
    events_until_verdict.iter().filter(verdict).count()
}

/// Returns the test numbers of the last judging.
fn last_test_numbers(events_until_verdict: &[Value]) -> Vec<u64> {
    let is_start = |event: &Value| event["data"]["status"] == "Compiling";
    let last = events_until_verdict.iter().rposition(is_start).unwrap();
    let tests = events_until_verdict[last..].iter();
    tests
        .filter_map(|event| event["data"]["currentTest"].as_u64())
        .collect()
}

/// Returns the command of a worker with the defaults of its address and its folder.
fn plain_worker(stores: &Stores, folder: &Path) -> Command {
    let mut command = Command::new(LETSCODE);
    command
        .args(["worker", "--workers", "1", "--warm-cells", "0"])
        .current_dir(folder)
        .env("LETSCODE_DATABASE", stores.postgres.url())
        .env("LETSCODE_REDIS", stores.redis.url())
        .env("LETSCODE_COMPILE_CACHE", "0")
        .env("RUST_LOG", "warn");
    command
}

#[test]
fn workers_of_one_machine_have_defaults_that_do_not_collide() {
    let stores = Stores::start();
    let [first_folder, second_folder] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let first = Service::spawn(plain_worker(&stores, first_folder.path()));
    let second = Service::spawn(plain_worker(&stores, second_folder.path()));
    assert_ne!(first.address(), second.address());
    assert!(first_folder.path().join("worker-data/packages").is_dir());
    assert_eq!(second.get("/readyz").1["workers"], 2);

    let third = plain_worker(&stores, first_folder.path()).output().unwrap();
    let message = String::from_utf8(third.stderr).unwrap();
    assert_eq!(third.status.code(), Some(2), "{message}");
    for part in ["./worker-data", "in use by another `letscode`", "--data"] {
        assert!(message.contains(part), "{message}");
    }
    // Started as root, it may no longer read root's password file, and needs none here.
    assert!(!message.contains("pgpass"), "{message}");
}

#[test]
fn all_api_servers_publish_all_workers_events() {
    let stores = Stores::start();
    let [event, second_worker] = ["one", "other"].map(|name| stores.api(name));
    assert_eq!(event.get("/readyz").0, 503, "there is no worker yet");
    let workers = ["left", "right"].map(|name| stores.worker(name));
    for service in [&event, &second_worker, &workers[0], &workers[1]] {
        assert_eq!(service.get("/readyz").0, 200);
    }
    let mut streams = [event.stream(), second_worker.stream()];
    let id = event.submit("aplusb", "python", &solution());
    let stories = streams
        .each_mut()
        .map(|stream| events_until_verdict(stream, &id));
    assert_eq!(stories[0], stories[1]);
    assert_no_gap(&stories[0]);
    assert!(last_test_numbers(&stories[0]).into_iter().eq(1..=13));
    assert_judged_once(&second_worker.submission(&id));

    // Submitted at one server and answered there; many at once, each judged once.
    let answer = second_worker.judge("aplusb", "python", "print(7)");
    assert_eq!(answer["verdict"]["status"], "Wrong Answer", "{answer}");
    let ids: Vec<String> = (0..8)
        .map(|_| event.submit("aplusb", "python", &solution()))
        .collect();
    for id in &ids {
        assert_judged_once(&second_worker.verdict(id));
    }
    event.wait_until_idle();
    let count = |source: &str| -> u64 {
        let name = format!("letscode_packages_total{{source=\"{source}\"}}");
        workers.iter().map(|worker| worker.metric(&name)).sum()
    };
    assert_eq!(count("database") + count("memory"), 10);
    assert!(count("database") <= 2, "each worker fetches it once");
    assert_eq!(workers[0].get("/api/problems").0, 404, "no API here");
}

#[test]
fn killed_workers_lose_nothing() {
    let stores = Stores::start();
    let api = stores.api("api");
    let first = stores.worker("first");
    let mut stream = api.stream();
    let id = api.submit("aplusb", "python", SLOW);
    let mut events = Vec::new();
    while events
        .last()
        .is_none_or(|event: &Value| event["data"]["currentTest"] != 2)
    {
        let message = stream.next();
        if message["type"] != "system_status" {
            events.push(message);
        }
    }
    let second = stores.worker("second");
    first.kill();
    events.extend(events_until_verdict(&mut stream, &id));
    assert_no_gap(&events);
    assert_eq!(verdicts(&events), 1);
    assert!(
        last_test_numbers(&events).into_iter().eq(1..=13),
        "{events:#?}"
    );
    assert_judged_once(&api.submission(&id));
    api.wait_until_idle();
    drop(second);
}

#[test]
fn paused_workers_change_nothing() {
    let stores = Stores::start();
    let api = stores.api("api");
    let paused = stores.worker("paused");
    let mut stream = api.stream();
    let id = api.submit("aplusb", "python", SLOW);
    stream.first_test_of(&id);
    paused.signal(Signal::STOP);
    let second_worker = stores.worker("other");
    let events = events_until_verdict(&mut stream, &id);
    assert_no_gap(&events);
    assert!(last_test_numbers(&events).into_iter().eq(1..=13));
    let judged = api.submission(&id);
    assert_judged_once(&judged);
    paused.signal(Signal::CONT);
    // It continues, its result is discarded, and then it takes new jobs.
    eventually("both work", TIMEOUT, || {
        let (_, status) = api.get("/api/status");
        match status["workers"].as_u64() {
            Some(2) => Ok(()),
            _ => Err(status.to_string()),
        }
    });
    std::thread::sleep(Duration::from_secs(LEASE + 1));
    assert_eq!(api.submission(&id), judged);
    let next = api.submit("aplusb", "python", "print(7)");
    let after = events_until_verdict(&mut stream, &next);
    assert_no_gap(&[&events[events.len() - 1..], &after[..]].concat());
    let of_old = after
        .iter()
        .filter(|event| event["data"]["submissionId"] == id.as_str());
    assert_eq!(of_old.count(), 0, "{after:#?}");
    api.wait_until_idle();
    drop(second_worker);
}

/// Also if the worker dies between storing the judgement and publishing the event.
#[test]
fn stored_verdicts_are_published_after_a_crash() {
    let stores = Stores::start();
    let api = stores.api("api");
    assert_eq!(stores.worker("gone").terminate().code(), Some(0));
    let mut stream = api.stream();
    let id = api.submit("aplusb", "python", &solution());
    stores.judge_and_die(&id);
    let worker = stores.worker("worker");
    let events = events_until_verdict(&mut stream, &id);
    assert_no_gap(&events);
    let verdict = &events.last().unwrap()["data"]["verdict"];
    assert_eq!(verdict["status"], "Output Limit Exceeded", "{verdict}");
    assert_eq!(api.submission(&id)["verdict"], *verdict);
    api.wait_until_idle();
    // And it is published only once.
    let next = api.submit("aplusb", "python", &solution());
    let after = events_until_verdict(&mut stream, &next);
    assert_no_gap(&[&events[events.len() - 1..], &after[..]].concat());
    assert_eq!(verdicts(&after), 1);
    drop(worker);
}

/// Like a submission that kills its worker each time: in the end it is not tried again.
#[test]
fn submissions_that_kill_workers_end_as_internal_errors() {
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
fn jobs_survive_the_loss_of_redis() {
    let mut stores = Stores::start();
    let api = stores.api("api");
    // Submissions are accepted only after a worker has announced its languages.
    assert_eq!(stores.worker("gone").terminate().code(), Some(0));
    let ids: Vec<String> = (0..3)
        .map(|_| api.submit("aplusb", "python", &solution()))
        .collect();
    stores.redis.kill();
    eventually("it is not ready", TIMEOUT, || match api.get("/readyz") {
        (503, _) => Ok(()),
        second_worker => Err(format!("{second_worker:?}")),
    });
    let body = serde_json::json!({"problemId": "aplusb", "language": "python", "code": "1"});
    assert_eq!(api.post("/api/submit", &body).0, 503);
    stores.redis.start_again_empty();
    let worker = stores.worker("worker");
    for id in &ids {
        assert_judged_once(&api.verdict(id));
    }
    api.wait_until_idle();
    drop(worker);
}

#[test]
fn sigterm_finishes_submissions_in_progress() {
    let stores = Stores::start();
    let api = stores.api("api");
    let worker = stores.worker("worker");
    let mut stream = api.stream();
    let [judged, waits] = [(); 2].map(|()| api.submit("aplusb", "python", SLOW));
    stream.first_test_of(&judged);
    assert_eq!(worker.terminate().code(), Some(0));
    assert_judged_once(&api.submission(&judged));
    assert_eq!(api.submission(&waits)["status"], "Queued");
    let (status, ready) = api.get("/readyz");
    assert_eq!((status, &ready["workers"]), (200, &0.into()), "{ready}");
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
