//! What doctor and serve say of a machine that gives less isolation than it should.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use support::service::Service;
use support::{LETSCODE, Ran, letscode};
use tempfile::TempDir;

const LAYERS: [&str; 5] = ["namespaces", "cgroups", "seccomp", "filesystem", "network"];

fn status_of(findings: &Value, layer: &str) -> String {
    let layers = findings["layers"].as_array().unwrap();
    let found = layers.iter().find(|one| one["layer"] == layer).unwrap();
    found["status"].as_str().unwrap().to_owned()
}

#[test]
fn doctor_notices_each_layer_that_is_gone() {
    for off in LAYERS {
        let ran = letscode(["doctor", "--json", "--switch-off", off]);
        assert_eq!(ran.code, Some(1), "{off}: {ran:#?}");
        let findings = ran.json();
        assert_ne!(status_of(&findings, off), "enforced", "{findings:#}");
        for other in ["cgroups", "seccomp", "network"] {
            if other != off {
                assert_eq!(
                    status_of(&findings, other),
                    "enforced",
                    "{off}: {findings:#}"
                );
            }
        }
    }
}

#[test]
fn a_layer_that_is_not_one_is_refused_with_the_names() {
    let ran = letscode(["doctor", "--allow-degraded", "firewall"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("namespaces, cgroups, seccomp"),
        "{ran:#?}"
    );
}

/// The binary where anybody may execute it, and a user without any rights.
struct Stranger {
    folder: TempDir,
}

/// A number that no account has.
const STRANGER: u32 = 1_499_999_998;

impl Stranger {
    /// `None`, with a message, for who can't become another user.
    fn new() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: only root can try what another user can do");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::copy(LETSCODE, folder.path().join("letscode")).unwrap();
        fs::write(folder.path().join("hello.py"), "print('hello', input())\n").unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        std::os::unix::fs::chown(&data, Some(STRANGER), Some(STRANGER)).unwrap();
        Some(Stranger { folder })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(self.path("letscode"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .uid(STRANGER)
            .gid(STRANGER);
        command
    }

    fn letscode(&self, args: &[&str]) -> Ran {
        let input = self.path("input");
        fs::write(&input, "world\n").unwrap();
        let output = self
            .command(args)
            .stdin(fs::File::open(input).unwrap())
            .output()
            .unwrap();
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Whether the machine gives this user a control group, which depends on the machine.
    fn has_groups(&self) -> bool {
        let ran = self.letscode(&["doctor", "--json"]);
        status_of(&ran.json(), "cgroups") == "enforced"
    }
}

#[test]
fn an_unprivileged_user_gets_every_layer_but_the_groups() {
    let Some(stranger) = Stranger::new() else {
        return;
    };
    if stranger.has_groups() {
        eprintln!("skipped: here any user has control groups");
        return;
    }
    let findings = stranger.letscode(&["doctor", "--json"]).json();
    for layer in ["namespaces", "seccomp", "filesystem", "network"] {
        assert_eq!(status_of(&findings, layer), "enforced", "{findings:#}");
    }
    assert_eq!(status_of(&findings, "cgroups"), "degraded");
    let accepted = stranger.letscode(&["doctor", "--json", "--allow-degraded", "cgroups"]);
    assert_eq!(accepted.code, Some(0), "{accepted:#?}");

    let refused = stranger.letscode(&["run", "hello.py"]);
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(
        refused.stderr.contains("--allow-degraded cgroups"),
        "{refused:#?}"
    );
    let ran = stranger.letscode(&["run", "hello.py", "--allow-degraded", "cgroups"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "hello world\n"),
        "{ran:#?}"
    );
}

#[test]
fn serve_refuses_with_the_mend_unless_the_loss_is_accepted() {
    let Some(stranger) = Stranger::new() else {
        return;
    };
    if stranger.has_groups() {
        eprintln!("skipped: here any user has control groups");
        return;
    }
    let serve = ["serve", "--listen", "127.0.0.1:0", "--data", "data"];
    let refused = stranger.letscode(&serve);
    let message = refused.refusal();
    for expected in [
        "cgroups is DEGRADED",
        "Delegate=yes",
        "--allow-degraded cgroups",
    ] {
        assert!(message.contains(expected), "{message}");
    }
    let mut accepted = stranger.command(&serve);
    accepted.args(["--allow-degraded", "cgroups"]);
    let service = Service::spawn(accepted);
    let (code, status) = service.get("/api/status");
    assert_eq!(
        (code, &status["degradedLayers"]),
        (200, &serde_json::json!(["cgroups"]))
    );
}
