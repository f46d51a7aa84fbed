//! Every program of `programs/`, and what it takes more than one run to see.

use std::fs;

use crate::launcher::{Interpreter, NODE, Zygote};
use crate::seen::{Seen, Streams, cold, differences, forked, programs};

#[test]
fn every_program_is_as_it_would_be_if_it_had_been_started() {
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

/// A new child has new chance: no two get the same, from Math.random or from OpenSSL.
#[test]
fn no_two_children_have_the_same_chance() {
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
        let seen = forked(&mut zygote, Streams::Pipes, b"");
        assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
        assert_eq!(seen.stdout.lines().count(), 4);
        all.extend(seen.stdout.lines().map(str::to_owned));
    }
    assert_eq!(all.len(), 200);
}

/// The text for which people look, when V8 itself is at its limit.
#[test]
fn too_much_memory_ends_it_with_the_same_words() {
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
    let cold = cold(NODE, &script, Streams::Pipes, b"", &options);
    let forked = forked(&mut zygote, Streams::Pipes, b"");
    assert_eq!((cold.code, cold.signal), (forked.code, forked.signal));
    let words = |seen: &Seen| {
        let line = seen
            .stderr
            .lines()
            .find(|line| line.starts_with("FATAL ERROR"));
        line.map(str::to_owned)
    };
    assert!(words(&cold).is_some(), "{}", cold.stderr);
    assert_eq!(words(&cold), words(&forked));
    // And the zygote is none the worse for it.
    fs::write(&script, "console.log('next')").unwrap();
    assert_eq!(
        self::forked(&mut zygote, Streams::Pipes, b"").stdout,
        "next\n"
    );
}

/// What a program leaves behind, in memory or in its environment, no other sees.
#[test]
fn nothing_of_one_program_is_seen_by_the_next() {
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
        assert_eq!(forked(&mut zygote, Streams::Files, b"").stdout, expected);
    }
}

/// The descriptors that the launcher had are gone, whatever their numbers.
#[test]
fn a_program_has_its_streams_and_no_socket() {
    if crate::missing().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.js");
    let source = "for (const name of require('fs').readdirSync('/proc/self/fd')) {
        try { console.log(require('fs').readlinkSync(`/proc/self/fd/${name}`)); } catch {} }";
    fs::write(&script, source).unwrap();
    let mut zygote = Zygote::start(&script, "").unwrap();
    let seen = forked(&mut zygote, Streams::Pipes, b"");
    assert_eq!(seen.code, Some(0));
    assert!(!seen.stdout.contains("socket"), "{}", seen.stdout);
}
