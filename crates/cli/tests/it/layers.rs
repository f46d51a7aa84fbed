//! What doctor and serve say of a machine that gives less isolation than it should.
use std::process::Command;

use crate::support::{LETSCODE, letscode, status_of};

const LAYERS: [&str; 5] = ["namespaces", "cgroups", "seccomp", "filesystem", "network"];

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

/// As in a container that was started with `--cap-drop ALL` and without `--user`.
#[test]
fn root_without_its_capabilities_is_told_to_be_somebody_else() {
    if !rustix::process::geteuid().is_root() {
        return println!("skipped: not root");
    }
    let ran = Command::new("setpriv")
        .args(["--bounding-set=-all", "--inh-caps=-all", LETSCODE])
        .args(["doctor", "--json"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    assert_eq!(ran.status.code(), Some(1), "{told}");
    assert!(told.contains("docker run --user"), "{told}");
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
