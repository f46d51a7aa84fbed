//! Judgements as a thing of their own: rejudged, complete, seen while they go on, and cancelled.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::distributed::Stores;
use crate::support::package::Package;
use crate::support::service::{Service, Stream, submission};
use crate::support::{TIMEOUT, eventually, letscode};

const ECHO: &str = "print(input())";
/// Takes a fifth of a second for each test.
const SLOW_ECHO: &str = "import time
end = time.process_time() + 0.2
while time.process_time() < end: pass
print(input())";
const BUSY: &str = "while True: pass";
/// Keeps the compiler busy for many seconds.
const SLOW_TO_COMPILE: &str = "constexpr long work(long seed) {
    long sum = seed;
    for (long i = 0; i < 5000000; ++i) sum = sum * 31 + i % 7;
    return sum;
}
template <long N> struct Work { static constexpr long value = work(N) + Work<N - 1>::value; };
template <> struct Work<0> { static constexpr long value = 0; };
int main() { return Work<40>::value == 1; }";

/// Most time between a cancellation and the end of its cell.
const CANCEL_TIME: Duration = Duration::from_secs(1);

fn echo_with_answer(answer: &str) -> Package {
    Package::echo("echo", 9).with("data/secret/001.ans", answer)
}

fn import(package: &Package, location: &[&str]) {
    let path = package.path();
    let arguments = ["problem", "import", path.to_str().unwrap()];
    let ran = letscode([&arguments[..], location].concat());
    assert_eq!(ran.code, Some(0), "{ran:#?}");
}

fn wait_for_status(api: &Service, id: &str, status: &str) {
    eventually(status, TIMEOUT, || {
        let submission = api.submission(id);
        if submission["status"] == status {
            Ok(())
        } else {
            Err(format!("{submission}"))
        }
    });
}

/// Returns the time until no slot is busy.
fn time_until_idle(api: &Service) -> Duration {
    let begin = Instant::now();
    api.wait_until_idle();
    begin.elapsed()
}

fn cancel(api: &Service, id: &str) -> (u16, Value) {
    api.delete(&format!("/api/submission/{id}?cancel=true&userId=ada"))
}

fn rejudged_submissions_keep_their_judgements(api: &Service, location: &[&str]) {
    import(&echo_with_answer("8\n"), location);
    let ids = [(); 3].map(|()| api.submit("echo", "python", ECHO));
    for id in &ids {
        assert_eq!(api.verdict(id)["verdict"]["status"], "Wrong Answer");
    }
    import(&echo_with_answer("1\n"), location);

    let mut stream = Stream::open(&format!("ws://{}/?userId=ada", api.address()));
    let id = &ids[0];
    let (status, open) = api.post(&format!("/api/submission/{id}/rejudge"), &json!({}));
    assert_eq!(status, 202, "{open}");
    assert_eq!(
        open["verdict"]["status"], "Wrong Answer",
        "the old one holds"
    );
    let mut statuses: Vec<String> = Vec::new();
    while statuses.last().is_none_or(|status| status != "Completed") {
        let update = stream.update_of(id);
        assert_eq!(update["data"]["judgement"], 2, "{update}");
        let status = update["data"]["status"].as_str().unwrap().to_owned();
        if statuses.last() != Some(&status) {
            statuses.push(status);
        }
    }
    assert_eq!(statuses, ["Queued", "Compiling", "Running", "Completed"]);
    let judged = api.submission(id);
    assert_eq!(judged["verdict"]["status"], "Accepted", "{judged}");
    let judgements = judged["judgements"].as_array().unwrap();
    let verdicts: Vec<&str> = judgements
        .iter()
        .map(|judgement| judgement["verdict"]["status"].as_str().unwrap())
        .collect();
    assert_eq!(verdicts, ["Wrong Answer", "Accepted"]);
    let version = |index: usize| judgements[index]["problemVersion"].as_str().unwrap();
    assert_ne!(version(0), version(1));

    let (status, batch) = api.post("/api/problems/echo/rejudge", &json!({}));
    assert_eq!((status, &batch["total"]), (202, &json!(3)), "{batch}");
    eventually("all are judged again", TIMEOUT, || {
        let (_, progress) = api.get("/api/problems/echo/rejudge");
        if progress["remaining"] == 0 {
            Ok(())
        } else {
            Err(format!("{progress}"))
        }
    });
    for (id, count) in ids.iter().zip([3, 2, 2]) {
        let judged = api.submission(id);
        assert_eq!(judged["verdict"]["status"], "Accepted", "{judged}");
        assert_eq!(judged["judgements"].as_array().unwrap().len(), count);
    }
    let (status, _) = api.post("/api/problems/nowhere/rejudge", &json!({}));
    assert_eq!(status, 404);
}

/// Results only grow, and are those that the verdict comes with.
fn results_are_seen_while_it_goes_on(api: &Service) {
    let id = api.submit("echo", "python", SLOW_ECHO);
    let mut counts = Vec::new();
    let mut partial: Vec<Value> = Vec::new();
    let judged = loop {
        let submission = api.submission(&id);
        let results = submission["testResults"].as_array().unwrap().clone();
        assert_eq!(results[..partial.len()], partial[..], "results only grow");
        if submission["status"] == "Completed" {
            assert_eq!(submission["progress"], Value::Null);
            break results;
        }
        if submission["status"] == "Running" && !results.is_empty() {
            assert_eq!(submission["progress"]["testsDone"], results.len());
            assert_eq!(submission["progress"]["totalTests"], 10);
        }
        if results.len() > partial.len() {
            counts.push(results.len());
            partial = results;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(counts.len() >= 4, "{counts:?}");
    let numbers = judged
        .iter()
        .map(|result| result["testCaseNumber"].as_u64());
    assert!(numbers.eq((1..=10).map(Some)), "{judged:?}");
}

/// All tests are run, and again by a rejudge.
fn all_tests_are_run_on_request(api: &Service) {
    let mut body = submission("echo", "python", "print(input() if False else 'no')");
    let (_, stopped) = api.post("/api/submit?wait=true", &body);
    assert_eq!(stopped["testResults"].as_array().unwrap().len(), 1);
    body["runAll"] = json!(true);
    let (status, complete) = api.post("/api/submit?wait=true", &body);
    assert_eq!(status, 200, "{complete}");
    assert_eq!(complete["verdict"]["status"], stopped["verdict"]["status"]);
    assert_eq!(complete["testResults"].as_array().unwrap().len(), 10);
    let id = complete["id"].as_str().unwrap();
    api.post(&format!("/api/submission/{id}/rejudge"), &json!({}));
    eventually("it is judged again", TIMEOUT, || {
        let judged = api.submission(id);
        if judged["progress"].is_null() {
            Ok(())
        } else {
            Err(format!("{judged}"))
        }
    });
    let judged = api.submission(id);
    assert_eq!(judged["judgements"].as_array().unwrap().len(), 2);
    assert_eq!(judged["testResults"].as_array().unwrap().len(), 10);
    body["runAll"] = json!("yes");
    assert_eq!(api.post("/api/submit", &body).0, 400);
}

/// Cancels what runs, what is compiled and what waits.
fn cancelled_submissions_end_at_once(api: &Service) {
    api.wait_until_idle();
    let mut stream = Stream::open(&format!("ws://{}/?userId=ada", api.address()));
    let running = api.submit("echo", "python", BUSY);
    wait_for_status(api, &running, "Running");
    let waiting = api.submit("echo", "python", ECHO);
    let (status, cancelled) = cancel(api, &waiting);
    assert_eq!(status, 200, "{cancelled}");
    assert_eq!(cancelled["status"], "Cancelled", "{cancelled}");
    assert_eq!(cancelled["verdict"], Value::Null);
    assert_eq!(cancel(api, &running).0, 200);
    let took = time_until_idle(api);
    assert!(took < CANCEL_TIME, "its cell ended after {took:?}");
    for id in [&waiting, &running] {
        assert_eq!(cancel(api, id), (200, api.submission(id)), "as before");
        while stream.update_of(id)["data"]["status"] != "Cancelled" {}
    }
    assert_eq!(api.submission(&waiting)["testResults"], json!([]));

    let compiling = api.submit("echo", "cpp", SLOW_TO_COMPILE);
    wait_for_status(api, &compiling, "Compiling");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(cancel(api, &compiling).0, 200);
    let took = time_until_idle(api);
    assert!(took < CANCEL_TIME, "its compiler ended after {took:?}");

    let finished = api.judge("echo", "python", ECHO);
    let id = finished["id"].as_str().unwrap();
    let (status, refused) = cancel(api, id);
    assert_eq!(status, 409, "{refused}");
    assert_eq!(api.submission(id)["verdict"]["status"], "Accepted");
    let (status, _) = api.delete(&format!("/api/submission/{id}"));
    assert_eq!(status, 400, "nothing is deleted");
}

/// The compiler of a run ends with it.
fn cancelled_runs_end_their_compiler(api: &Service) {
    api.wait_until_idle();
    let body =
        json!({"language": "cpp", "code": SLOW_TO_COMPILE.replace("40", "41"), "keepFor": 60_000});
    let (status, queued) = api.post("/api/run?wait=false", &body);
    assert_eq!(status, 202, "{queued}");
    eventually("it is compiled", TIMEOUT, || {
        let (_, status) = api.get("/api/status");
        if status["running"] == 1 {
            Ok(())
        } else {
            Err(format!("{status}"))
        }
    });
    std::thread::sleep(Duration::from_millis(300));
    let id = queued["id"].as_str().unwrap();
    assert_eq!(api.delete(&format!("/api/run/{id}")).0, 200);
    let took = time_until_idle(api);
    assert!(took < CANCEL_TIME, "its compiler ended after {took:?}");
}

fn judgements_are_things_of_their_own(api: &Service, location: &[&str]) {
    rejudged_submissions_keep_their_judgements(api, location);
    results_are_seen_while_it_goes_on(api);
    all_tests_are_run_on_request(api);
    cancelled_submissions_end_at_once(api);
    cancelled_runs_end_their_compiler(api);
}

#[test]
fn embedded_judgements_are_things_of_their_own() {
    let data = tempfile::tempdir().unwrap();
    let one_slot = ["--workers", "1", "--reserve-slots", "0"];
    let service = Service::start_with(data.path(), &one_slot);
    let folder = data.path().to_str().unwrap();
    judgements_are_things_of_their_own(&service, &["--data", folder]);
}

#[test]
fn distributed_judgements_are_things_of_their_own() {
    let stores = Stores::start();
    let api = stores.api("api");
    let mut command = stores.command("worker", "worker");
    command.args(["--workers", "1", "--reserve-slots", "0"]);
    command.env("LETSCODE_COMPILE_CACHE", "0");
    let _worker = Service::spawn(command);
    let database = stores.postgres.url();
    judgements_are_things_of_their_own(&api, &["--database", database.as_str()]);
}
