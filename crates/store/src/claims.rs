use letscode_model::{Verdict, VerdictSummary};

/// Whether a judgement shows a claim of Accepted to be false. Only what would have been to the person's
/// good is false: a browser that is slower than the server, or that lacks something, lies to nobody.
/// Our own faults prove nothing.
pub(crate) fn disproves(judged: &VerdictSummary) -> bool {
    !matches!(judged.status, Verdict::Accepted | Verdict::InternalError)
}
