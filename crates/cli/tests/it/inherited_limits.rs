//! The service may be started with lower limits than its cells have: those of systemd, of a container
//! or of an administrator.
use std::fs;
use std::process::Command;

use crate::support::LETSCODE;
use rstest::rstest;
use serde_json::Value;

const CPP: &str = r#"#include <cstdio>
#include <sys/resource.h>
int main() { rlimit core; getrlimit(RLIMIT_CORE, &core); printf("%ld\n", (long)core.rlim_max); }"#;
const PYTHON: &str = "import resource\nprint(resource.getrlimit(resource.RLIMIT_CORE)[1])";
const JAVASCRIPT: &str = "console.log(require('child_process') ? 1 : 0)";

/// Neither a cell nor a warm interpreter fails because of them. If permitted, the helper raises the
/// limit of core dumps to 1, with which the kernel starts no dump handler of the host.
#[rstest]
#[case::cpp("limits.cpp", CPP)]
#[case::python("limits.py", PYTHON)]
#[case::javascript("limits.js", JAVASCRIPT)]
fn lower_limits_do_not_fail_runs(
    #[case] name: &str,
    #[case] source: &str,
    #[values("-c 0", "-s 65536", "-l 32", "-i 100", "-n 128", "-f 4000000")] limit: &str,
) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, source).unwrap();
    let mut command = Command::new("bash");
    let line = format!("ulimit -SH {limit} && exec \"$@\"");
    command.args(["-c", &line, "bash", LETSCODE, "run", "--json"]);
    if !rustix::process::geteuid().is_root() {
        command.args(["--allow-degraded", "cgroups"]);
    }
    let output = command.arg(&path).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["outcome"], "exited", "{report:#}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{limit}");
    let core = if limit == "-c 0" && !name.ends_with("js") && !can_raise() {
        "0\n"
    } else {
        "1\n"
    };
    assert_eq!(report["stdout"], core, "{report:#}");
}

/// True if the limit can be raised; root of a container may lack the right.
fn can_raise() -> bool {
    let line = "ulimit -SH -c 0 && ulimit -SH -c 1";
    let output = Command::new("bash").args(["-c", line]).output().unwrap();
    output.status.success()
}
