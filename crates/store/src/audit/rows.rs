use letscode_model::{AccountFlag, AuditEntry, FlagSubject, Violation};

use super::{AuditPage, ViolationPage};
use crate::StoreError;
use crate::rows::{SubmissionRow, corrupt, json};

/// Columns that [`account_flag`] reads.
pub(super) const FLAG_COLUMNS: &str = "subject_kind, subject, at, until, reason, actor";
/// Selects the columns that [`violation`] reads.
pub(super) const SELECT_VIOLATIONS: &str = "SELECT number, at, record, \
     (SELECT count(*) FROM evidence WHERE violation = number) AS evidence_count FROM violations";

pub(super) fn audit_entry(row: &impl SubmissionRow) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        id: row.integer("number")?,
        time: row.integer("at")?,
        event: json(row, "event")?,
    })
}

pub(super) fn violation(row: &impl SubmissionRow) -> Result<Violation, StoreError> {
    Ok(Violation {
        id: row.integer("number")?,
        time: row.integer("at")?,
        has_evidence: row.integer("evidence_count")? > 0,
        record: json(row, "record")?,
    })
}

pub(super) fn account_flag(row: &impl SubmissionRow) -> Result<AccountFlag, StoreError> {
    let kind = row.text("subject_kind")?;
    Ok(AccountFlag {
        subject: FlagSubject {
            kind: kind.parse().map_err(corrupt("the kind of a flag"))?,
            name: row.text("subject")?,
        },
        since: row.integer("at")?,
        until: row.integer("until")?,
        reason: row.text("reason")?,
        actor: row.text("actor")?,
    })
}

/// Makes a page of rows, of which there is one more than it holds if there is another page.
pub(super) fn audit_page<R: SubmissionRow>(
    rows: &[R],
    size: usize,
) -> Result<AuditPage, StoreError> {
    let entries: Result<Vec<_>, _> = rows.iter().take(size).map(audit_entry).collect();
    let entries = entries?;
    let last = entries.last().filter(|_| rows.len() > size);
    Ok(AuditPage {
        next_before: last.map(|entry| entry.id),
        entries,
    })
}

/// Makes a page of rows as [`audit_page`] does.
pub(super) fn violation_page<R: SubmissionRow>(
    rows: &[R],
    size: usize,
) -> Result<ViolationPage, StoreError> {
    let violations: Result<Vec<_>, _> = rows.iter().take(size).map(violation).collect();
    let violations = violations?;
    let last = violations.last().filter(|_| rows.len() > size);
    Ok(ViolationPage {
        next_before: last.map(|violation| violation.id),
        violations,
    })
}
