//! A package's own output validators: compiled once, each question in a cell of its own.
//!
//! A validator sees the test's input, the jury's answer, its feedback folder and what the
//! submission wrote; nothing else of the package, and nothing of other tests. It comes from the
//! package's author and not from a stranger, and is bounded all the same.

mod feedback;
mod prepare;
mod verdict;

use std::fs::File;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::Duration;

use letscode_package::{ProblemLimits, ValidatorProtocol};
use letscode_sandbox::{CollectFile, InputFile, Limits, RunRequest, RunResult, StdStream};

use crate::Engine;
use crate::compile::compiler::Executable;
use crate::compile::sources::CellFile;
use crate::engine::{EngineError, environment};
use crate::language::{Language, Stage};

pub(crate) use feedback::{Feedback, Points};
pub(crate) use verdict::Said;

const MIB: u64 = 1 << 20;

/// Names inside the validator's cell.
const INPUT: &str = "test.in";
const ANSWER: &str = "test.ans";
const OUTPUT: &str = "test.out";

/// A validator that is ready to be asked.
#[derive(Debug)]
pub(crate) struct Validator<'a> {
    pub path: &'a str,
    pub protocol: ValidatorProtocol,
    language: &'a Language,
    executable: Executable,
    /// Files of the feedback folder that it may want to find again in the next pass.
    kept: Vec<String>,
}

/// What a validator is asked about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub test: &'a str,
    pub input: &'a InputOf<'a>,
    pub answer: &'a PathBuf,
    pub args: &'a [String],
    pub limits: &'a ProblemLimits,
    /// From earlier passes.
    pub feedback: &'a Feedback,
}

/// The input of a pass.
#[derive(Debug)]
pub(crate) enum InputOf<'a> {
    Test(&'a PathBuf),
    /// What the validator wrote for this pass.
    NextPass(File),
}

impl InputOf<'_> {
    pub fn open(&self) -> Result<File, EngineError> {
        match self {
            InputOf::Test(path) => File::open(path).map_err(|source| EngineError::TestData {
                path: (*path).clone(),
                source,
            }),
            InputOf::NextPass(file) => {
                let doing = "opening the next pass's input";
                let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(file));
                File::open(path).map_err(|source| EngineError::Io { doing, source })
            }
        }
    }
}

/// Everything that a validator's cell is made from; outlives its launch.
pub(crate) struct Asked {
    profile: String,
    files: Vec<CellFile>,
    collect: Vec<String>,
    argv: Vec<String>,
    limits: Limits,
}

impl Validator<'_> {
    /// Asks about a finished output.
    pub fn check(
        &self,
        engine: &Engine,
        question: &Question<'_>,
        output: &File,
    ) -> Result<(Said, Feedback), EngineError> {
        let asked = self.prepare(question, Some(output), Duration::ZERO)?;
        let stdin = match self.protocol {
            ValidatorProtocol::Kattis => StdStream::Fd(output.as_fd()),
            ValidatorProtocol::Testlib => StdStream::Null,
        };
        let finished =
            engine
                .jail
                .run(self.launch(&asked, question.feedback, stdin, StdStream::Captured))?;
        self.understand(question, finished)
    }

    /// Puts the cell's files, arguments and limits together. `waiting` is how long it may have to
    /// wait for a submission that it talks with.
    pub fn prepare(
        &self,
        question: &Question<'_>,
        output: Option<&File>,
        waiting: Duration,
    ) -> Result<Asked, EngineError> {
        let fd = question.input.open()?.into();
        let input = CellFile {
            name: INPUT.to_owned(),
            fd,
        };
        let mut files = vec![input, CellFile::open(ANSWER, question.answer)?];
        let at = |name: &str| format!("/workspace/{name}");
        let arguments = match self.protocol {
            ValidatorProtocol::Kattis => [at(INPUT), at(ANSWER), at(Feedback::FOLDER)],
            ValidatorProtocol::Testlib => [at(INPUT), at(OUTPUT), at(ANSWER)],
        };
        if let (ValidatorProtocol::Testlib, Some(output)) = (self.protocol, output) {
            let doing = "copying the output";
            let copy = output.try_clone();
            files.push(CellFile {
                name: OUTPUT.to_owned(),
                fd: copy
                    .map_err(|source| EngineError::Io { doing, source })?
                    .into(),
            });
        }
        let mut argv = self.executable.argv();
        argv.extend(arguments);
        argv.extend(question.args.iter().cloned());
        let sizes = files.iter().map(size_of);
        let limits = limits(question.limits, sizes.sum(), waiting);
        let collect = Feedback::names(&self.kept);
        Ok(Asked {
            profile: Stage::Validate.profile(&self.language.id),
            files,
            collect,
            argv,
            limits,
        })
    }

    pub fn launch<'b>(
        &'b self,
        asked: &'b Asked,
        feedback: &'b Feedback,
        stdin: StdStream<'b>,
        stdout: StdStream<'b>,
    ) -> RunRequest<'b> {
        // A file of the validator's that is called like one of the test gives way.
        let is_given = |name: &str| {
            [INPUT, ANSWER, OUTPUT].contains(&name) || name.starts_with(Feedback::FOLDER)
        };
        let own = self.executable.files().filter(|file| !is_given(file.name));
        let given = asked.files.iter().map(CellFile::as_input);
        let files: Vec<InputFile<'_>> = own.chain(given).chain(feedback.as_inputs()).collect();
        let collect = asked.collect.iter().map(|name| CollectFile {
            name,
            max_bytes: asked.limits.file_bytes,
        });
        RunRequest {
            profile: &asked.profile,
            limits: asked.limits.clone(),
            program: self.executable.program(),
            argv: asked.argv.clone(),
            env: environment(self.language, Stage::Validate),
            stdin,
            stdout,
            stderr: StdStream::Captured,
            files,
            collect: collect.collect(),
        }
    }

    /// What a finished validator said, and what it left in its feedback folder.
    pub fn understand(
        &self,
        question: &Question<'_>,
        finished: RunResult,
    ) -> Result<(Said, Feedback), EngineError> {
        let names = Feedback::names(&self.kept);
        let feedback = Feedback::collected(names, finished.collected);
        let words = feedback::words(finished.stderr);
        let said = verdict::understand(self.protocol, finished.outcome, &words, &feedback);
        match said {
            Ok(said) => Ok((said, feedback)),
            Err(reason) => Err(self.fault(question.test, reason)),
        }
    }

    pub fn fault(&self, test: &str, reason: impl Into<String>) -> EngineError {
        EngineError::Validator {
            path: self.path.to_owned(),
            test: format!(" on {test}"),
            reason: reason.into(),
        }
    }
}

fn size_of(file: &CellFile) -> u64 {
    rustix::fs::fstat(&file.fd).map_or(0, |stat| u64::try_from(stat.st_size).unwrap_or(0))
}

/// The package's limits for validators. Its files lie in the cell's memory, and are not its fault.
fn limits(package: &ProblemLimits, files_bytes: u64, waiting: Duration) -> Limits {
    let room = files_bytes + 4 * package.validation_output_bytes + 16 * MIB;
    Limits {
        cpu_time: package.validation_time,
        wall_time: package.validation_time + waiting + Duration::from_secs(5),
        memory_bytes: package.validation_memory_bytes + room,
        output_bytes: package.validation_output_bytes,
        stack_bytes: package.validation_memory_bytes / 4 * 3,
        workspace_bytes: room,
        file_bytes: package.validation_output_bytes.max(64 * MIB),
        ..Limits::default()
    }
}
