//! From source to something that runs: once per submission, in a cell.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};

use letscode_sandbox::{
    Artifact, CollectFile, InputFile, Launch, Outcome, Program, Stream, sealed_copy,
};

use crate::Engine;
use crate::decide::describe_signal;
use crate::elf::is_static_executable;
use crate::engine::{EngineError, environment};
use crate::language::{Language, Stage};

/// What is kept of a compiler's words, in bytes.
const MAX_MESSAGE_BYTES: u64 = 64 << 10;

/// The largest executable that is taken, in bytes.
const MAX_ARTIFACT_BYTES: u64 = 64 << 20;

/// What a compile step came to.
pub(crate) struct Compilation {
    /// `None`: a Compilation Error.
    pub executable: Option<Executable>,
    /// What the compiler wrote, and what ended it if it did not end by itself.
    pub message: String,
}

/// Something to run, as often as there are tests.
pub(crate) enum Executable {
    /// Machine code that the compiler made.
    Artifact(Artifact),
    /// The source itself, for an interpreter.
    Source(OwnedFd),
}

impl Engine {
    pub(crate) fn compile(
        &self,
        language: &Language,
        source: &[u8],
    ) -> Result<Compilation, EngineError> {
        let doing = "copying the source";
        let source =
            sealed_copy("source", source).map_err(|source| EngineError::Io { doing, source })?;
        let finished = self.jail.run(Launch {
            profile: &Stage::Compile.profile(&language.id),
            limits: language.compile.limits.to_limits(),
            program: Program::Path(&language.compile.command[0]),
            argv: language.compile.command.clone(),
            env: environment(language, Stage::Compile),
            stdin: Stream::Null,
            stdout: Stream::Captured,
            stderr: Stream::Captured,
            files: vec![InputFile {
                name: &language.source,
                contents: source.as_fd(),
                executable: false,
            }],
            collect: collected(language),
        })?;
        let words = [finished.stderr, finished.stdout]
            .map(read_message)
            .concat();
        if finished.outcome != (Outcome::Exited { code: 0 }) {
            return Ok(Compilation::failed(words, finished.outcome));
        }
        let executable = match language.compile.output {
            None => Some(Executable::Source(source)),
            Some(_) => {
                let artifact = finished.collected.into_iter().next().flatten();
                artifact.filter(runs_alone).map(Executable::Artifact)
            }
        };
        let message = match executable {
            Some(_) => words,
            None => {
                format!("{words}the compiler made no static executable of an acceptable size\n")
            }
        };
        Ok(Compilation {
            executable,
            message,
        })
    }
}

impl Compilation {
    fn failed(words: String, outcome: Outcome) -> Compilation {
        let ending = match outcome {
            // The compiler has said why.
            Outcome::Exited { .. } if !words.is_empty() => String::new(),
            Outcome::Exited { code } => format!("the compiler ended with code {code}\n"),
            Outcome::Signaled { signal } => {
                format!("the compiler was ended by {}\n", describe_signal(signal))
            }
            Outcome::CpuTimeExceeded | Outcome::WallTimeExceeded => {
                "the compiler took too long\n".to_owned()
            }
            Outcome::MemoryExceeded => "the compiler needed too much memory\n".to_owned(),
            Outcome::OutputExceeded => "the compiler wrote too much\n".to_owned(),
            Outcome::SyscallDenied => "the compiler did something that is not allowed\n".to_owned(),
        };
        Compilation {
            executable: None,
            message: words + &ending,
        }
    }
}

fn runs_alone(artifact: &Artifact) -> bool {
    artifact
        .open()
        .is_ok_and(|file| is_static_executable(&file))
}

fn collected(language: &Language) -> Vec<CollectFile<'_>> {
    let output = language.compile.output.iter();
    output
        .map(|name| CollectFile {
            name,
            max_bytes: MAX_ARTIFACT_BYTES,
        })
        .collect()
}

fn read_message(stream: Option<File>) -> String {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        // An anonymous file of ours: it can't fail but for memory, and then the words are short.
        let _ = stream.take(MAX_MESSAGE_BYTES).read_to_end(&mut bytes);
    }
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    if bytes.len() as u64 == MAX_MESSAGE_BYTES {
        text.push_str("\n[cut: the compiler wrote more]\n");
    }
    text
}
