//! Problem packages over HTTP, to a running service: what is uploaded is what is judged.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use letscode_package::pack_zip;
use rstest::rstest;
use rustix::process::Signal;
use serde_json::json;

use crate::support::distributed::Stores;
use crate::support::host::names;
use crate::support::package::Package;
use crate::support::service::{ADMIN_TOKEN, Service};
use crate::support::{TIMEOUT, eventually, problem, repository};

const ECHO: &str = "print(input())";

fn zip_of(package: &Path) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    pack_zip(package, &mut bytes).unwrap();
    bytes.into_inner()
}

fn start(data: &Path, more: &[&str]) -> Service {
    let options = ["--no-samples", "--workers", "2"];
    Service::start_with(data, &[&options, more].concat())
}

/// Returns a package that is stored beside the repository.
fn real_package(name: &str) -> Option<PathBuf> {
    let package = repository().join("../shared/packages").join(name);
    if package.is_dir() {
        return Some(package);
    }
    eprintln!("skipped: {name} is missing");
    None
}

fn status_of(service: &Service, problem: &str, language: &str, code: &str) -> String {
    let judged = service.judge(problem, language, code);
    let status = judged["verdict"]["status"].as_str();
    status.unwrap_or_else(|| panic!("{judged}")).to_owned()
}

#[test]
fn limits_are_measured_as_from_the_command_line() {
    let data = tempfile::tempdir().unwrap();
    let service = start(data.path(), &[]);
    let package = repository().join("crates/cli/tests/packages/calibrated");
    let (status, answer) = service.post_zip("/api/problems", &zip_of(&package));
    assert_eq!(status, 201, "{answer}");
    let measured = "measured from the jury's accepted submissions";
    assert_eq!(answer["timeLimitFrom"], measured, "{answer}");
    let limit = answer["timeLimit"].as_f64().unwrap();
    assert!((800.0..=1500.0).contains(&limit), "{answer}");
}

/// A jury's solution that never ends is measured for minutes.
#[test]
fn a_service_that_measures_a_package_can_be_stopped() {
    let data = tempfile::tempdir().unwrap();
    let service = start(data.path(), &[]);
    let package = Package::echo("echo", 3).without(".timelimit");
    let package = package.with("submissions/accepted/endless.py", "while True: pass\n");
    let zip = zip_of(&package.path());
    std::thread::scope(|scope| {
        let uploading = scope.spawn(|| {
            let url = format!("http://{}/api/problems", service.address());
            let request = ureq::post(url).header("content-type", "application/zip");
            request.send(&zip[..]).is_ok()
        });
        std::thread::sleep(Duration::from_secs(3));
        let begin = Instant::now();
        service.signal(Signal::TERM);
        assert!(!uploading.join().unwrap(), "it was cut off");
        eventually("the service ends", TIMEOUT, || {
            let process = format!("/proc/{}/exe", service.pid());
            match std::fs::read_link(process) {
                Ok(path) => Err(format!("{path:?}")),
                Err(_) => Ok(()),
            }
        });
        assert!(
            begin.elapsed() < Duration::from_secs(40),
            "{:?}",
            begin.elapsed()
        );
    });
}

#[test]
fn real_packages_judge_as_from_the_command_line() {
    const NAME: &str = "kth-challenge-2013--peragrams";
    let Some(package) = real_package(NAME) else {
        return;
    };
    let programs = repository()
        .join("crates/cli/tests/real_packages")
        .join(NAME);
    let data = tempfile::tempdir().unwrap();
    let service = start(data.path(), &[]);
    let (status, answer) = service.post_zip("/api/problems", &zip_of(&package));
    assert_eq!(status, 201, "{answer}");
    assert_eq!(answer["id"], NAME);
    for (folder, expected) in [("accepted", "Accepted"), ("wrong_answer", "Wrong Answer")] {
        let folder = programs.join(folder);
        let file = names(&folder)
            .into_iter()
            .find(|name| name.ends_with(".py") || name.ends_with(".cpp"));
        let file = file.unwrap();
        let language = if file.ends_with(".py") {
            "python"
        } else {
            "cpp"
        };
        let code = std::fs::read_to_string(folder.join(&file)).unwrap();
        assert_eq!(
            status_of(&service, NAME, language, &code),
            expected,
            "{file}"
        );
    }
    assert!(names(&data.path().join("uploads")).is_empty());
}

#[test]
fn replaced_tests_judge_later_submissions() {
    let data = tempfile::tempdir().unwrap();
    let service = start(data.path(), &[]);
    let (status, answer) =
        service.post_zip("/api/problems", &zip_of(&Package::echo("echo", 2).path()));
    assert_eq!(status, 201, "{answer}");
    assert_eq!(status_of(&service, "echo", "python", ECHO), "Accepted");
    let changed = Package::echo("other-name", 2).test("secret/003", "4\n", "8\n");
    let (status, answer) = service.put_zip("/api/problems/echo", &zip_of(&changed.path()));
    assert_eq!(
        (status, &answer["totalTests"]),
        (200, &json!(4)),
        "{answer}"
    );
    assert_eq!(status_of(&service, "echo", "python", ECHO), "Wrong Answer");
    let (_, problem) = service.get("/api/problems/echo");
    assert_eq!(problem["totalTests"], 4);
}

#[test]
fn removing_a_problem_loses_no_submission() {
    let data = tempfile::tempdir().unwrap();
    let service = start(data.path(), &[]);
    let package = Package::echo("echo", 5);
    let (status, answer) = service.post_zip("/api/problems", &zip_of(&package.path()));
    assert_eq!(status, 201, "{answer}");
    let slow = "import time\ntime.sleep(0.3)\nprint(input())";
    // More than are judged at once: some wait while the problem is removed.
    let ids: Vec<String> = (0..4)
        .map(|_| service.submit("echo", "python", slow))
        .collect();
    assert_eq!(service.delete_status("/api/problems/echo"), 204);
    let (status, answer) = service.get("/api/problems/echo");
    assert_eq!(status, 404, "{answer}");
    let body = json!({"problemId": "echo", "language": "python", "code": ECHO, "userId": "ada"});
    let (status, answer) = service.post("/api/submit", &body);
    assert_eq!(
        (status, &answer["type"]),
        (404, &json!("urn:letscode:problem:unknown-problem"))
    );
    for id in &ids {
        assert_eq!(service.verdict(id)["verdict"]["status"], "Accepted");
    }
    drop(service);
    // After a restart, which removes packages that nothing refers to.
    let service = start(data.path(), &[]);
    assert_eq!(service.submission(&ids[0])["verdict"]["status"], "Accepted");
    assert_eq!(service.delete_status("/api/problems/echo"), 404);
}

#[test]
fn uploads_that_a_killed_service_left_are_removed() {
    let data = tempfile::tempdir().unwrap();
    let service = start(data.path(), &[]);
    let half = data.path().join("uploads/upload-half");
    std::fs::create_dir(&half).unwrap();
    service.kill();
    let service = start(data.path(), &[]);
    assert!(!half.exists());
    drop(service);
}

/// As `pol2dom` and BAPCtools send them.
#[rstest]
#[case::own("/compat/domjudge", None)]
#[case::real("/compat/domjudge", Some("icpc-problems--euroexpress"))]
fn domjudge_clients_upload_packages(#[case] base: &str, #[case] real: Option<&str>) {
    let package = match real {
        None => problem("aplusb"),
        Some(name) => match real_package(name) {
            Some(package) => package,
            None => return,
        },
    };
    let id = package.file_name().unwrap().to_str().unwrap();
    let data = tempfile::tempdir().unwrap();
    let token = data.path().join("token");
    std::fs::write(&token, ADMIN_TOKEN).unwrap();
    let folder = data.path().join("data");
    let token = ["--admin-token-file", token.to_str().unwrap()];
    let service = start(&folder, &[&["--compat", "domjudge"][..], &token].concat());
    let problems = format!("{base}/api/v4/contests/demo/problems");

    let file = format!("{id}.zip");
    let zip = zip_of(&package);
    let (status, answer) = service.post_form(&problems, (&file, &zip), &[]);
    assert_eq!(
        (status, &answer["problem_id"]),
        (200, &json!(id)),
        "{answer}"
    );
    let info = answer["messages"]["info"][0].as_str().unwrap();
    assert!(info.starts_with("Added "), "{answer}");
    let (_, list) = service.get(&problems);
    assert_eq!(
        (&list[0]["id"], &list[0]["label"]),
        (&json!(id), &json!("A"))
    );

    let (status, answer) = service.post_form(&problems, (&file, &zip), &[]);
    assert_eq!(status, 400, "{answer}");
    let (status, answer) = service.post_form(&problems, (&file, &zip), &[("problem", id)]);
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = service.post_form(&problems, ("half.zip", &zip[..zip.len() / 2]), &[]);
    assert_eq!(status, 400, "{answer}");
    assert!(answer["errors"][0].is_string(), "{answer}");
    // Without the token, by either API.
    assert_eq!(service.delete_status(&format!("{problems}/{id}")), 401);
    let (status, answer) = service.post_zip("/api/problems", &zip);
    assert_eq!(
        (status, &answer["type"]),
        (401, &json!("urn:letscode:problem:admin-token-required"))
    );
}

/// A problem that one server takes is everybody's.
#[test]
fn distributed_services_share_uploads() {
    let stores = Stores::start();
    let (first, second) = (stores.api("first"), stores.api("second"));
    let _worker = stores.worker("worker");
    let (status, answer) =
        first.post_zip("/api/problems", &zip_of(&Package::echo("echo", 2).path()));
    assert_eq!(status, 201, "{answer}");
    let (_, listed) = second.get("/api/problems/echo");
    assert_eq!(listed["totalTests"], 3, "{listed}");
    crate::support::eventually("a worker is there", crate::support::TIMEOUT, || {
        let (status, ready) = second.get("/readyz");
        if status == 200 {
            Ok(())
        } else {
            Err(ready.to_string())
        }
    });
    assert_eq!(status_of(&second, "echo", "python", ECHO), "Accepted");
    let changed = Package::echo("echo", 2).test("secret/003", "4\n", "8\n");
    let (status, answer) = second.put_zip("/api/problems/echo", &zip_of(&changed.path()));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(status_of(&first, "echo", "python", ECHO), "Wrong Answer");
    assert_eq!(first.delete_status("/api/problems/echo"), 204);
    assert_eq!(second.get("/api/problems/echo").0, 404);
}
