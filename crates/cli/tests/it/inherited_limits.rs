//! Who starts the service may have been given lower limits than cells are: those of systemd, of a container, of a
//! careful administrator.
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

/// Neither a cell nor a waiting interpreter fails over them; and who may raise the limit for dumps to 1 does, at which
/// the kernel starts no program of the host's for one.
#[rstest]
#[case::cpp("limits.cpp", CPP)]
#[case::python("limits.py", PYTHON)]
#[case::javascript("limits.js", JAVASCRIPT)]
fn lower_limits_are_no_fault(
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
    let core = match limit == "-c 0" && !name.ends_with("js") && !can_raise() {
        true => "0\n",
        false => "1\n",
    };
    assert_eq!(report["stdout"], core, "{report:#}");
}

/// Root of a container, or of a virtual machine that is somebody else's, may lack the right.
fn can_raise() -> bool {
    let line = "ulimit -SH -c 0 && ulimit -SH -c 1";
    let tried = Command::new("bash").args(["-c", line]).output().unwrap();
    tried.status.success()
}
