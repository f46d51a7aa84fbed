//! Every program of `programs/`, started cold and forked, by pipe and by file.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::launcher::{self, Order, Zygote};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streams {
    Pipes,
    Files,
}

/// What can be seen of a program from outside.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

pub struct Program {
    pub name: String,
    pub source: PathBuf,
    pub input: Vec<u8>,
}

pub fn programs() -> Vec<Program> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node/programs");
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut programs: Vec<Program> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "js"))
        .map(|source| Program {
            name: source.file_stem().unwrap().to_str().unwrap().to_owned(),
            input: fs::read(source.with_extension("in")).unwrap_or_default(),
            source,
        })
        .collect();
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    programs
}

/// Runs something with these streams and collects what it prints.
pub fn see(streams: Streams, input: &[u8], run: impl FnOnce([OwnedFd; 3]) -> ExitStatus) -> Seen {
    match streams {
        Streams::Files => {
            let [mut stdin, mut stdout, mut stderr] =
                [(); 3].map(|()| tempfile::tempfile().unwrap());
            std::io::Write::write_all(&mut stdin, input).unwrap();
            stdin.rewind().unwrap();
            let given = [&stdin, &stdout, &stderr].map(|file| file.try_clone().unwrap().into());
            let status = run(given);
            stdout.rewind().unwrap();
            stderr.rewind().unwrap();
            seen(status, read(stdout), read(stderr))
        }
        Streams::Pipes => {
            let pipe = || rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
            let ((stdin, feed), (out, stdout), (err, stderr)) = (pipe(), pipe(), pipe());
            thread::scope(|scope| {
                // The program need not read it.
                scope.spawn(move || drop(std::io::Write::write_all(&mut File::from(feed), input)));
                let out = scope.spawn(|| read(File::from(out)));
                let err = scope.spawn(|| read(File::from(err)));
                let status = run([stdin, stdout, stderr]);
                seen(status, out.join().unwrap(), err.join().unwrap())
            })
        }
    }
}

fn read(mut file: File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

fn seen(status: ExitStatus, stdout: Vec<u8>, stderr: Vec<u8>) -> Seen {
    Seen {
        code: status.code(),
        signal: status.signal(),
        stdout: without_numbers(&stdout),
        stderr: without_numbers(&stderr),
    }
}

/// Process ids in warnings differ between any two runs.
fn without_numbers(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut parts = text.split("(node:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        all + "(node:" + part.trim_start_matches(|c: char| c.is_ascii_digit())
    })
}

pub fn cold(script: &Path, streams: Streams, input: &[u8], options: &[&str]) -> Seen {
    see(streams, input, |[stdin, stdout, stderr]| {
        let folder = script.parent().unwrap();
        let mut command = Command::new(launcher::NODE);
        command.args(options).arg(script);
        command.env_clear().envs(launcher::environment(folder));
        command.current_dir(folder);
        command.stdin(stdin).stdout(stdout).stderr(stderr);
        let mut child = launcher::spawn(&mut command);
        drop(command);
        child.wait().unwrap()
    })
}

pub fn forked(zygote: &mut Zygote, streams: Streams, input: &[u8]) -> Seen {
    see(streams, input, |given| {
        zygote.send(
            &zygote.message(&Order::default()),
            &launcher::borrow(&given),
        );
        drop(given);
        zygote.ended().unwrap().status
    })
}

#[test]
fn every_program_is_as_it_would_be_if_it_had_been_started() {
    if crate::missing().is_some() {
        return;
    }
    let only = std::env::var("LETSCODE_PROGRAMS").unwrap_or_default();
    let programs: Vec<Program> = programs()
        .into_iter()
        .filter(|program| program.name.contains(&only))
        .collect();
    let next = AtomicUsize::new(0);
    let differences = Mutex::new(Vec::new());
    let compare_some = || {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("solution.js");
        let mut zygote = Zygote::start(&script, "").unwrap();
        while let Some(program) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
            fs::copy(&program.source, &script).unwrap();
            for streams in [Streams::Pipes, Streams::Files] {
                let cold = cold(&script, streams, &program.input, &[]);
                let forked = forked(&mut zygote, streams, &program.input);
                if cold != forked {
                    let text = format!("{} by {streams:?}\n{}", program.name, show(&cold, &forked));
                    differences.lock().unwrap().push(text);
                }
            }
        }
        assert!(zygote.close().success());
    };
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(compare_some);
        }
    });
    let differences = differences.into_inner().unwrap();
    assert!(
        differences.is_empty(),
        "{} differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
    assert!(!programs.is_empty());
}

/// Only what differs, and not megabytes of it.
fn show(cold: &Seen, forked: &Seen) -> String {
    let short = |text: &str| text.chars().take(1500).collect::<String>();
    let mut lines = format!(
        "  cold   code {:?} signal {:?}\n  forked code {:?} signal {:?}\n",
        cold.code, cold.signal, forked.code, forked.signal
    );
    for (name, one, other) in [
        ("stdout", &cold.stdout, &forked.stdout),
        ("stderr", &cold.stderr, &forked.stderr),
    ] {
        if one != other {
            lines += &format!(
                "  cold {name}   {:?}\n  forked {name} {:?}\n",
                short(one),
                short(other)
            );
        }
    }
    lines
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
    let cold = cold(&script, Streams::Pipes, b"", &options);
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
