//! All submissions to a problem, for those who manage it: as JSON by pages, and whole as CSV.

use std::collections::HashMap;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use letscode_model::{ProblemId, SubmissionSummary, UserId};
use letscode_store::{MAX_PAGE_SIZE, SubmissionFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::submissions::DEFAULT_PAGE_SIZE;
use crate::admission::quote;
use crate::caller::Identity;
use crate::error::{ApiError, internal};
use crate::error_response::ErrorResponses;
use crate::manager::ProblemManager;
use crate::params::{ApiQuery, PathText, page_cursor, page_size};
use crate::{AppState, public_result};

const CSV: &str = "text/csv";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ListFormat {
    Json,
    Csv,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ProblemSubmissionsQuery {
    /// `nextCursor` of the previous page; not for CSV.
    cursor: Option<String>,
    /// At most this many; 20 when absent. Not for CSV, which has all.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// `csv` is also what `Accept: text/csv` gets.
    #[param(inline)]
    format: Option<ListFormat>,
    /// True for the code as the last column of the CSV.
    code: Option<bool>,
}

/// A submission with the name of who made it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamedSubmission {
    #[serde(flatten)]
    submission: SubmissionSummary,
    /// Name of the account; `null` for users without one.
    #[schema(required)]
    user_name: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProblemSubmissions {
    /// Newest first.
    submissions: Vec<NamedSubmission>,
    /// Start of the next page; `null` on the last one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// List all submissions to a problem, by whom and with what verdict, for who manages the problem. As CSV
/// it is the whole list: times are milliseconds, memory is bytes, and cells that a spreadsheet would take
/// for a formula begin with an apostrophe.
#[utoipa::path(
    get, path = "/api/problems/{id}/submissions", operation_id = "listProblemSubmissions",
    tag = "problems", security(("adminToken" = []), ()),
    params(
        ("id" = String, Path, description = "The problem's id", example = "aplusb"),
        ProblemSubmissionsQuery,
    ),
    responses(
        (status = 200, description = "One page, or all of them", content(
            (ProblemSubmissions = "application/json"), (String = "text/csv"),
        )),
        ErrorResponses,
    ),
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    PathText(text): PathText,
    ApiQuery(query): ApiQuery<ProblemSubmissionsQuery>,
    manager: ProblemManager,
    identity: Identity,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let unknown = || ApiError::UnknownProblem(quote(&text));
    let id = ProblemId::parse(&text).map_err(|_| unknown())?;
    manager.require(&state, &id).await?;
    let limit = page_size(query.limit, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)?;
    let cursor = page_cursor(query.cursor)?;
    let accepts = headers.get(header::ACCEPT);
    let accepts_csv = accepts.is_some_and(|value| value.as_bytes().starts_with(CSV.as_bytes()));
    let mut pages = SubmissionPages {
        state,
        identity,
        filter: SubmissionFilter {
            user_id: None,
            problem_id: Some(id.clone()),
            cursor,
            limit: Some(limit),
        },
        names: HashMap::new(),
    };
    if query.format == Some(ListFormat::Csv) || (query.format.is_none() && accepts_csv) {
        pages.filter.limit = Some(MAX_PAGE_SIZE);
        pages.filter.cursor = None;
        return Ok(csv_response(pages, &id, query.code.unwrap_or(false)));
    }
    let (submissions, next_cursor) = pages.next().await?;
    let page = ProblemSubmissions {
        submissions,
        next_cursor,
    };
    Ok(Json(page).into_response())
}

/// Reads page after page, with the names of accounts.
struct SubmissionPages {
    state: AppState,
    identity: Identity,
    filter: SubmissionFilter,
    names: HashMap<UserId, Option<String>>,
}

impl SubmissionPages {
    async fn next(&mut self) -> Result<(Vec<NamedSubmission>, Option<String>), ApiError> {
        let page = self.state.store().list_submissions(&self.filter).await?;
        let mut named = Vec::with_capacity(page.submissions.len());
        for summary in page.submissions {
            let user_name = self.name(&summary.user_id).await?;
            let summary = public_result::summary(self.identity.show_summary(summary));
            named.push(NamedSubmission {
                submission: summary,
                user_name,
            });
        }
        Ok((named, page.next_cursor))
    }

    async fn name(&mut self, user: &UserId) -> Result<Option<String>, ApiError> {
        if let Some(name) = self.names.get(user) {
            return Ok(name.clone());
        }
        let account = self.state.store().account(user).await?;
        let name = account.map(|account| account.name.to_string());
        self.names.insert(user.clone(), name.clone());
        Ok(name)
    }
}

/// A list that is written page by page.
struct CsvList {
    pages: SubmissionPages,
    is_first: bool,
    with_code: bool,
}

impl CsvList {
    /// Writes the next page. Returns the rest of the list, if there is one.
    async fn next(mut self) -> Result<(Vec<u8>, Option<Self>), ApiError> {
        let (submissions, next_cursor) = self.pages.next().await?;
        let mut rows = csv::Writer::from_writer(Vec::new());
        if self.is_first {
            write_row(&mut rows, &header_row(self.with_code))?;
        }
        for submission in &submissions {
            let mut code = None;
            if self.with_code {
                let id = submission.submission.id;
                let stored = self.pages.state.store().new_submission(id).await?;
                code = Some(stored.map(|stored| stored.code).unwrap_or_default());
            }
            write_row(&mut rows, &row(submission, code))?;
        }
        let bytes = rows
            .into_inner()
            .map_err(|error| internal("writing CSV failed", &error))?;
        self.is_first = false;
        let has_more = next_cursor.is_some();
        self.pages.filter.cursor = next_cursor;
        Ok((bytes, has_more.then_some(self)))
    }
}

/// Streams the whole list: a page at a time is in memory.
fn csv_response(pages: SubmissionPages, problem: &ProblemId, with_code: bool) -> Response {
    let list = CsvList {
        pages,
        is_first: true,
        with_code,
    };
    let body = stream::try_unfold(Some(list), async |list: Option<CsvList>| match list {
        Some(list) => list.next().await.map(Some),
        None => Ok(None),
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{problem}-submissions.csv\""),
        ),
    ];
    (headers, Body::from_stream(body)).into_response()
}

fn write_row(rows: &mut csv::Writer<Vec<u8>>, cells: &[String]) -> Result<(), ApiError> {
    let written = rows.write_record(cells);
    written.map_err(|error| internal("writing CSV failed", &error))
}

fn header_row(with_code: bool) -> Vec<String> {
    let mut names = vec![
        "submission",
        "user",
        "name",
        "language",
        "status",
        "verdict",
        "score",
        "passedTests",
        "totalTests",
        "maxTime",
        "maxMemory",
        "createdAt",
        "isCustomTest",
    ];
    names.extend(with_code.then_some("code"));
    names.into_iter().map(str::to_owned).collect()
}

fn row(named: &NamedSubmission, code: Option<String>) -> Vec<String> {
    let submission = &named.submission;
    let verdict = submission.verdict.as_ref();
    let of_verdict = |text: &dyn Fn(&letscode_model::VerdictSummary) -> String| {
        verdict.map(text).unwrap_or_default()
    };
    let mut cells = vec![
        submission.id.to_string(),
        plain_cell(&submission.user_id.0),
        plain_cell(named.user_name.as_deref().unwrap_or_default()),
        submission.language.to_string(),
        <&str>::from(submission.status).to_owned(),
        of_verdict(&|verdict| <&str>::from(verdict.status).to_owned()),
        of_verdict(&|verdict| {
            verdict
                .score
                .map(|score| score.to_string())
                .unwrap_or_default()
        }),
        of_verdict(&|verdict| verdict.passed_tests.to_string()),
        of_verdict(&|verdict| verdict.total_tests.to_string()),
        of_verdict(&|verdict| verdict.max_time.to_string()),
        of_verdict(&|verdict| verdict.max_memory.to_string()),
        submission.created_at.to_string(),
        submission.is_custom_test.to_string(),
    ];
    cells.extend(code.map(|code| plain_cell(&code)));
    cells
}

/// Puts an apostrophe before what a spreadsheet would execute as a formula.
fn plain_cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_made_plain() {
        assert_eq!(plain_cell("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(plain_cell("print(1)"), "print(1)");
    }
}
