//! `letscode problem list`, `export` and `remove`, also while a service runs on the store.

use std::path::Path;

use letscode_test_servers::PostgresServer;
use serde_json::{Value, json};

use crate::support::package::Package;
use crate::support::service::Service;
use crate::support::{letscode, problem};

/// The options that name a store.
fn list(store: [&str; 2]) -> Value {
    let ran = letscode(["problem", "list", "--json", store[0], store[1]]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    ran.json()["problems"].clone()
}

fn import(store: [&str; 2], package: &Path) {
    let package = package.to_str().unwrap();
    let ran = letscode(["problem", "import", store[0], store[1], package]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
}

fn exported_packages_import_as_the_same_version(store: [&str; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let zip = folder.path().join("aplusb.zip");
    let again = folder.path().join("again.zip");
    import(store, &problem("aplusb"));
    let before = list(store);
    for path in [&zip, &again] {
        let path = path.to_str().unwrap();
        let ran = letscode([
            "problem", "export", "aplusb", store[0], store[1], "--output", path,
        ]);
        assert_eq!(ran.code, Some(0), "{ran:#?}");
    }
    assert_eq!(std::fs::read(&zip).unwrap(), std::fs::read(&again).unwrap());
    let ran = letscode(["problem", "remove", "aplusb", "--yes", store[0], store[1]]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert_eq!(list(store), json!([]));
    import(store, &zip);
    let after = list(store);
    for field in ["id", "title", "totalTests", "timeLimit", "bytes", "version"] {
        assert_eq!(before[0][field], after[0][field], "{field}");
    }
    let path = zip.to_str().unwrap();
    let ran = letscode([
        "problem", "export", "aplusb", store[0], store[1], "--output", path,
    ]);
    assert!(ran.refusal().contains("--force"), "{ran:#?}");
}

#[test]
fn folders_export_and_import() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path().join("data");
    exported_packages_import_as_the_same_version(["--data", data.to_str().unwrap()]);
}

#[test]
fn databases_export_and_import() {
    let postgres = PostgresServer::start();
    exported_packages_import_as_the_same_version(["--database", &postgres.url()]);
}

#[test]
fn problems_are_managed_while_the_service_runs() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--no-samples", "--workers", "1"]);
    let store = ["--data", data.path().to_str().unwrap()];
    import(store, &Package::echo("echo", 2).path());
    let judged = service.judge("echo", "python", "print(input())");
    assert_eq!(judged["verdict"]["status"], "Accepted", "{judged}");
    let problems = list(store);
    assert_eq!(
        (&problems[0]["submissions"], &problems[0]["totalTests"]),
        (&json!(1), &json!(3))
    );
    let table = letscode(["problem", "list", store[0], store[1]]).stdout;
    for text in ["id", "submissions", "echo", "Echo", "1 s"] {
        assert!(table.contains(text), "{text}: {table}");
    }

    let ran = letscode(["problem", "remove", store[0], store[1], "echo", "none"]);
    assert!(ran.refusal().contains("no problem `none`"), "{ran:#?}");
    let ran = letscode(["problem", "remove", store[0], store[1], "echo"]);
    assert!(ran.refusal().contains("--yes"), "{ran:#?}");
    assert_eq!(service.get("/api/problems/echo").0, 200);
    let ran = letscode(["problem", "remove", "--yes", store[0], store[1], "echo"]);
    assert_eq!(ran.stdout, "removed echo; its submission stays readable\n");
    assert_eq!(service.get("/api/problems/echo").0, 404);
    let id = judged["submissionId"].as_str().unwrap();
    assert_eq!(service.submission(id)["verdict"]["status"], "Accepted");
}

#[test]
fn mistakes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("none");
    let data = data.to_str().unwrap();
    for arguments in [
        &["problem", "list", "--data", data][..],
        &["problem", "remove", "--yes", "--data", data, "aplusb"],
    ] {
        let ran = letscode(arguments);
        assert!(
            ran.refusal().contains("there is no data folder"),
            "{ran:#?}"
        );
    }
    let output = folder.path().join("a.zip");
    let path = output.to_str().unwrap();
    let ran = letscode([
        "problem", "export", "aplusb", "--data", data, "--output", path,
    ]);
    assert!(
        ran.refusal().contains("there is no data folder"),
        "{ran:#?}"
    );
    assert!(!output.exists());
}
