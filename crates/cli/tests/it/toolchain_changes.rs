//! The host's files change while a service runs: what compilers don't read costs nothing, what they
//! read is noticed before the next compilation.
//!
//! The service has its own view of two folders of the host, so that nothing of the host is changed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use serde_json::json;

use crate::support::service::{self, Service};
use crate::support::{TIMEOUT, eventually, jury};

const BY_COMPILER: &str = "letscode_compilations_total{source=\"compiler\"}";
const UNIDENTIFIED: &str = "letscode_compilations_unidentified_total";

/// Folders that the service has overlays of.
const FOLDERS: [&str; 2] = ["/usr/lib/x86_64-linux-gnu", "/usr/include"];

/// Starts the command below in a mount namespace of its own. Arguments: a folder for the overlays,
/// then the command.
const WITH_OVERLAYS: &str = r#"
set -e
top=$1; shift
mount -t tmpfs none "$top"
for folder in /usr/lib/x86_64-linux-gnu /usr/include; do
    upper=$top/$(basename $folder)
    mkdir "$upper" "$upper.work"
    mount -t overlay overlay -o lowerdir=$folder,upperdir=$upper,workdir=$upper.work $folder
done
exec "$@"
"#;

struct OverlaidService {
    service: Service,
    _overlays: tempfile::TempDir,
}

impl OverlaidService {
    /// Prints a message and returns `None` where there can be no overlays.
    fn start(data: &Path) -> Option<OverlaidService> {
        let overlays = tempfile::tempdir().unwrap();
        let with_overlays = |program: &Command| {
            let mut command = Command::new("unshare");
            command.args(["--mount", "sh", "-c", WITH_OVERLAYS, "sh"]);
            command.arg(overlays.path()).arg(program.get_program());
            command.args(program.get_args());
            let envs = program.get_envs();
            command.envs(envs.filter_map(|(name, value)| Some((name, value?))));
            command
        };
        let tried = with_overlays(&Command::new("true")).output();
        if !tried.is_ok_and(|output| output.status.success())
            || !FOLDERS.iter().all(|folder| Path::new(folder).is_dir())
        {
            eprintln!("skipped: no overlays of system folders can be mounted here");
            return None;
        }
        let mut command = service::command(data);
        command
            .args(["--workers", "1"])
            .env("LETSCODE_COMPILE_CACHE", "256");
        Some(OverlaidService {
            service: Service::spawn(with_overlays(&command)),
            _overlays: overlays,
        })
    }

    /// Returns a path of the host as the test sees the service's.
    fn path(&self, path: &str) -> PathBuf {
        format!("/proc/{}/root{path}", self.service.pid()).into()
    }

    fn run(&self, language: &str, code: &str) -> String {
        let body = json!({"language": language, "code": code, "input": ""});
        let (status, answer) = self.service.post("/api/test", &body);
        assert_eq!(status, 200, "{answer}");
        format!(
            "{}{}",
            answer["output"].as_str().unwrap(),
            answer["stderr"].as_str().unwrap()
        )
    }

    /// Returns the number of times that a compiler ran meanwhile.
    fn compilations(&self, action: impl FnOnce()) -> u64 {
        let before = self.service.metric(BY_COMPILER);
        action();
        self.service.metric(BY_COMPILER) - before
    }

    fn of_language(&self, name: &str, language: &str) -> u64 {
        self.service
            .metric(&format!("{name}{{language=\"{language}\"}}"))
    }

    fn wait_for_header(&self) {
        eventually("the header is precompiled", TIMEOUT, || {
            let (_, status) = self.service.get("/api/status");
            let slow = status["slowCompilers"].as_array().unwrap();
            if slow.is_empty() {
                Ok(())
            } else {
                Err(format!("{slow:?}"))
            }
        });
    }
}

/// Writes a file without leaving a trace in its size or in the time that a program can set.
fn replace_silently(path: &Path, text: &str, time: SystemTime) {
    fs::write(path, text).unwrap();
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

#[test]
fn caches_follow_the_toolchain_and_nothing_else() {
    let data = tempfile::tempdir().unwrap();
    let Some(host) = OverlaidService::start(data.path()) else {
        return;
    };
    let cpp = fs::read_to_string(jury("aplusb/accepted/solution.cpp")).unwrap();
    let rust = "fn main() { println!(\"rust\"); }";
    let both = || {
        let judged = host.service.judge("aplusb", "cpp", &cpp);
        assert_eq!(judged["verdict"]["status"], "Accepted", "{judged}");
        assert_eq!(host.run("rust", rust), "rust\n");
    };
    host.wait_for_header();
    assert_eq!(host.compilations(both), 2);
    assert_eq!(host.compilations(both), 0);

    // What a package with a shared library and its documents brings.
    let libraries = "/usr/lib/x86_64-linux-gnu";
    for unrelated in ["libunrelated.so.9", "unrelated.txt", "unrelated/plugin.so"] {
        let path = host.path(&format!("{libraries}/{unrelated}"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "of another package").unwrap();
    }
    assert_eq!(host.compilations(both), 0, "the caches stay on");
    host.wait_for_header();
    assert_eq!(
        host.of_language("letscode_toolchain_changes_total", "rust"),
        0
    );

    // What both link with.
    let libc = host.path(&format!("{libraries}/libc.a"));
    File::options()
        .append(true)
        .open(libc)
        .unwrap()
        .set_modified(SystemTime::now())
        .unwrap();
    assert_eq!(host.compilations(both), 2, "another toolchain");
    assert_eq!(host.compilations(both), 0);
    host.wait_for_header();
    for language in ["cpp", "rust"] {
        eventually("the change is counted", TIMEOUT, || {
            match host.of_language("letscode_toolchain_changes_total", language) {
                1 => Ok(()),
                count => Err(count.to_string()),
            }
        });
        assert_eq!(host.of_language("letscode_compile_cache_off", language), 0);
    }
    assert_eq!(host.service.metric(UNIDENTIFIED), 0);
}

#[test]
fn no_stale_program_is_served() {
    let data = tempfile::tempdir().unwrap();
    let Some(host) = OverlaidService::start(data.path()) else {
        return;
    };
    let program = "#include <cstdio>\n#include <answer.h>\nint main() { puts(ANSWER); }";
    let missing = host.run("cpp", program);
    assert!(missing.contains("answer.h"), "{missing}");

    let header = host.path("/usr/include/answer.h");
    let time = SystemTime::UNIX_EPOCH;
    for turn in 1..=3 {
        let text = format!("#define ANSWER \"{turn}\"\n");
        replace_silently(&header, &text, time);
        let program = || assert_eq!(host.run("cpp", program), format!("{turn}\n"));
        assert_eq!(host.compilations(program), 1);
        assert_eq!(host.compilations(program), 0);
    }
    fs::remove_file(&header).unwrap();
    assert_eq!(host.run("cpp", program), missing);
    host.wait_for_header();
}
