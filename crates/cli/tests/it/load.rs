//! Overload, with real cells: fairness between users, and refusals.

use std::time::{Duration, Instant};

use crate::support::letscode;
use crate::support::package::Package;
use crate::support::service::{Service, is_final};
use serde_json::{Value, json};

const SUM: &str = "print(sum(map(int, input().split())))";

fn by(user: &str, problem: &str, code: &str) -> Value {
    json!({"problemId": problem, "language": "python", "code": code, "userId": user})
}

fn judged_of(service: &Service, user: &str) -> usize {
    let mut judged = 0;
    let mut path = format!("/api/submissions?userId={user}");
    loop {
        let (status, page) = service.get(&path);
        assert_eq!(status, 200, "{page}");
        let listed = page["submissions"].as_array().unwrap();
        judged += listed.iter().filter(|refusal| is_final(refusal)).count();
        let Some(cursor) = page["nextCursor"].as_str() else {
            return judged;
        };
        path = format!("/api/submissions?userId={user}&cursor={cursor}");
    }
}

#[test]
fn one_users_load_does_not_delay_another() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    for _ in 0..300 {
        let (status, answer) = service.post("/api/submit", &by("greedy", "aplusb", SUM));
        assert_eq!(status, 201, "{answer}");
    }
    let before = judged_of(&service, "greedy");
    let (status, answer) = service.post("/api/submit?wait=true", &by("modest", "aplusb", SUM));
    assert_eq!(
        (status, &answer["verdict"]["status"]),
        (200, &json!("Accepted")),
        "{answer}"
    );
    let meanwhile = judged_of(&service, "greedy") - before;
    assert!(
        before + meanwhile < 300,
        "there was no crowd: the test says nothing"
    );
    // Those in progress, one round, and those judged beside it and while the lists were read.
    assert!(
        meanwhile <= 10,
        "{meanwhile} of the other's were judged before"
    );
}

#[test]
fn overload_refuses_with_retry_after() {
    let data = tempfile::tempdir().unwrap();
    let bounds = [
        "--workers",
        "2",
        "--max-waiting",
        "6",
        "--max-waiting-of-user",
        "4",
        "--max-waiting-of-address",
        "6",
    ];
    let service = Service::start_with(data.path(), &bounds);
    // They keep both slots busy while the others arrive.
    let slow = format!("import time\ntime.sleep(0.3)\n{SUM}");
    let mut accepted = Vec::new();
    let mut refused = Vec::new();
    for round in 0..8 {
        for user in ["ada", "bob", "eve"] {
            let code = if round == 0 { &slow } else { SUM };
            let (status, answer) = service.post("/api/submit", &by(user, "aplusb", code));
            match status {
                201 => accepted.push(answer["submissionId"].as_str().unwrap().to_owned()),
                _ => refused.push((status, answer["type"].as_str().unwrap().to_owned())),
            }
        }
    }
    let full = (503, "urn:letscode:problem:queue-full".to_owned());
    assert!(refused.contains(&full), "{refused:?}");
    assert!(
        refused.iter().all(|refusal| *refusal == full),
        "{refused:?}"
    );
    for id in &accepted {
        assert_eq!(service.verdict(id)["verdict"]["status"], "Accepted");
    }

    for _ in 0..3 {
        service.post("/api/submit", &by("ada", "aplusb", &slow));
    }
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let (status, answer) = service.post("/api/submit", &by("ada", "aplusb", SUM));
        statuses.push((
            status,
            answer["type"].as_str().unwrap_or_default().to_owned(),
        ));
    }
    let own = (429, "urn:letscode:problem:user-queue-full".to_owned());
    assert!(statuses.contains(&own), "{statuses:?}");
    let (status, answer) = service.post("/api/submit?wait=true", &by("bob", "aplusb", SUM));
    assert_eq!(status, 200, "there is room for others: {answer}");
}

/// The first secret test fails at once. The next one, which is run speculatively on a second core,
/// takes five seconds.
#[test]
fn verdicts_do_not_wait_for_speculative_runs() {
    let package = Package::empty("vain")
        .with("problem.yaml", "name: In vain\n")
        .with(".timelimit", "1\n")
        .test("secret/1", "1\n", "1\n")
        .test("secret/2", "2\n", "2\n");
    let data = tempfile::tempdir().unwrap();
    let (folder, path) = (data.path().display().to_string(), package.path());
    let imported = letscode([
        "problem",
        "import",
        "--data",
        &folder,
        path.to_str().unwrap(),
    ]);
    assert_eq!(imported.code, Some(0), "{imported:#?}");
    let service = Service::start(data.path());
    let code = "import time\nif input() == '1': time.sleep(0.3)\nelse: time.sleep(60)\nprint(7)";
    let started = Instant::now();
    let (_, answer) = service.post("/api/submit?wait=true", &by("ada", "vain", code));
    assert_eq!(answer["verdict"]["status"], "Wrong Answer", "{answer}");
    assert_eq!(
        answer["testResults"].as_array().unwrap().len(),
        1,
        "{answer}"
    );
    assert!(
        started.elapsed() < Duration::from_secs(4),
        "{:?}",
        started.elapsed()
    );
    // The speculative run ends at its wall-clock limit, and the worker goes on.
    let (_, answer) = service.post(
        "/api/submit?wait=true",
        &by("ada", "vain", "print(input())"),
    );
    assert_eq!(answer["verdict"]["status"], "Accepted", "{answer}");
}
