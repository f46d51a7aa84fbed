use axum::Json;
use axum::extract::State;
use letscode_model::{
    Job, JobId, MAX_INPUT_BYTES, MAX_SOURCE_BYTES, Snippet, SnippetOutcome, SnippetReport,
    StatedUserId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{ApiJson, RequestBody};

use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::{AppState, admission, metrics};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TestRequest {
    /// The program: at most 1 MiB, no NUL.
    code: String,
    /// Standard input of the program: at most 8 MiB; empty when absent.
    input: Option<String>,
    #[schema(example = "javascript")]
    language: String,
    /// The user whose share of the queue it takes; `anonymous` when absent.
    #[schema(value_type = Option<String>, example = "user-123")]
    user_id: Option<StatedUserId>,
}

impl RequestBody for TestRequest {
    /// Three bytes of JSON for one of text: more than any encoder needs for programs and numbers,
    /// and twice that for the code.
    const MAX_BODY_BYTES: usize = 6 * MAX_SOURCE_BYTES + 3 * MAX_INPUT_BYTES + 64 * 1024;

    fn stated_user_id(&self) -> Option<&StatedUserId> {
        self.user_id.as_ref()
    }
}

/// The result of an ad-hoc run.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TestAnswer {
    /// True if it exited by itself, with code 0.
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
    /// CPU time in milliseconds.
    execution_time: f64,
    /// Wall-clock time in milliseconds.
    wall_time: f64,
    /// Peak memory in bytes.
    memory_used: u64,
}

impl From<SnippetReport> for TestAnswer {
    fn from(report: SnippetReport) -> Self {
        TestAnswer {
            success: report.success(),
            output: report.stdout,
            stderr: report.stderr,
            outcome: report.outcome,
            exit_code: report.exit_code,
            signal: report.signal,
            execution_time: report.execution_time,
            wall_time: report.wall_time,
            memory_used: report.memory_used,
        }
    }
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
    let snippet = check(&state, value).await?;
    let permit = state
        .broker()
        .jobs
        .reserve(caller.user_id(), caller.address())
        .await?;
    metrics::snippet_accepted(&snippet.language);
    let id = JobId::random();
    // When the client disconnects, this watch is dropped and the run is cancelled.
    let watch = state.broker().replies.watch_snippet(id).await?;
    let job = Job::RunSnippet {
        id,
        user_id: caller.user_id().clone(),
        snippet,
        address: caller.address(),
    };
    permit.push(job).await?;
    let report = tokio::select! {
        report = watch.report() => report,
        () = tokio::time::sleep(state.settings().snippet_wait) => None,
        () = state.closing() => None,
    };
    // Kept until here, since the queue holds the code and the input.
    drop(body_permit);
    let late = ApiError::Overloaded("the code was not run in time; try again later");
    report.map(|report| Json(report.into())).ok_or(late)
}

async fn check(state: &AppState, request: TestRequest) -> Result<Snippet, ApiError> {
    let input = request.input.unwrap_or_default();
    admission::source(&request.code)?;
    admission::input(&input)?;
    Ok(Snippet {
        language: admission::language(state, &request.language).await?,
        code: request.code,
        input,
    })
}
