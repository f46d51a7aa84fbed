use crate::named_enum::named_enum;

named_enum! {
    /// The progress of a submission.
    #[derive(strum::EnumString)]
    #[strum(parse_err_ty = UnknownStatus, parse_err_fn = UnknownStatus::new)]
    pub enum SubmissionStatus {
        Queued,
        Compiling,
        Running,
        /// Judged; the verdict is final.
        Completed,
        /// Not judged because of an internal error; the verdict is Internal Error.
        Failed,
        /// Cancelled before there was a verdict.
        Cancelled,
    }
}

impl SubmissionStatus {
    /// Returns true if the judgement has ended: only a rejudge changes anything.
    pub fn is_final(self) -> bool {
        use SubmissionStatus::{Cancelled, Completed, Failed};
        matches!(self, Completed | Failed | Cancelled)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("unknown submission status `{0}`")]
pub struct UnknownStatus(String);

impl UnknownStatus {
    fn new(text: &str) -> Self {
        UnknownStatus(text.to_owned())
    }
}
