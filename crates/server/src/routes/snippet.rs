use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use letscode_adapters::{QueuePatience, RunCaller};
use letscode_model::{
    CompareBody, CompileAnswer, DeniedCall, JobId, LimitSpec, MAX_INPUT_BYTES, MAX_SOURCE_BYTES,
    RunActivity, RunAnswer, RunBody, RunFileBody, RunTestBody, SnippetOutcome, SnippetReport,
    StatedUserId, TestRunAnswer, TextEncoding, VerdictSummary,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{ApiJson, RequestBody};
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::runs::accept;
use crate::{AppState, admission};

/// Code with an input. The optional fields are those of `POST /api/run`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TestRequest {
    /// The program: at most 1 MiB, no NUL.
    #[schema(
        max_length = 1048576,
        example = "console.log(require('fs').readFileSync(0, 'utf8'))"
    )]
    code: String,
    /// Standard input of the program: at most 8 MiB; empty when absent.
    #[schema(max_length = 8388608, example = "Hello")]
    input: Option<String>,
    #[schema(example = "javascript")]
    language: String,
    /// The user whose share of the queue it takes; `anonymous` when absent.
    #[schema(value_type = Option<String>, example = "user-123")]
    user_id: Option<StatedUserId>,
    /// Files beside the program.
    #[serde(default)]
    #[schema(max_items = 32)]
    files: Vec<RunFileBody>,
    entry_point: Option<String>,
    #[serde(default)]
    #[schema(max_items = 64)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    #[schema(max_items = 64)]
    compile_options: Vec<String>,
    #[serde(default)]
    limits: LimitSpec,
    #[serde(default)]
    compile_limits: LimitSpec,
    /// With tests, the answer has `runs` too.
    #[serde(default)]
    #[schema(max_items = 1000)]
    tests: Vec<RunTestBody>,
    compare: Option<CompareBody>,
    #[serde(default)]
    stop_on_failure: bool,
    /// With names of files, the answer has `runs` too.
    #[serde(default)]
    #[schema(max_items = 8)]
    collect: Vec<String>,
    #[serde(default)]
    encoding: TextEncoding,
}

impl RequestBody for TestRequest {
    /// Three bytes of JSON for one of text: more than any encoder needs for programs and numbers,
    /// and twice that for the code.
    const MAX_BODY_BYTES: usize = 6 * MAX_SOURCE_BYTES + 3 * MAX_INPUT_BYTES + 64 * 1024;

    fn stated_user_id(&self) -> Option<&StatedUserId> {
        self.user_id.as_ref()
    }
}

impl TestRequest {
    fn into_body(self) -> RunBody {
        RunBody {
            language: self.language,
            code: Some(self.code),
            files: self.files,
            entry_point: self.entry_point,
            stdin: self.input,
            args: self.args,
            env: self.env,
            compile_options: self.compile_options,
            limits: self.limits,
            compile_limits: self.compile_limits,
            tests: self.tests,
            compare: self.compare,
            stop_on_failure: self.stop_on_failure,
            collect: self.collect,
            encoding: self.encoding,
            keep_for: None,
            callback_url: None,
            user_id: None,
        }
    }
}

/// The result of an ad-hoc run: of the first test, if there are several.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TestAnswer {
    /// True if it exited by itself, with code 0, and all tests are passed.
    success: bool,
    /// Standard output of the program.
    output: String,
    /// Standard error of the program; the compiler's output if it did not compile.
    stderr: String,
    outcome: SnippetOutcome,
    /// The exit code, if the program exited.
    #[schema(required)]
    exit_code: Option<i32>,
    /// The signal's number, if a signal ended it.
    #[schema(required)]
    signal: Option<i32>,
    /// The system call for which it was ended, if the outcome is `syscall_denied` and the worker's kernel
    /// tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    denied_call: Option<DeniedCall>,
    /// Rates of what it did, where they were measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    activity: Option<RunActivity>,
    /// The reason why it was ended, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message: Option<String>,
    /// CPU time in milliseconds.
    execution_time: f64,
    /// Wall-clock time in milliseconds.
    wall_time: f64,
    /// Peak memory in bytes.
    memory_used: u64,
    /// As in `POST /api/run`. Present if the request has `tests` or `collect`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CompileAnswer>)]
    compile: Option<Option<CompileAnswer>>,
    /// As in `POST /api/run`. Present if the request has `tests` or `collect`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    runs: Option<Vec<TestRunAnswer>>,
    /// As in `POST /api/run`. Present if tests have something `expected`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    verdict: Option<VerdictSummary>,
}

/// Run code with an input of your own. Nothing is stored.
#[utoipa::path(
    post, path = "/api/test", operation_id = "runSnippet", tag = "submissions", request_body = TestRequest,
    responses((status = 200, description = "The result of the run", body = TestAnswer), ErrorResponses),
)]
pub(crate) async fn test(
    State(state): State<AppState>,
    ApiJson {
        value,
        caller,
        permit: body_permit,
    }: ApiJson<TestRequest>,
) -> Result<Json<TestAnswer>, ApiError> {
    admission::source(&value.code)?;
    admission::input(value.input.as_deref().unwrap_or_default())?;
    let encoding = value.encoding;
    let has_details = !(value.tests.is_empty() && value.collect.is_empty());
    let caller = RunCaller {
        user_id: caller.user_id().clone(),
        terms: caller.turn_terms(state.settings()),
        counted_key: caller.counted_key(),
        patience: QueuePatience::Refuse,
    };
    let spec = value.into_body().into_spec()?;
    // When the client disconnects, this is dropped and the run is cancelled.
    let queued = accept::queue(&state, spec, &caller).await?;
    let report = queued.report(&state, state.settings().snippet_wait).await?;
    // Kept until here, since the queue holds the code and the input.
    drop(body_permit);
    let all_passed = report
        .runs
        .iter()
        .all(letscode_model::TestRunReport::passed);
    let stdout = report
        .runs
        .first()
        .map(|run| encoding.encode(&run.stage.stdout));
    let details =
        has_details.then(|| RunAnswer::completed(JobId::random(), report.clone(), encoding));
    let verdict = details.as_ref().and_then(|answer| answer.verdict.clone());
    let (compile, runs) = details.map(|answer| (answer.compile, answer.runs)).unzip();
    let report = SnippetReport::from(report);
    let message = report.explain_violation();
    Ok(Json(TestAnswer {
        success: report.success() && all_passed,
        output: stdout.unwrap_or(report.stdout),
        stderr: report.stderr,
        outcome: report.outcome,
        exit_code: report.exit_code,
        signal: report.signal,
        message,
        denied_call: report.denied_call,
        activity: report.activity,
        execution_time: report.execution_time,
        wall_time: report.wall_time,
        memory_used: report.memory_used,
        compile,
        runs,
        verdict,
    }))
}
