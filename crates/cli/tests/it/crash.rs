//! Submissions survive when a process is killed in the middle of judging them.

use std::collections::BTreeSet;

use crate::support::service::{Service, assert_judged_once};
use crate::support::{TIMEOUT, eventually};

/// Accepted, but takes more than a second for all 13 tests of A+B.
const SLOW: &str = "import time\ntime.sleep(0.1)\nprint(sum(map(int, input().split())))\n";

const SUBMISSIONS: usize = 5;

#[test]
fn accepted_submissions_survive_kill_9() {
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
        .map(|submission| submission["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        listed.len(),
        SUBMISSIONS,
        "none is lost and none is there twice: {page}"
    );
    assert!(ids.iter().all(|id| listed_ids.contains(id.as_str())));
}

#[test]
fn verdicts_survive_kill_9() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let answer = service.judge("aplusb", "python", "print(7)");
    let id = answer["submissionId"].as_str().unwrap();
    let before = service.submission(id);
    service.kill();
    let service = Service::start(data.path());
    assert_eq!(service.submission(id), before);
}

/// If the jail helper dies, a submission in progress is judged nevertheless or ends as an internal
/// error; the program is never blamed.
#[test]
fn submissions_survive_the_jail_helper() {
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

/// A killed helper must not make all later submissions fail.
#[test]
fn judging_continues_after_the_jail_helper_died() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    service.kill_helper();
    let answer = service.judge("aplusb", "python", "print(sum(map(int, input().split())))");
    assert_eq!(answer["verdict"]["status"], "Accepted", "{answer}");
}

/// Without helper and monitor no cell can be made: the service ends with an error and loses no
/// submission.
#[test]
fn service_ends_without_helper_and_monitor() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_heard(data.path());
    let mut stream = service.stream();
    let ids: Vec<String> = (0..SUBMISSIONS)
        .map(|_| service.submit("aplusb", "python", SLOW))
        .collect();
    stream.first_test_of(&ids[0]);
    service.kill_helper_and_keeper();
    let (status, log) = service.last_words();
    assert_eq!(status.code(), Some(2), "{log}");
    assert!(log.contains("the jail helper and its monitor"), "{log}");

    let service = Service::start(data.path());
    for id in &ids {
        assert_judged_once(&service.verdict(id));
    }
}

/// Its process ends each time while it is judged, and with it the queue's count of deliveries.
#[test]
fn submissions_that_end_the_service_each_time_are_given_up() {
    let data = tempfile::tempdir().unwrap();
    let mut service = Service::start(data.path());
    let id = service.submit("aplusb", "python", "import time\ntime.sleep(4)\nprint(7)");
    // The first time, and the five times after which the store knows enough.
    for _ in 0..6 {
        eventually(
            "it runs",
            TIMEOUT,
            || match service.submission(&id)["status"].as_str() {
                Some("Running") => Ok(()),
                status => Err(format!("{status:?}")),
            },
        );
        service.kill();
        service = Service::start(data.path());
    }
    let submission = service.verdict(&id);
    assert_eq!(submission["status"], "Failed", "{submission}");
    assert_eq!(submission["verdict"]["status"], "Internal Error");
    let answer = service.judge("aplusb", "python", "print(sum(map(int, input().split())))");
    assert_eq!(answer["verdict"]["status"], "Accepted", "others are judged");
}
