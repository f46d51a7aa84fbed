use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::os::fd::OwnedFd;

use letscode_model::{ByteText, CompareRule, LineRule, RunSpec, RunTest};
use letscode_package::ProblemLimits;

use crate::check::checker::{DefaultChecker, compare_bytes, compare_lines};
use crate::check::validator::feedback::FeedbackFolder;
use crate::check::validator::program::ValidatorProgram;
use crate::check::validator::request::{DataSource, ValidatorRequest};
use crate::check::validator::{ValidatorVerdict, compile_checker};
use crate::error::EngineError;
use crate::execute::Executor;
use crate::execute::cancel::CancelToken;
use crate::execute::jail::sealed_copy;
use crate::execute::priority::Priority;
use crate::judging::context::JudgeContext;
use crate::verdict::decide::CheckResult;

/// Decides about the outputs of a run.
pub(super) enum OutputComparer<'a> {
    Tokens(DefaultChecker),
    Lines(LineRule),
    Exact,
    Checker {
        program: Box<ValidatorProgram<'a>>,
        args: &'a [String],
        limits: ProblemLimits,
        priority: Priority,
        cancel: &'a CancelToken,
    },
}

impl<'a> OutputComparer<'a> {
    /// Compiles the checker, if there is one.
    pub fn new(
        context: &'a JudgeContext,
        spec: &'a RunSpec,
        priority: Priority,
        cancel: &'a CancelToken,
    ) -> Result<Self, EngineError> {
        Ok(match &spec.compare {
            CompareRule::Tokens(rule) => OutputComparer::Tokens(DefaultChecker::of_rule(rule)),
            CompareRule::Lines(rule) => OutputComparer::Lines(*rule),
            CompareRule::Exact => OutputComparer::Exact,
            CompareRule::Checker(checker) => OutputComparer::Checker {
                program: Box::new(compile_checker(
                    &context.compiler,
                    &context.toolchains,
                    checker,
                    cancel,
                )?),
                args: &checker.args,
                limits: checker_limits(),
                priority,
                cancel,
            },
        })
    }

    /// Compares an output with what the test expects.
    pub fn check(
        &self,
        executor: &dyn Executor,
        spec: &RunSpec,
        test: &RunTest,
        output: Option<&mut File>,
    ) -> Result<CheckResult, EngineError> {
        let nothing = ByteText::default();
        let expected = test.expected.as_ref().unwrap_or(&nothing);
        let output = output.ok_or_else(|| read_error(std::io::Error::other("it is missing")))?;
        let compared = match self {
            OutputComparer::Tokens(checker) => {
                let compared = checker
                    .check(expected.as_bytes(), BufReader::new(output))
                    .map_err(read_error)?;
                compared.map_err(|difference| difference.to_string())
            }
            OutputComparer::Lines(rule) => {
                compare_lines(rule, expected.as_bytes(), &read_whole(output)?)
            }
            OutputComparer::Exact => compare_bytes(expected.as_bytes(), &read_whole(output)?),
            OutputComparer::Checker {
                program,
                args,
                limits,
                priority,
                cancel,
            } => {
                let input = test.stdin.as_ref().unwrap_or(&spec.stdin);
                let data = [input, expected].map(|bytes| sealed(bytes.as_bytes()));
                let [input, answer] = data.map(|fd| fd.map(|fd| DataSource::File(fd.into())));
                let request = ValidatorRequest {
                    test: test.name.as_deref().unwrap_or("a test"),
                    input: &input?,
                    answer: &answer?,
                    args,
                    limits,
                    priority: *priority,
                    cancel: Some(cancel),
                    feedback: &FeedbackFolder::default(),
                };
                let (verdict, feedback) = program.check(executor, &request, output)?;
                match verdict {
                    ValidatorVerdict::Accepted(_) => Ok(()),
                    ValidatorVerdict::Rejected => {
                        let message = feedback.jury_message();
                        let silent = "the checker rejects it".to_owned();
                        Err(if message.is_empty() { silent } else { message })
                    }
                }
            }
        };
        Ok(match compared {
            Ok(()) => CheckResult::Correct,
            Err(reason) => CheckResult::Wrong(reason),
        })
    }
}

/// Returns the limits of a stranger's checker: below those of a package's.
fn checker_limits() -> ProblemLimits {
    ProblemLimits {
        validation_time: std::time::Duration::from_secs(10),
        validation_memory_bytes: 512 << 20,
        validation_output_bytes: 1 << 20,
        ..ProblemLimits::default()
    }
}

fn read_whole(output: &mut File) -> Result<Vec<u8>, EngineError> {
    let mut bytes = Vec::new();
    let read = output
        .rewind()
        .and_then(|()| output.read_to_end(&mut bytes));
    read.map_err(read_error)?;
    Ok(bytes)
}

fn read_error(source: std::io::Error) -> EngineError {
    EngineError::Io {
        doing: "reading an output",
        source,
    }
}

/// Makes an anonymous file with these contents.
pub(super) fn sealed(bytes: &[u8]) -> Result<OwnedFd, EngineError> {
    let doing = "copying the input";
    sealed_copy("input", bytes).map_err(|source| EngineError::Io { doing, source })
}
