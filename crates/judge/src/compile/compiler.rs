//! From source to something that runs: in a cell, and once for all equal sources.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use letscode_sandbox::{
    Artifact, CollectFile, InputFile, Limits, Outcome, ProgramSource, RunRequest, RunResult,
    StdStream,
};

use crate::Engine;
use crate::compile::cache::Dependencies;
use crate::compile::elf::is_static_executable;
use crate::compile::sources::{Assembled, CellFile, Sources};
use crate::engine::{EngineError, environment};
use crate::execute::priority::Urgency;
use crate::language::{Language, Stage, compile_limits, put_in};
use crate::verdict::decide::describe_signal;

/// What is kept of a compiler's words, in bytes.
const MAX_MESSAGE_BYTES: u64 = 64 << 10;

/// The largest executable that is taken, in bytes.
const MAX_ARTIFACT_BYTES: u64 = 64 << 20;

/// What a compile step came to, for one submission.
pub(crate) struct Compilation {
    /// `None`: a Compilation Error.
    pub executable: Option<Executable>,
    /// What the compiler wrote, and what ended it if it did not end by itself.
    pub message: String,
}

/// Something to run, as often as there are tests.
#[derive(Debug)]
pub(crate) struct Executable {
    /// Holds the machine code, if a compiler made some.
    compiled: Arc<Compiled>,
    /// The sources themselves, for an interpreter.
    files: Vec<CellFile>,
    /// With what the run command's placeholders stand for filled in.
    argv: Vec<String>,
}

/// What a compiler made of sources: the same for everybody who hands them in.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub message: String,
    pub made: Made,
}

#[derive(Debug)]
pub(crate) enum Made {
    /// The compiler refused. `lasting`: and it would again.
    Nothing {
        lasting: bool,
    },
    /// It found nothing wrong with what an interpreter is to run.
    Checked,
    Program(Artifact),
}

impl Compiled {
    /// Whether another try would come to the same.
    pub fn is_lasting(&self) -> bool {
        !matches!(self.made, Made::Nothing { lasting: false })
    }

    pub fn size_bytes(&self) -> u64 {
        let code = match &self.made {
            Made::Program(artifact) => rustix::fs::fstat(artifact.as_fd())
                .map_or(MAX_ARTIFACT_BYTES, |stat| stat.st_size.unsigned_abs()),
            Made::Nothing { .. } | Made::Checked => 0,
        };
        code + self.message.len() as u64
    }
}

impl Executable {
    pub fn artifact(&self) -> Option<&Artifact> {
        match &self.compiled.made {
            Made::Program(artifact) => Some(artifact),
            Made::Nothing { .. } | Made::Checked => None,
        }
    }

    pub fn program(&self) -> ProgramSource<'_> {
        match &self.compiled.made {
            Made::Program(artifact) => ProgramSource::Artifact(artifact),
            Made::Nothing { .. } | Made::Checked => ProgramSource::Path(&self.argv[0]),
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
    /// What somebody waits for.
    pub(crate) fn compile(
        &self,
        language: &Language,
        sources: &Sources,
        bounds: CompileBounds,
    ) -> Result<Compilation, EngineError> {
        self.compile_with(language, sources, bounds, Urgency::due())
    }

    pub(crate) fn compile_with(
        &self,
        language: &Language,
        sources: &Sources,
        bounds: CompileBounds,
        urgency: Urgency,
    ) -> Result<Compilation, EngineError> {
        let urgency = Arc::new(urgency);
        let program = sources.assemble(language)?;
        let commands = dialects(language, &program);
        let environment = environment(language, Stage::Compile);
        let own = compile_limits(&language.compile.limits);
        // One allowance for all dialects together.
        let limits = Limits {
            cpu_time: own.cpu_time.min(bounds.time),
            memory_bytes: own.memory_bytes.min(bounds.memory_bytes),
            ..own
        };
        let work = Work {
            language,
            program: &program,
            commands: &commands,
            environment: &environment,
            urgency: &urgency,
        };
        let dependencies = Dependencies {
            language,
            commands: &commands,
            environment: &environment,
            sources,
            limits: &limits,
            toolchain: self.toolchain_identity(language),
        };
        // What can't be told from another toolchain's work must not be taken for it.
        let compiled = match self.cache.is_lasting() && dependencies.toolchain.is_none() {
            true => Arc::new(self.compile_now(&work, &limits)?),
            false => self
                .cache
                .get_or_compile(dependencies.key(), &urgency, || {
                    self.compile_now(&work, &limits)
                })?,
        };
        Ok(compilation(language, program, compiled))
    }

    fn compile_now(&self, work: &Work<'_>, limits: &Limits) -> Result<Compiled, EngineError> {
        let language = work.language;
        let mut limits = limits.clone();
        let mut first = None;
        let mut lasting = true;
        for command in work.commands {
            let finished = self.run_compiler(work, command, limits.clone())?;
            let (outcome, usage) = (finished.outcome, finished.usage);
            if outcome == (Outcome::Exited { code: 0 }) {
                return Ok(compiled(language, finished));
            }
            let words = conclusion(finished, &limits);
            limits.cpu_time = limits.cpu_time.saturating_sub(usage.cpu_time);
            limits.wall_time = limits.wall_time.saturating_sub(usage.wall_time);
            let has_time = limits.cpu_time.min(limits.wall_time) > usage.cpu_time;
            lasting &=
                outcome == (Outcome::Exited { code: 1 }) && !words.contains(KILLED) && has_time;
            // What it says of the language's own dialect is what the author wants to know.
            first.get_or_insert(words);
            if !lasting {
                break;
            }
        }
        Ok(Compiled {
            message: first.map_or_else(String::new, |message| {
                let hints = language.hints_for(&message);
                message + &hints
            }),
            made: Made::Nothing { lasting },
        })
    }

    fn run_compiler(
        &self,
        work: &Work<'_>,
        command: &[String],
        limits: Limits,
    ) -> Result<RunResult, EngineError> {
        let language = work.language;
        let mut argv = command.to_owned();
        put_in(&mut argv, PRECOMPILED, &self.precompiled_options(language));
        let launch = RunRequest {
            profile: &Stage::Compile.profile(&language.id),
            limits,
            program: ProgramSource::Path(&language.compile.command[0]),
            argv,
            env: work.environment.to_owned(),
            stdin: StdStream::Null,
            stdout: StdStream::Captured,
            stderr: StdStream::Captured,
            files: work.program.files.iter().map(CellFile::as_input).collect(),
            collect: collected(language),
        };
        Ok(work.urgency.run(&self.jail, launch)?)
    }
}

/// In a compile command, and no part of what its outcome depends on: a precompiled header saves
/// time and changes nothing.
pub(crate) const PRECOMPILED: &str = "{precompiled}";

/// What g++ says when something ended the compiler proper; it then ends with 1, as if the program
/// were at fault. That may have been us, or the host's want of memory.
const KILLED: &str = "signal terminated program";

/// One thing for a compiler to do.
struct Work<'a> {
    language: &'a Language,
    program: &'a Assembled,
    commands: &'a [Vec<String>],
    environment: &'a [(String, String)],
    urgency: &'a Urgency,
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

fn compiled(language: &Language, finished: RunResult) -> Compiled {
    let mut message = words(finished.stderr, finished.stdout);
    let artifact = finished.collected.into_iter().next().flatten();
    let made = match (&language.compile.output, artifact.filter(runs_alone)) {
        (None, _) => Made::Checked,
        (Some(_), Some(artifact)) => Made::Program(artifact),
        (Some(_), None) => {
            message.push_str("the compiler made no static executable of an acceptable size\n");
            Made::Nothing { lasting: true }
        }
    };
    Compiled { message, made }
}

/// What is run where nothing is made of the sources: an interpreter may start before somebody has looked
/// whether they can be compiled.
pub(crate) fn uncompiled(
    language: &Language,
    sources: &Sources,
) -> Result<Option<Executable>, EngineError> {
    if language.compile.output.is_some() {
        return Ok(None);
    }
    let not_looked_at = Arc::new(Compiled {
        message: String::new(),
        made: Made::Checked,
    });
    Ok(compilation(language, sources.assemble(language)?, not_looked_at).executable)
}

/// What one submission gets of what was compiled for all that are equal to it.
fn compilation(language: &Language, program: Assembled, compiled: Arc<Compiled>) -> Compilation {
    let message = compiled.message.clone();
    let mut argv = program.fill_in(&language.run.command);
    let files = match (&compiled.made, &language.compile.output) {
        (Made::Nothing { .. }, _) => return Compilation::refused(message),
        (Made::Program(_), Some(output)) => {
            argv[0] = format!("./{output}");
            Vec::new()
        }
        _ => program.files,
    };
    Compilation {
        executable: Some(Executable {
            compiled,
            files,
            argv,
        }),
        message,
    }
}

impl Compilation {
    /// A Compilation Error.
    pub fn refused(message: String) -> Compilation {
        Compilation {
            executable: None,
            message,
        }
    }
}

/// What the compiler said, and what ended it if it did not end by itself.
pub(crate) fn conclusion(finished: RunResult, limits: &Limits) -> String {
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
    words + &ending
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
