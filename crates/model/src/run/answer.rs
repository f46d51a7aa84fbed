//! The answer of `POST /api/run` as JSON, made from a [`RunReport`].

use serde::Serialize;

use super::bytes::{ByteText, TextEncoding};
use super::report::{
    CollectedFile, KeptRun, OutputTruncation, RunOutcome, RunReport, RunStatus, StageReport,
    TestRunReport,
};
use crate::{DeniedCall, JobId, RunActivity, Verdict, VerdictSummary};

/// A run and, when it has ended, its results.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Run))]
#[serde(rename_all = "camelCase")]
pub struct RunAnswer {
    pub id: JobId,
    pub status: RunStatus,
    /// Result of the compiler, or of the check of an interpreted program that has a mistake; null where
    /// nothing had to be compiled.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub compile: Option<CompileAnswer>,
    /// Results in the order of the tests; empty if the program did not compile.
    pub runs: Vec<TestRunAnswer>,
    /// The verdict on all tests that were judged, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<VerdictSummary>,
    /// The reason for the status `Failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The end of one process, its output and its use of resources.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Stage))]
#[serde(rename_all = "camelCase")]
pub struct StageAnswer {
    pub outcome: RunOutcome,
    /// The exit code, if it exited.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub exit_code: Option<i32>,
    /// The signal's number, if a signal ended it.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub signal: Option<i32>,
    /// The system call for which it was ended, if the outcome is `syscall_denied` and the worker's
    /// kernel tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_call: Option<DeniedCall>,
    /// Rates of what it did, where they were measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<RunActivity>,
    pub stdout: String,
    pub stderr: String,
    /// Streams of which not everything is here.
    pub truncated: OutputTruncation,
    /// CPU time in milliseconds.
    pub execution_time: f64,
    /// Wall-clock time in milliseconds.
    pub wall_time: f64,
    /// Peak memory in bytes.
    pub memory_used: u64,
}

/// Result of compiling.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CompileResult))]
#[serde(rename_all = "camelCase")]
pub struct CompileAnswer {
    #[serde(flatten)]
    pub stage: StageAnswer,
    /// True if there is a program to run.
    pub success: bool,
    /// True if the same program had been compiled before: times and memory are those of that time.
    pub cached: bool,
}

/// Result of one test.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TestRun))]
#[serde(rename_all = "camelCase")]
pub struct TestRunAnswer {
    /// The test's name; null if it has none.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub name: Option<String>,
    #[serde(flatten)]
    pub stage: StageAnswer,
    /// The verdict, if the test is judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Explains the verdict, such as where an output differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The files that were asked for, as far as they are there.
    pub files: Vec<RunFileAnswer>,
}

/// A file that a program left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CollectedFile))]
pub struct RunFileAnswer {
    pub name: String,
    pub content: String,
    /// `base64` also where `utf8` was asked for and the content is not UTF-8.
    pub encoding: TextEncoding,
}

impl RunAnswer {
    /// Returns the answer for a run that has ended.
    pub fn completed(id: JobId, report: RunReport, encoding: TextEncoding) -> RunAnswer {
        RunAnswer {
            id,
            status: match report.error {
                Some(_) => RunStatus::Failed,
                None => RunStatus::Completed,
            },
            compile: report.compile.map(|compile| CompileAnswer {
                stage: stage(compile.stage, encoding),
                success: compile.succeeded,
                cached: compile.cached,
            }),
            runs: report
                .runs
                .into_iter()
                .map(|run| test_run(run, encoding))
                .collect(),
            verdict: report.verdict,
            error: report.error,
        }
    }

    /// Returns the answer for a run that is kept.
    pub fn of_kept(run: KeptRun) -> RunAnswer {
        match run.report {
            Some(report) => RunAnswer::completed(run.id, report, run.encoding),
            None => RunAnswer::without_results(run.id, run.status),
        }
    }

    /// Returns the answer for a run without results.
    pub fn without_results(id: JobId, status: RunStatus) -> RunAnswer {
        RunAnswer {
            id,
            status,
            compile: None,
            runs: Vec::new(),
            verdict: None,
            error: None,
        }
    }
}

fn test_run(run: TestRunReport, encoding: TextEncoding) -> TestRunAnswer {
    TestRunAnswer {
        name: run.name,
        stage: stage(run.stage, encoding),
        verdict: run.verdict,
        message: run.message,
        files: run
            .files
            .into_iter()
            .map(|file| collected(file, encoding))
            .collect(),
    }
}

fn stage(stage: StageReport, encoding: TextEncoding) -> StageAnswer {
    StageAnswer {
        outcome: stage.outcome,
        exit_code: stage.exit_code,
        signal: stage.signal,
        denied_call: stage.denied_call,
        activity: stage.activity,
        stdout: spell(stage.stdout, encoding),
        stderr: spell(stage.stderr, encoding),
        truncated: stage.truncated,
        execution_time: stage.execution_time,
        wall_time: stage.wall_time,
        memory_used: stage.memory_used,
    }
}

fn collected(file: CollectedFile, encoding: TextEncoding) -> RunFileAnswer {
    let encoding = match file.content.as_text() {
        Some(_) => encoding,
        None => TextEncoding::Base64,
    };
    RunFileAnswer {
        name: file.name,
        content: spell(file.content, encoding),
        encoding,
    }
}

/// Spells bytes without copying text.
fn spell(bytes: ByteText, encoding: TextEncoding) -> String {
    match encoding {
        TextEncoding::Base64 => encoding.encode(&bytes),
        TextEncoding::Utf8 => String::from_utf8(bytes.0)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> RunReport {
        let stage = StageReport {
            outcome: RunOutcome::Exited,
            exit_code: Some(0),
            stdout: ByteText(vec![b'a', 0xff]),
            ..StageReport::sandbox_error("")
        };
        let file = |name: &str, content: &[u8]| CollectedFile {
            name: name.to_owned(),
            content: ByteText(content.to_vec()),
        };
        RunReport {
            compile: None,
            runs: vec![TestRunReport {
                name: None,
                stage,
                verdict: Some(Verdict::WrongAnswer),
                message: None,
                files: vec![file("a", b"text"), file("b", b"\x00\xff")],
                denied_check: None,
            }],
            verdict: None,
            error: None,
        }
    }

    #[test]
    fn answers_are_spelled_as_asked_for() {
        let answer = |encoding| {
            let answer = RunAnswer::completed(JobId::random(), report(), encoding);
            serde_json::to_value(answer).unwrap()
        };
        let text = answer(TextEncoding::Utf8);
        assert_eq!(text["status"], "Completed");
        assert_eq!(text["compile"], serde_json::Value::Null);
        let run = &text["runs"][0];
        assert_eq!(run["outcome"], "exited");
        assert_eq!(run["exitCode"], 0);
        assert_eq!(run["signal"], serde_json::Value::Null);
        assert_eq!(run["stdout"], "a\u{fffd}");
        assert_eq!(run["verdict"], "Wrong Answer");
        assert_eq!(
            run["files"][0],
            serde_json::json!({"name":"a","content":"text","encoding":"utf8"})
        );
        assert_eq!(
            run["files"][1],
            serde_json::json!({"name":"b","content":"AP8=","encoding":"base64"})
        );
        let base64 = answer(TextEncoding::Base64);
        assert_eq!(base64["runs"][0]["stdout"], "Yf8=");
        assert_eq!(base64["runs"][0]["files"][0]["content"], "dGV4dA==");
    }
}
