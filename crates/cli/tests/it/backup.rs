//! `scripts/backup`: a backup of a running service can be served, and has every submission that was
//! accepted before.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::repository;
use crate::support::service::Service;

fn backup(data: &Path, target: &Path) -> Output {
    Command::new(repository().join("scripts/backup"))
        .args([data, target])
        .output()
        .unwrap()
}

const ANSWER: &str = "a, b = map(int, input().split())\nprint(a + b)";

#[test]
fn backups_contain_accepted_submissions() {
    let folder = tempfile::tempdir().unwrap();
    let (data, target) = (folder.path().join("data"), folder.path().join("backup"));
    let service = Service::start(&data);
    let judged = service.judge("aplusb", "python", ANSWER);
    // Some of these are being judged during the backup, others wait.
    let open: Vec<_> = (0..12)
        .map(|_| service.submit("aplusb", "python", ANSWER))
        .collect();
    let output = backup(&data, &target);
    assert!(output.status.success(), "{output:?}");
    let later = service.submit("aplusb", "python", ANSWER);
    service.kill();

    let restored = Service::start(&target);
    let id = judged["id"].as_str().unwrap();
    let submission = restored.submission(id);
    assert_eq!(submission["verdict"], judged["verdict"]);
    assert_eq!(submission["testResults"], judged["testResults"]);
    for id in open {
        assert_eq!(restored.verdict(&id)["verdict"]["status"], "Accepted");
    }
    let path = format!("/api/submission/{later}");
    assert_eq!(restored.get(&path).0, 404, "it was after the back-up");
    let again = restored.judge("aplusb", "python", ANSWER);
    assert_eq!(again["verdict"]["status"], "Accepted");
}

#[test]
fn backups_need_a_source_and_a_new_target() {
    let folder = tempfile::tempdir().unwrap();
    let (data, target) = (folder.path().join("data"), folder.path().join("backup"));
    assert!(!backup(&data, &target).status.success());
    assert!(!target.exists());
    std::fs::create_dir(&target).unwrap();
    Service::start(&data).terminate();
    assert!(!backup(&data, &target).status.success());
    assert_eq!(std::fs::read_dir(&target).unwrap().count(), 0);
}
