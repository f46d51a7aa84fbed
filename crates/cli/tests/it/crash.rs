//! What is left of submissions when a process is killed in the middle of judging them.

use std::collections::BTreeSet;

use crate::support::service::Service;
use serde_json::Value;

/// Accepted, but takes more than a second for all 13 tests of A+B.
const SLOW: &str = "import time\ntime.sleep(0.1)\nprint(sum(map(int, input().split())))\n";

const SUBMISSIONS: usize = 5;

#[test]
fn after_kill_9_every_accepted_submission_gets_one_verdict() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let mut stream = service.stream();
    let ids: Vec<String> = (0..SUBMISSIONS)
        .map(|_| service.submit("aplusb", "python", SLOW))
        .collect();
    stream.first_test_of(&ids[0]);
    service.kill();

    let service = Service::start(data.path());
    for id in &ids {
        assert_judged_once(&service.verdict(id));
    }
    let (_, page) = service.get("/api/submissions?userId=ada");
    let listed = page["submissions"].as_array().unwrap();
    let listed_ids: BTreeSet<&str> = listed
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        listed.len(),
        SUBMISSIONS,
        "none is lost and none is there twice: {page}"
    );
    assert!(ids.iter().all(|id| listed_ids.contains(id.as_str())));
}

fn assert_judged_once(submission: &Value) {
    assert_eq!(submission["status"], "Completed", "{submission}");
    assert_eq!(submission["verdict"]["status"], "Accepted", "{submission}");
    assert_eq!(submission["verdict"]["passedTests"], 13, "{submission}");
    let results = submission["testResults"].as_array().unwrap();
    let numbers: Vec<u64> = results
        .iter()
        .map(|result| result["testCaseNumber"].as_u64().unwrap())
        .collect();
    assert!(numbers.iter().copied().eq(1..=13), "{numbers:?}");
}

#[test]
fn a_verdict_survives_kill_9() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let answer = service.judge("aplusb", "python", "print(7)");
    let id = answer["submissionId"].as_str().unwrap();
    let before = service.submission(id);
    service.kill();
    let service = Service::start(data.path());
    assert_eq!(service.submission(id), before);
}

/// The service loses the process that makes its cells: what it holds is judged all the same, or
/// fails as our fault, and is never charged to the program.
#[test]
fn a_submission_outlives_the_jail_helper() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let mut stream = service.stream();
    let id = service.submit("aplusb", "python", SLOW);
    stream.first_test_of(&id);
    service.kill_helper();
    let submission = service.verdict(&id);
    let verdict = (
        submission["status"].as_str().unwrap(),
        submission["verdict"]["status"].as_str().unwrap(),
    );
    let fair = [("Completed", "Accepted"), ("Failed", "Internal Error")];
    assert!(fair.contains(&verdict), "{submission}");
}

/// One killed process must not turn everything that is submitted later into a failure.
#[test]
fn judging_goes_on_after_the_jail_helper_was_killed() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    service.kill_helper();
    let answer = service.judge("aplusb", "python", "print(sum(map(int, input().split())))");
    assert_eq!(answer["verdict"]["status"], "Accepted", "{answer}");
}

/// Nobody is left who could make cells: the service ends and says so, and loses no submission.
#[test]
fn without_anybody_to_make_cells_the_service_ends() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_heard(data.path());
    let mut stream = service.stream();
    let ids: Vec<String> = (0..SUBMISSIONS)
        .map(|_| service.submit("aplusb", "python", SLOW))
        .collect();
    stream.first_test_of(&ids[0]);
    service.kill_helper_and_keeper();
    let (status, words) = service.last_words();
    assert_eq!(status.code(), Some(2), "{words}");
    assert!(words.contains("the jail helper and its monitor"), "{words}");

    let service = Service::start(data.path());
    for id in &ids {
        assert_judged_once(&service.verdict(id));
    }
}
