//! Tests that forked programs behave as cold ones: every program of `programs/`, and differences that
//! show only in more than one run.

use std::fs;

use crate::launcher::{Interpreter, NODE, Zygote};
use crate::observation::{Observation, StreamKind, cold, differences, forked, programs};

#[test]
fn forked_programs_equal_cold_ones() {
    if crate::missing().is_some() {
        return;
    }
    let programs = programs("node", "js");
    let differences = differences(&Interpreter::NODE, "solution.js", &programs);
    assert!(
        differences.is_empty(),
        "{} differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

/// Both Math.random and OpenSSL are seeded anew.
#[test]
fn children_get_different_random_numbers() {
    if crate::missing().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.js");
    let source = "console.log(Math.random());
        console.log(require('crypto').randomBytes(8).toString('hex'));
        console.log(crypto.randomUUID());
        console.log(require('vm').runInNewContext('Math.random()'));";
    fs::write(&script, source).unwrap();
    let mut zygote = Zygote::start(&script, "").unwrap();
    let mut all = std::collections::BTreeSet::new();
    for _ in 0..50 {
        let run = forked(&mut zygote, StreamKind::Pipes, b"");
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        assert_eq!(run.stdout.lines().count(), 4);
        all.extend(run.stdout.lines().map(str::to_owned));
    }
    assert_eq!(all.len(), 200);
}

/// The message that people look for, when V8 itself is at its limit.
#[test]
fn out_of_memory_message_is_the_same() {
    if crate::missing().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.js");
    fs::write(
        &script,
        "const a=[];for(;;)a.push(new Array(1000).fill(1.5));",
    )
    .unwrap();
    let mut zygote = Zygote::start(&script, "--max-old-space-size=64").unwrap();
    let options = ["--max-old-space-size=64"];
    let cold = cold(NODE, &script, StreamKind::Pipes, b"", &options);
    let forked = forked(&mut zygote, StreamKind::Pipes, b"");
    assert_eq!((cold.code, cold.signal), (forked.code, forked.signal));
    let message = |run: &Observation| {
        let line = run
            .stderr
            .lines()
            .find(|line| line.starts_with("FATAL ERROR"));
        line.map(str::to_owned)
    };
    assert!(message(&cold).is_some(), "{}", cold.stderr);
    assert_eq!(message(&cold), message(&forked));
    // The zygote goes on.
    fs::write(&script, "console.log('next')").unwrap();
    assert_eq!(
        self::forked(&mut zygote, StreamKind::Pipes, b"").stdout,
        "next\n"
    );
}

#[test]
fn programs_leave_no_traces() {
    if crate::missing().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.js");
    fs::write(
        &script,
        "console.log(typeof globalThis.mark, typeof Array.prototype.mark, process.env.MARK, process.cwd(), process.umask());
         globalThis.mark = Array.prototype.mark = 1; process.env.MARK = 1; require('fs').mark = 1;
         process.chdir('/'); process.umask(0);",
    )
    .unwrap();
    let mut zygote = Zygote::start(&script, "").unwrap();
    let expected = format!(
        "undefined undefined undefined {} 18\n",
        folder.path().display()
    );
    for _ in 0..3 {
        assert_eq!(forked(&mut zygote, StreamKind::Files, b"").stdout, expected);
    }
}

/// The launcher's descriptors are closed, whatever their numbers.
#[test]
fn programs_have_no_socket() {
    if crate::missing().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.js");
    let source = "for (const name of require('fs').readdirSync('/proc/self/fd')) {
        try { console.log(require('fs').readlinkSync(`/proc/self/fd/${name}`)); } catch {} }";
    fs::write(&script, source).unwrap();
    let mut zygote = Zygote::start(&script, "").unwrap();
    let run = forked(&mut zygote, StreamKind::Pipes, b"");
    assert_eq!(run.code, Some(0));
    assert!(!run.stdout.contains("socket"), "{}", run.stdout);
}
