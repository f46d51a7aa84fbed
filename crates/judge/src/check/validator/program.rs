use std::fs::File;
use std::os::fd::AsFd;
use std::time::Duration;

use letscode_languages::{Language, Stage};
use letscode_model::RunStage;
use letscode_package::{ProblemLimits, ValidatorProtocol};

use super::exit::{ValidatorVerdict, interpret_exit};
use super::feedback::{FeedbackFolder, read_message};
use super::request::ValidatorRequest;
use crate::compile::executable::Executable;
use crate::error::{DeniedCheck, EngineError};
use crate::execute::Executor;
use crate::execute::files::{CollectFile, InputFile, WorkspaceFile};
use crate::execute::jail::sealed_copy;
use crate::execute::limits::RunLimits;
use crate::execute::request::{RunRequest, StreamTarget};
use crate::execute::result::{Outcome, RunResult};
use crate::execute::stage::stage_report;
use crate::toolchain::environment::environment;

const MIB: u64 = 1 << 20;

/// Names inside the validator's cell.
const INPUT: &str = "test.in";
const ANSWER: &str = "test.ans";
const OUTPUT: &str = "test.out";

/// A validator that is ready to check outputs.
#[derive(Debug)]
pub(crate) struct ValidatorProgram<'a> {
    pub path: &'a str,
    pub protocol: ValidatorProtocol,
    pub language: &'a Language,
    pub executable: Executable,
    /// Files of the feedback folder that it may need again in the next pass.
    pub state_files: Vec<String>,
}

/// The parts of a validator's run; outlives its request.
pub(crate) struct ValidatorRun {
    profile: String,
    files: Vec<WorkspaceFile>,
    collect: Vec<String>,
    argv: Vec<String>,
    limits: RunLimits,
}

impl ValidatorProgram<'_> {
    /// Checks a finished output.
    pub fn check(
        &self,
        executor: &dyn Executor,
        request: &ValidatorRequest<'_>,
        output: &File,
    ) -> Result<(ValidatorVerdict, FeedbackFolder), EngineError> {
        let run = self.prepare(request, Some(output), Duration::ZERO)?;
        let stdin = if self.protocol.is_testlib() {
            StreamTarget::Null
        } else {
            StreamTarget::Descriptor(output.as_fd())
        };
        let result = executor.run(RunRequest {
            stdin,
            stdout: StreamTarget::Captured,
            ..self.run_request(&run, request)
        })?;
        self.interpret(request, result)
    }

    /// Puts the run's files, arguments and limits together. `waiting` is the longest time that it may
    /// have to wait for a submission that it talks with.
    pub fn prepare(
        &self,
        request: &ValidatorRequest<'_>,
        output: Option<&File>,
        waiting: Duration,
    ) -> Result<ValidatorRun, EngineError> {
        let input = WorkspaceFile {
            name: INPUT.to_owned(),
            fd: request.input.open()?.into(),
        };
        let answer = WorkspaceFile {
            name: ANSWER.to_owned(),
            fd: request.answer.open()?.into(),
        };
        let mut files = vec![input, answer];
        let at = |name: &str| format!("/workspace/{name}");
        let arguments = if self.protocol.is_testlib() {
            [at(INPUT), at(OUTPUT), at(ANSWER)]
        } else {
            [at(INPUT), at(ANSWER), at(FeedbackFolder::PATH)]
        };
        if let (true, Some(output)) = (self.protocol.is_testlib(), output) {
            let doing = "copying the output";
            let copy = output.try_clone();
            let copy = copy.map_err(|source| EngineError::Io { doing, source })?;
            files.push(WorkspaceFile {
                name: OUTPUT.to_owned(),
                fd: copy.into(),
            });
        }
        let mut collect = FeedbackFolder::names(&self.state_files);
        if self.writes_transcript(output) {
            collect.push(OUTPUT.to_owned());
        }
        let mut argv = self.executable.argv();
        argv.extend(arguments);
        argv.extend(request.args.iter().cloned());
        let files_bytes = files.iter().map(|file| file.as_input().size_bytes()).sum();
        Ok(ValidatorRun {
            profile: Stage::Validate.profile(&self.language.id),
            files,
            collect,
            argv,
            limits: RunLimits {
                stack_bytes: self
                    .language
                    .run
                    .stack
                    .bytes(request.limits.validation_memory_bytes),
                priority: request.priority,
                ..run_limits(request.limits, files_bytes, waiting)
            },
        })
    }

    /// True for an interactor of testlib's kind, whose second argument is a file that it may write.
    fn writes_transcript(&self, output: Option<&File>) -> bool {
        self.protocol.is_testlib() && output.is_none()
    }

    /// Takes what an interactor wrote to its output file out of its result; empty if it wrote none.
    pub fn take_transcript(&self, result: &mut RunResult) -> Result<File, EngineError> {
        let collected = if self.writes_transcript(None) {
            result.collected.pop().flatten()
        } else {
            None
        };
        let opened = match collected {
            Some(file) => file.open(),
            None => sealed_copy("transcript", std::io::empty()).map(File::from),
        };
        opened.map_err(|source| EngineError::Io {
            doing: "opening what the interactor wrote",
            source,
        })
    }

    /// Returns the request of a prepared run, without standard input and output.
    pub fn run_request<'b>(
        &'b self,
        run: &'b ValidatorRun,
        request: &ValidatorRequest<'b>,
    ) -> RunRequest<'b> {
        // Files of the test replace the validator's own of the same name.
        let is_reserved = |name: &str| {
            [INPUT, ANSWER, OUTPUT].contains(&name) || name.starts_with(FeedbackFolder::PATH)
        };
        let own = self.executable.files();
        let own = own.filter(|file| !is_reserved(file.name));
        let test_files = run.files.iter().map(WorkspaceFile::as_input);
        let files: Vec<InputFile<'_>> = own
            .chain(test_files)
            .chain(request.feedback.as_inputs())
            .collect();
        let collect = run.collect.iter().map(|name| CollectFile {
            name,
            max_bytes: run.limits.file_bytes,
        });
        RunRequest {
            profile: &run.profile,
            stage: Stage::Validate,
            limits: run.limits.clone(),
            program: self.executable.program(),
            argv: run.argv.clone(),
            env: environment(self.language, Stage::Validate),
            stdin: StreamTarget::Null,
            stdout: StreamTarget::Null,
            stderr: StreamTarget::Captured,
            files,
            collect: collect.collect(),
            raisable_priority: None,
            cancel: request.cancel,
        }
    }

    /// Returns the verdict of a validator that has ended, and its feedback folder.
    pub fn interpret(
        &self,
        request: &ValidatorRequest<'_>,
        mut result: RunResult,
    ) -> Result<(ValidatorVerdict, FeedbackFolder), EngineError> {
        let names = FeedbackFolder::names(&self.state_files);
        let collected = std::mem::take(&mut result.collected);
        let feedback = FeedbackFolder::collected(names, collected);
        if result.outcome == Outcome::SyscallDenied {
            return Err(self.denied(request.test, result));
        }
        let stderr = read_message(result.stderr);
        match interpret_exit(self.protocol, result.outcome, &stderr, &feedback) {
            Ok(verdict) => Ok((verdict, feedback)),
            Err(reason) => Err(self.error(request.test, reason)),
        }
    }

    /// Returns the error of this validator that was ended for a denied call.
    fn denied(&self, test: &str, mut result: RunResult) -> EngineError {
        if let Some(call) = &mut result.denied_call {
            call.stage = RunStage::Check;
        }
        let stage = stage_report(result, u64::MAX);
        let reason = stage.explain_violation().unwrap_or_default();
        EngineError::Validator {
            path: self.path.to_owned(),
            test: format!(" on {test}"),
            reason,
            denied: Some(Box::new(DeniedCheck {
                test: test.to_owned(),
                stage,
            })),
        }
    }

    /// Returns an error of this validator on one test.
    pub fn error(&self, test: &str, reason: impl Into<String>) -> EngineError {
        EngineError::Validator {
            path: self.path.to_owned(),
            test: format!(" on {test}"),
            reason: reason.into(),
            denied: None,
        }
    }
}

/// Returns the package's limits for validators. The test's files lie in the cell's memory, and are
/// added to it.
fn run_limits(package: &ProblemLimits, files_bytes: u64, waiting: Duration) -> RunLimits {
    let workspace_bytes = files_bytes + 4 * package.validation_output_bytes + 16 * MIB;
    RunLimits {
        cpu_time: package.validation_time,
        wall_time: package.validation_time + waiting + Duration::from_secs(5),
        memory_bytes: package.validation_memory_bytes + workspace_bytes,
        output_bytes: package.validation_output_bytes,
        workspace_bytes,
        file_bytes: package.validation_output_bytes.max(64 * MIB),
        ..RunLimits::default()
    }
}
