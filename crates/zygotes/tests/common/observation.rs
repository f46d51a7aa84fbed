//! Observes programs from outside: started cold and forked, with pipes and with files.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::launcher::{self, ExecRequest, Interpreter, Zygote, ZygoteSettings};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKind {
    Pipes,
    Files,
}

/// Everything that can be observed of a program from outside.
#[derive(Debug, PartialEq, Eq)]
pub struct Observation {
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

/// Lists the programs of `tests/INTERPRETER/programs`.
pub fn programs(interpreter: &str, extension: &str) -> Vec<Program> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/{interpreter}/programs"));
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut programs: Vec<Program> = paths
        .filter(|path| path.extension().is_some_and(|other| other == extension))
        .map(|source| Program {
            name: source.file_stem().unwrap().to_str().unwrap().to_owned(),
            input: fs::read(source.with_extension("in")).unwrap_or_default(),
            source,
        })
        .collect();
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    programs
}

/// Runs a program with such streams and collects its output.
pub fn observe(
    streams: StreamKind,
    input: &[u8],
    run: impl FnOnce([OwnedFd; 3]) -> ExitStatus,
) -> Observation {
    match streams {
        StreamKind::Files => {
            let [mut stdin, mut stdout, mut stderr] =
                [(); 3].map(|()| tempfile::tempfile().unwrap());
            std::io::Write::write_all(&mut stdin, input).unwrap();
            stdin.rewind().unwrap();
            let streams = [&stdin, &stdout, &stderr].map(|file| file.try_clone().unwrap().into());
            let status = run(streams);
            stdout.rewind().unwrap();
            stderr.rewind().unwrap();
            observation(status, read(stdout), read(stderr))
        }
        StreamKind::Pipes => {
            let pipe = || rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
            let ((stdin, feed), (out, stdout), (err, stderr)) = (pipe(), pipe(), pipe());
            thread::scope(|scope| {
                // An error means that the program has not read all of it.
                scope.spawn(move || drop(std::io::Write::write_all(&mut File::from(feed), input)));
                let out = scope.spawn(|| read(File::from(out)));
                let err = scope.spawn(|| read(File::from(err)));
                let status = run([stdin, stdout, stderr]);
                observation(status, out.join().unwrap(), err.join().unwrap())
            })
        }
    }
}

fn read(mut file: File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

fn observation(status: ExitStatus, stdout: Vec<u8>, stderr: Vec<u8>) -> Observation {
    Observation {
        code: status.code(),
        signal: status.signal(),
        stdout: without_numbers(&stdout),
        stderr: without_numbers(&stderr),
    }
}

/// Removes process ids in warnings and addresses of objects, which differ between any two runs.
fn without_numbers(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let text = without(&text, "(node:", |c| c.is_ascii_digit());
    without(&text, " at 0x", |c| c.is_ascii_hexdigit())
}

/// Removes the characters that follow each `mark`.
fn without(text: &str, mark: &str, which: impl Fn(char) -> bool) -> String {
    let mut parts = text.split(mark);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        all + mark + part.trim_start_matches(&which)
    })
}

pub fn cold(
    program: &str,
    script: &Path,
    streams: StreamKind,
    input: &[u8],
    options: &[&str],
) -> Observation {
    observe(streams, input, |[stdin, stdout, stderr]| {
        let folder = script.parent().unwrap();
        let mut command = Command::new(program);
        command.args(options).arg(script);
        command.env_clear().envs(launcher::environment(folder));
        command.current_dir(folder);
        command.stdin(stdin).stdout(stdout).stderr(stderr);
        let mut child = launcher::spawn(&mut command);
        drop(command);
        child.wait().unwrap()
    })
}

pub fn forked(zygote: &mut Zygote, streams: StreamKind, input: &[u8]) -> Observation {
    forked_with(zygote, streams, input, &[])
}

/// The same, with resource limits.
pub fn forked_with(
    zygote: &mut Zygote,
    streams: StreamKind,
    input: &[u8],
    limits: &[(u32, u64)],
) -> Observation {
    observe(streams, input, |streams| {
        let request = ExecRequest {
            limits,
            ..ExecRequest::default()
        };
        zygote.send(&zygote.message(&request), &launcher::borrow(&streams));
        drop(streams);
        zygote.exit_and_ready().unwrap().status
    })
}

/// Returns the options of the cold start that a program is compared with: with files none, as most
/// judges start it.
fn cold_options(interpreter: &Interpreter, name: &str, streams: StreamKind) -> Vec<String> {
    match name {
        "stack-depth" => (interpreter.cold_options)(),
        // It shows /proc/self/cmdline.
        "self-proc-files" => Vec::new(),
        _ if streams == StreamKind::Files => Vec::new(),
        _ => (interpreter.cold_options)(),
    }
}

/// Runs every program cold and forked, with pipes and with files, and returns the differences.
pub fn differences(
    interpreter: &Interpreter,
    script_name: &str,
    programs: &[Program],
) -> Vec<String> {
    let only = std::env::var("LETSCODE_PROGRAMS").unwrap_or_default();
    let programs: Vec<&Program> = programs
        .iter()
        .filter(|program| program.name.contains(&only))
        .collect();
    assert!(!programs.is_empty());
    let next = AtomicUsize::new(0);
    let differences = Mutex::new(Vec::new());
    let compare_some = || {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join(script_name);
        let settings = ZygoteSettings::default();
        let mut zygote = Zygote::start_as(interpreter, &script, "", &settings, |_| {}).unwrap();
        while let Some(program) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
            fs::copy(&program.source, &script).unwrap();
            for streams in [StreamKind::Pipes, StreamKind::Files] {
                let options = cold_options(interpreter, &program.name, streams);
                let options: Vec<&str> = options.iter().map(String::as_str).collect();
                let cold = cold(
                    interpreter.program,
                    &script,
                    streams,
                    &program.input,
                    &options,
                );
                // In a spare that has waited, and in one that has not.
                for spare in ["rested", "new"] {
                    let forked = forked(&mut zygote, streams, &program.input);
                    if cold != forked {
                        let shown = show(&cold, &forked);
                        let text = format!("{} by {streams:?}, {spare}\n{shown}", program.name);
                        differences.lock().unwrap().push(text);
                    }
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
    differences.into_inner().unwrap()
}

/// Describes the streams that differ, abridged.
fn show(cold: &Observation, forked: &Observation) -> String {
    let short = |text: &str| text.chars().take(1500).collect::<String>();
    let mut lines = format!(
        "  cold   code {:?} signal {:?}\n  forked code {:?} signal {:?}\n",
        cold.code, cold.signal, forked.code, forked.signal
    );
    for (name, cold, forked) in [
        ("stdout", &cold.stdout, &forked.stdout),
        ("stderr", &cold.stderr, &forked.stderr),
    ] {
        if cold != forked {
            lines += &format!(
                "  cold {name}   {:?}\n  forked {name} {:?}\n",
                short(cold),
                short(forked)
            );
        }
    }
    lines
}
