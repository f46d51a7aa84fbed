//! `doctor` and `serve` on a machine with degraded or missing layers of isolation.
use std::process::Command;

use crate::support::{LETSCODE, letscode, status_of};

const LAYERS: [&str; 5] = ["namespaces", "cgroups", "seccomp", "filesystem", "network"];

#[test]
fn doctor_finds_each_missing_layer() {
    for off in LAYERS {
        let ran = letscode(["doctor", "--json", "--switch-off", off]);
        assert_eq!(ran.code, Some(1), "{off}: {ran:#?}");
        let findings = ran.json();
        assert_ne!(status_of(&findings, off), "enforced", "{findings:#}");
        for layer in ["cgroups", "seccomp", "network"] {
            if layer != off {
                assert_eq!(
                    status_of(&findings, layer),
                    "enforced",
                    "{off}: {findings:#}"
                );
            }
        }
    }
}

/// The situation in a container with `--cap-drop ALL` and without `--user`.
#[test]
fn root_without_capabilities_gets_advice() {
    if !rustix::process::geteuid().is_root() {
        return println!("skipped: not root");
    }
    let ran = Command::new("setpriv")
        .args(["--bounding-set=-all", "--inh-caps=-all", LETSCODE])
        .args(["doctor", "--json"])
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&ran.stdout);
    assert_eq!(ran.status.code(), Some(1), "{stdout}");
    assert!(stdout.contains("docker run --user"), "{stdout}");
}

#[test]
fn unknown_layers_are_refused() {
    let ran = letscode(["doctor", "--allow-degraded", "firewall"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("namespaces, cgroups, seccomp"),
        "{ran:#?}"
    );
}
