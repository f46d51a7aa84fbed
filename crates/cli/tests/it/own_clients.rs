//! Our own clients, with their own tests, against a real service; and an agent with the official
//! client of its protocol.

use std::path::Path;
use std::process::Command;

use crate::clients::clients;
use crate::support::repository;
use crate::support::service::Service;

/// Runs a command to its end, which must be a good one, and returns its output.
fn output_of(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}{stderr}");
    stdout
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn python_client_passes_its_tests() {
    let Some(clients) = clients() else { return };
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--workers", "2"]);
    let package = repository().join("clients/python");
    let mut pytest = Command::new(clients.join("python/bin/python"));
    pytest
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
        .arg(package.join("tests"))
        .env("PYTHONPATH", package.join("src"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("LETSCODE_URL", format!("http://{}", service.address()));
    let stdout = output_of(&mut pytest);
    assert!(stdout.contains("9 passed"), "{stdout}");
}

#[test]
fn typescript_client_passes_its_tests() {
    let Some(clients) = clients() else { return };
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--workers", "2"]);
    // Beside its packages, which are not installed in the source tree.
    let (package, folder) = (
        repository().join("clients/typescript"),
        clients.join("typescript"),
    );
    copy(&package.join("src"), &folder.join("src"));
    copy(&package.join("tests"), &folder.join("tests"));
    std::fs::copy(package.join("tsconfig.json"), folder.join("tsconfig.json")).unwrap();
    let mut npm = Command::new("npm");
    npm.args(["test", "--silent"])
        .current_dir(&folder)
        .env("LETSCODE_URL", format!("http://{}", service.address()));
    let stdout = output_of(&mut npm);
    assert!(stdout.contains("# pass 8"), "{stdout}");
}

#[test]
fn agents_run_code_over_the_model_context_protocol() {
    let Some(clients) = clients() else { return };
    let mut agent = Command::new(clients.join("python/bin/python"));
    agent
        .arg(repository().join("crates/cli/tests/clients/mcp_agent.py"))
        .arg(env!("CARGO_BIN_EXE_letscode"));
    let stdout = output_of(&mut agent);
    assert!(stdout.contains("answered as expected"), "{stdout}");
}
