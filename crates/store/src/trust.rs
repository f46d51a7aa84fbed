use letscode_model::{Verdict, VerdictSummary};

/// Returns true if a judgement refutes a client's result of Accepted. Only a false Accepted costs the
/// user's trust: a browser that is slower than the server, or lacks a feature, gains nothing by it.
/// Internal errors prove nothing.
pub(crate) fn refutes_accepted(judged: &VerdictSummary) -> bool {
    !matches!(judged.status, Verdict::Accepted | Verdict::InternalError)
}
