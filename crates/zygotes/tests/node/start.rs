//! That a zygote says so where it can't serve, and goes when it is not needed any more.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use crate::launcher::{self, Told, Zygote};
use crate::seen::{Streams, forked};

fn start_changed(change: impl FnOnce(&Path)) -> Result<Zygote, String> {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.js");
    Zygote::start_with(&script, "", &Told::default(), change)
}

fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{} has no {from}", file.display());
    fs::write(file, text.replace(from, to)).unwrap();
}

/// What it says when it has to give up.
fn refusal(change: impl FnOnce(&Path)) -> String {
    let answer = start_changed(change).err();
    let answer = answer.expect("it served");
    assert!(answer.starts_with('F'), "{answer}");
    answer
}

#[test]
fn a_version_that_nobody_tried_is_not_served() {
    if crate::missing().is_some() {
        return;
    }
    let answer = refusal(|module| replace(&module.join("zygote.js"), "['v20.", "['v0."));
    assert!(answer.contains("was not tried"), "{answer}");
}

#[test]
fn a_place_that_is_not_where_it_should_be_is_noticed() {
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
fn an_attempt_that_ends_otherwise_is_noticed() {
    if crate::missing().is_some() {
        return;
    }
    let answer = refusal(|module| {
        fs::write(module.join("attempts/sync.js"), "console.log('wrong')").unwrap();
    });
    assert!(answer.contains("sync.js ended"), "{answer}");
    let answer = refusal(|module| {
        fs::write(
            module.join("attempts/sync.js"),
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
fn a_zygote_that_is_not_quiet_is_noticed() {
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
    // Whether or not that is through by now.
    let said = ["still busy: FSReqCallback", "threads that did not end"];
    assert!(said.iter().any(|text| answer.contains(text)), "{answer}");
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
    forked(&mut zygote, Streams::Pipes, b"");
    let pid = zygote.process.id();
    assert!(zygote.close().success());
    // Nobody has it as a parent any more.
    let listed = Command::new("ps")
        .args(["-o", "pid=", "--ppid", &pid.to_string()])
        .output();
    assert_eq!(listed.map(|output| output.stdout).unwrap_or_default(), b"");
}

/// A spare that is killed while it waits is told of at once, and another waits.
#[test]
fn a_spare_that_dies_is_told_of() {
    if crate::missing().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.js");
    let mut zygote = Zygote::start(&script, "").unwrap();
    let spare = launcher::only_child(zygote.process.id());
    rustix::process::kill_process(spare, rustix::process::Signal::KILL).unwrap();
    assert_eq!(zygote.end().unwrap().status.signal(), Some(9));
    zygote.ready().unwrap();
    fs::write(&script, "console.log('next')").unwrap();
    assert_eq!(forked(&mut zygote, Streams::Pipes, b"").stdout, "next\n");
}
