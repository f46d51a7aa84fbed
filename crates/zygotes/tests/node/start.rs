//! Tests that a zygote reports why it can't serve, and ends when it is not needed any more.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use crate::launcher::{self, Zygote, ZygoteSettings};
use crate::observation::{StreamKind, forked};

fn start_changed(change: impl FnOnce(&Path)) -> Result<Zygote, String> {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.js");
    Zygote::start_with(&script, "", &ZygoteSettings::default(), change)
}

fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{} has no {from}", file.display());
    fs::write(file, text.replace(from, to)).unwrap();
}

/// Starts a changed zygote, which must fail, and returns its message.
fn refusal(change: impl FnOnce(&Path)) -> String {
    let answer = start_changed(change).err();
    let answer = answer.expect("it served");
    assert!(answer.starts_with('F'), "{answer}");
    answer
}

#[test]
fn unsupported_versions_are_not_served() {
    if crate::missing().is_some() {
        return;
    }
    let answer = refusal(|module| replace(&module.join("zygote.js"), "['v20.", "['v0."));
    assert!(answer.contains("was not tried"), "{answer}");
}

#[test]
fn moved_internals_are_noticed() {
    if crate::missing().is_some() {
        return;
    }
    let answer = refusal(|module| {
        replace(
            &module.join("zygote.js"),
            "process.exitCode = EXIT_CODE",
            "process.exitCode = 5",
        );
    });
    assert!(answer.contains("no exit code"), "{answer}");
}

#[test]
fn failing_self_tests_are_noticed() {
    if crate::missing().is_some() {
        return;
    }
    let answer = refusal(|module| {
        fs::write(module.join("self-tests/sync.js"), "console.log('wrong')").unwrap();
    });
    assert!(answer.contains("sync.js ended"), "{answer}");
    let answer = refusal(|module| {
        fs::write(
            module.join("self-tests/sync.js"),
            "process.kill(process.pid, 'SIGSEGV')",
        )
        .unwrap();
    });
    assert!(
        answer.contains("wait status 11") || answer.contains("wait status 139"),
        "{answer}"
    );
}

#[test]
fn busy_zygotes_are_noticed() {
    if crate::missing().is_some() {
        return;
    }
    let answer = refusal(|module| {
        let file = module.join("warm.js");
        replace(
            &file,
            "  commonJs();\n",
            "  commonJs();\n  setInterval(() => {}, 1000);\n",
        );
    });
    assert!(answer.contains("still busy: Timeout"), "{answer}");
    let answer = refusal(|module| {
        let file = module.join("warm.js");
        replace(
            &file,
            "  commonJs();\n",
            "  commonJs();\n  fs.readFile(__filename, () => {});\n",
        );
    });
    // Depends on whether it has finished by now.
    let expected = ["still busy: FSReqCallback", "threads that did not end"];
    assert!(
        expected.iter().any(|text| answer.contains(text)),
        "{answer}"
    );
}

#[test]
fn zygote_and_spare_end_with_the_socket() {
    if crate::missing().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.js");
    fs::write(&script, "").unwrap();
    let mut zygote = Zygote::start(&script, "").unwrap();
    forked(&mut zygote, StreamKind::Pipes, b"");
    let pid = zygote.process.id();
    assert!(zygote.close().success());
    // It has no children any more.
    let listed = Command::new("ps")
        .args(["-o", "pid=", "--ppid", &pid.to_string()])
        .output();
    assert_eq!(listed.map(|output| output.stdout).unwrap_or_default(), b"");
}

/// A spare that is killed while it waits is reported at once, and replaced.
#[test]
fn killed_spares_are_reported() {
    if crate::missing().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.js");
    let mut zygote = Zygote::start(&script, "").unwrap();
    let spare = launcher::only_child(zygote.process.id());
    rustix::process::kill_process(spare, rustix::process::Signal::KILL).unwrap();
    assert_eq!(zygote.exit().unwrap().status.signal(), Some(9));
    zygote.ready().unwrap();
    fs::write(&script, "console.log('next')").unwrap();
    assert_eq!(forked(&mut zygote, StreamKind::Pipes, b"").stdout, "next\n");
}
