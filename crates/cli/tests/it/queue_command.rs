//! `letscode queue` against a running service, in both forms.

use serde_json::Value;

use crate::support::distributed::Stores;
use crate::support::service::Service;
use crate::support::{TIMEOUT, eventually, letscode};

/// Occupies the only slot until its time limit.
const BUSY: &str = "while True: pass";
const CHEAP: &str = "print(0)";

fn queue(command: &str, location: &[&str], more: &[&str]) -> crate::support::Ran {
    let ran = letscode([&["queue", command], location, more].concat());
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    ran
}

fn waiting(location: &[&str], more: &[&str]) -> Vec<Value> {
    let list = queue("list", location, &[more, &["--json"]].concat()).json();
    list["jobs"].as_array().unwrap().clone()
}

/// One submission runs and three wait. Cancels two, and the third is judged.
fn jobs_are_listed_and_cancelled(api: &Service, location: &[&str]) {
    let running = api.submit("aplusb", "python", BUSY);
    eventually(
        "it runs",
        TIMEOUT,
        || match api.submission(&running)["status"].as_str() {
            Some("Running") => Ok(()),
            status => Err(format!("{status:?}")),
        },
    );
    let ids = [(); 2].map(|()| api.submit("aplusb", "python", BUSY));
    let body = serde_json::json!({
        "problemId": "aplusb", "language": "python", "code": CHEAP, "userId": "bob",
    });
    let (status, bobs) = api.post("/api/submit", &body);
    assert_eq!(status, 201, "{bobs}");

    assert_eq!(waiting(location, &[]).len(), 3);
    let of_ada = waiting(location, &["--user", "ada", "--address", "127.0.0.1"]);
    let listed: Vec<&str> = of_ada
        .iter()
        .map(|job| job["id"].as_str().unwrap())
        .collect();
    assert_eq!(listed, ids, "{of_ada:?}");
    assert_eq!(of_ada[0]["kind"], "submission");
    assert_eq!(waiting(location, &["--address", "127.0.0.9"]).len(), 0);

    let ran = queue("cancel", location, &["--user", "ada"]);
    assert_eq!(ran.stdout, "cancelled 2 waiting jobs\n");
    for id in &ids {
        let cancelled = api.submission(id);
        assert_eq!(cancelled["status"], "Cancelled", "{cancelled}");
        assert_eq!(cancelled["verdict"], Value::Null);
    }
    assert_eq!(waiting(location, &[]).len(), 1);
    let others = api.verdict(bobs["submissionId"].as_str().unwrap());
    assert_eq!(others["verdict"]["status"], "Wrong Answer", "{others}");
    let running = api.verdict(&running);
    assert_eq!(
        running["verdict"]["status"], "Time Limit Exceeded",
        "what runs goes on"
    );
}

/// An ad-hoc run that is kept occupies the only slot, and more of the user's waits: all of it ends, long
/// before its limit, and leaves nothing.
fn erased_users_have_nothing_running(api: &Service, location: &[&str]) {
    let run = serde_json::json!({
        "language": "python", "code": BUSY, "userId": "carl", "keepFor": 60_000,
        "limits": {"cpuTime": 30_000, "wallTime": 30_000},
    });
    let (status, run) = api.post("/api/run?wait=false", &run);
    assert_eq!(status, 202, "{run}");
    let run = format!("/api/run/{}", run["id"].as_str().unwrap());
    let running = |count: u64| match api.get("/api/status").1["running"].as_u64() {
        Some(running) if running == count => Ok(()),
        other => Err(format!("{other:?} run")),
    };
    eventually("it runs", TIMEOUT, || running(1));
    let body = serde_json::json!({
        "problemId": "aplusb", "language": "python", "code": BUSY, "userId": "carl",
    });
    let (status, submission) = api.post("/api/submit", &body);
    assert_eq!(status, 201, "{submission}");
    let submission = format!(
        "/api/submission/{}",
        submission["submissionId"].as_str().unwrap()
    );

    let began = std::time::Instant::now();
    let ran = letscode([&["user", "delete", "carl", "--yes"], location].concat());
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    eventually("nothing runs", TIMEOUT, || running(0));
    assert!(began.elapsed() < std::time::Duration::from_secs(20));
    assert_eq!(waiting(location, &[]).len(), 0);
    // What ends now would be kept now.
    std::thread::sleep(std::time::Duration::from_secs(1));
    for path in [&run, &submission] {
        assert_eq!(api.get(path).0, 404, "{path}");
    }
}

#[test]
fn embedded_jobs_are_listed_and_cancelled() {
    let data = tempfile::tempdir().unwrap();
    let one_slot = ["--workers", "1", "--reserve-slots", "0"];
    let service = Service::start_with(data.path(), &one_slot);
    let folder = data.path().to_str().unwrap();
    jobs_are_listed_and_cancelled(&service, &["--data", folder]);
    erased_users_have_nothing_running(&service, &["--data", folder]);
    let ran = letscode(["queue", "cancel", "--data", folder]);
    assert!(ran.refusal().contains("--all"), "{ran:#?}");
    service.kill();
    let ran = letscode(["queue", "list", "--data", folder]);
    assert!(ran.refusal().contains("letscode serve"), "{ran:#?}");
}

#[test]
fn distributed_jobs_are_listed_and_cancelled() {
    let stores = Stores::start();
    let api = stores.api("api");
    let mut command = stores.command("worker", "worker");
    command.args(["--workers", "1", "--reserve-slots", "0"]);
    command.env("LETSCODE_COMPILE_CACHE", "0");
    let _worker = Service::spawn(command);
    let (database, redis) = (stores.postgres.url(), stores.redis.url());
    let location = ["--database", database.as_str(), "--redis", redis.as_str()];
    jobs_are_listed_and_cancelled(&api, &location);
    erased_users_have_nothing_running(&api, &location);
}
