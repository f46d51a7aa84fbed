//! Pages of submissions: bounds, cursors and the query, for both databases.

use letscode_model::SubmissionSummary;
use sqlx::{Database, Encode, QueryBuilder, Type};

use crate::rows::{SubmissionRow, summary};
use crate::{MAX_PAGE_SIZE, StoreError, SubmissionFilter, SubmissionPage};

/// Columns that [`summary`] reads.
const SUMMARY_COLUMNS: &str = "s.number, s.id, s.user_id, s.problem_id, s.language, \
     s.is_custom_test, s.status, s.judged, s.created_at, j.status AS judged_status, j.verdict, \
     j.verified_by";

/// Begins a query for submissions `s`, each with the judgement `j` whose verdict is the submission's.
pub(crate) fn select_submissions<DB: Database>(more_columns: &'static str) -> QueryBuilder<DB> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(SUMMARY_COLUMNS).push(more_columns);
    query.push(
        " FROM submissions s \
         LEFT JOIN judgements j ON j.submission = s.number AND j.number = s.shown",
    );
    query
}

/// Builds the query for a page. It selects one row more than the page holds: that tells if there is
/// another page.
pub(crate) fn select_page<DB: Database>(
    filter: &SubmissionFilter,
) -> Result<QueryBuilder<DB>, StoreError>
where
    for<'a> &'a str: Encode<'a, DB> + Type<DB>,
    for<'a> i64: Encode<'a, DB> + Type<DB>,
{
    let mut query = select_submissions("");
    query.push(" WHERE true");
    if let Some(user) = &filter.user_id {
        query.push(" AND s.user_id = ").push_bind(user.0.as_str());
    }
    if let Some(problem) = &filter.problem_id {
        query
            .push(" AND s.problem_id = ")
            .push_bind(problem.as_str());
    }
    if let Some(cursor) = &filter.cursor {
        query
            .push(" AND s.number < ")
            .push_bind(parse_cursor(cursor)?);
    }
    query
        .push(" ORDER BY s.number DESC LIMIT ")
        .push_bind(page_size(filter) as i64 + 1);
    Ok(query)
}

/// Makes a page of the rows that [`select_page`] selected.
pub(crate) fn into_page<R: SubmissionRow>(
    rows: &[R],
    filter: &SubmissionFilter,
) -> Result<SubmissionPage, StoreError> {
    let size = page_size(filter);
    let shown = &rows[..rows.len().min(size)];
    let next_cursor = match shown.last() {
        Some(last) if rows.len() > size => Some(cursor_after(last.integer("number")?)),
        _ => None,
    };
    let submissions: Vec<SubmissionSummary> =
        shown.iter().map(summary).collect::<Result<_, _>>()?;
    Ok(SubmissionPage {
        submissions,
        next_cursor,
    })
}

fn page_size(filter: &SubmissionFilter) -> usize {
    filter
        .limit
        .unwrap_or(MAX_PAGE_SIZE)
        .clamp(1, MAX_PAGE_SIZE) as usize
}

/// Encodes the number of the last submission shown: hexadecimal behind a version letter.
fn cursor_after(number: i64) -> String {
    format!("a{number:x}")
}

fn parse_cursor(cursor: &str) -> Result<i64, StoreError> {
    cursor
        .strip_prefix('a')
        .and_then(|digits| i64::from_str_radix(digits, 16).ok())
        .filter(|number| *number > 0)
        .ok_or(StoreError::InvalidCursor)
}
