//! From source to something that runs: once per submission, in a cell.

use std::fs::File;
use std::io::Read;
use std::time::Duration;

use letscode_sandbox::{
    Artifact, CollectFile, Finished, InputFile, Launch, Limits, Outcome, Program, Stream,
};

use crate::Engine;
use crate::decide::describe_signal;
use crate::elf::is_static_executable;
use crate::engine::{EngineError, environment};
use crate::language::{Language, Stage};
use crate::program::{Assembled, CellFile, Sources};

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
#[derive(Debug)]
pub(crate) struct Executable {
    /// Machine code that the compiler made; `None` for an interpreter.
    artifact: Option<Artifact>,
    /// The sources themselves, for an interpreter.
    files: Vec<CellFile>,
    /// With what the run command's placeholders stand for filled in.
    argv: Vec<String>,
}

impl Executable {
    pub fn program(&self) -> Program<'_> {
        match &self.artifact {
            Some(artifact) => Program::Given(artifact),
            None => Program::Path(&self.argv[0]),
        }
    }

    pub fn argv(&self) -> Vec<String> {
        self.argv.clone()
    }

    pub fn files(&self) -> impl Iterator<Item = InputFile<'_>> {
        self.files.iter().map(CellFile::as_input)
    }
}

/// What a package allows a compiler; a language's own limits hold as well.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CompileBounds {
    pub time: Duration,
    pub memory_bytes: u64,
}

impl CompileBounds {
    /// Nothing but the language's own limits.
    pub const NONE: CompileBounds = CompileBounds {
        time: Duration::MAX,
        memory_bytes: u64::MAX,
    };
}

impl Engine {
    pub(crate) fn compile(
        &self,
        language: &Language,
        sources: &Sources,
        bounds: CompileBounds,
    ) -> Result<Compilation, EngineError> {
        let program = sources.assemble(language)?;
        let mut first = None;
        let own = language.compile.limits.to_limits();
        // One allowance for all dialects together.
        let mut limits = Limits {
            cpu_time: own.cpu_time.min(bounds.time),
            memory_bytes: own.memory_bytes.min(bounds.memory_bytes),
            ..own
        };
        for command in dialects(language, &program) {
            let finished = self.run_compiler(language, &program, command, limits.clone())?;
            let (outcome, usage) = (finished.outcome, finished.usage);
            if outcome == (Outcome::Exited { code: 0 }) {
                return Ok(compiled(language, program, finished));
            }
            // What it says of the language's own dialect is what the author wants to know.
            first.get_or_insert_with(|| Compilation::failed(finished, &limits));
            limits.cpu_time = limits.cpu_time.saturating_sub(usage.cpu_time);
            limits.wall_time = limits.wall_time.saturating_sub(usage.wall_time);
            let has_time = limits.cpu_time.min(limits.wall_time) > usage.cpu_time;
            if outcome != (Outcome::Exited { code: 1 }) || !has_time {
                break;
            }
        }
        let failed = first.unwrap_or_else(|| Compilation::refused(String::new()));
        Ok(failed.with_hint(language))
    }

    fn run_compiler(
        &self,
        language: &Language,
        program: &Assembled,
        command: Vec<String>,
        limits: Limits,
    ) -> Result<Finished, EngineError> {
        Ok(self.jail.run(Launch {
            profile: &Stage::Compile.profile(&language.id),
            limits,
            program: Program::Path(&language.compile.command[0]),
            argv: command,
            env: environment(language, Stage::Compile),
            stdin: Stream::Null,
            stdout: Stream::Captured,
            stderr: Stream::Captured,
            files: program.files.iter().map(CellFile::as_input).collect(),
            collect: collected(language),
        })?)
    }
}

/// The compiler's command in the language's own dialect, and then in the others.
fn dialects(language: &Language, program: &Assembled) -> Vec<Vec<String>> {
    let own = program.fill_in(&language.compile.command);
    let other = |dialect: &String| {
        let kind = dialect.split_inclusive('=').next().unwrap_or_default();
        let mut command = own.clone();
        if let Some(word) = command.iter_mut().find(|word| word.starts_with(kind)) {
            word.clone_from(dialect);
        }
        command
    };
    let others: Vec<_> = language.compile.dialects.iter().map(other).collect();
    std::iter::once(own).chain(others).collect()
}

fn compiled(language: &Language, program: Assembled, finished: Finished) -> Compilation {
    let mut message = words(finished.stderr, finished.stdout);
    let mut argv = program.fill_in(&language.run.command);
    let executable = match &language.compile.output {
        None => Some(Executable {
            artifact: None,
            files: program.files,
            argv,
        }),
        Some(output) => {
            argv[0] = format!("./{output}");
            let artifact = finished.collected.into_iter().next().flatten();
            artifact.filter(runs_alone).map(|artifact| Executable {
                artifact: Some(artifact),
                files: Vec::new(),
                argv,
            })
        }
    };
    if executable.is_none() {
        message.push_str("the compiler made no static executable of an acceptable size\n");
    }
    Compilation {
        executable,
        message,
    }
}

impl Compilation {
    /// A refusal that no compiler was asked about.
    pub fn refused(message: String) -> Compilation {
        Compilation {
            executable: None,
            message,
        }
    }

    fn failed(finished: Finished, limits: &Limits) -> Compilation {
        let idled = finished.usage.wall_time < limits.wall_time;
        let words = words(finished.stderr, finished.stdout);
        let ending = match finished.outcome {
            // The compiler has said why.
            Outcome::Exited { .. } if !words.is_empty() => String::new(),
            Outcome::Exited { code } => format!("the compiler ended with code {code}\n"),
            Outcome::Signaled { signal } => {
                format!("the compiler was ended by {}\n", describe_signal(signal))
            }
            Outcome::WallTimeExceeded if idled => {
                "the compiler waited for something that never came\n".to_owned()
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

    /// Python 2 was once taught and judged everywhere, so people bring it.
    fn with_hint(mut self, language: &Language) -> Compilation {
        const PYTHON_2_ONLY: [&str; 4] = [
            "Missing parentheses in call to",
            "multiple exception types must be parenthesized",
            "leading zeros in decimal integer literals",
            "invalid decimal literal",
        ];
        let is_python_2 = PYTHON_2_ONLY
            .iter()
            .any(|words| self.message.contains(words));
        if language.id.as_str() == "python" && is_python_2 {
            self.message
                .push_str("hint: this looks like Python 2; programs are run with Python 3\n");
        }
        self
    }
}

fn words(stderr: Option<File>, stdout: Option<File>) -> String {
    [stderr, stdout].map(read_message).concat()
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
