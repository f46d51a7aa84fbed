use std::sync::atomic::{AtomicUsize, Ordering};

use letscode_model::{ByteText, TestRunReport};

/// Bytes that the results of all tests may still have together.
pub(super) struct ReportBudget(AtomicUsize);

impl ReportBudget {
    pub fn new(bytes: usize) -> Self {
        ReportBudget(AtomicUsize::new(bytes))
    }

    /// Cuts what a result holds beyond what is left. A file that does not fit is left out.
    pub fn cut(&self, report: &mut TestRunReport) {
        let stage = &mut report.stage;
        stage.truncated.stderr |= self.cut_text(&mut stage.stderr);
        stage.truncated.stdout |= self.cut_text(&mut stage.stdout);
        report
            .files
            .retain(|file| self.take(file.content.len()) == file.content.len());
    }

    /// Returns true if something was cut off.
    fn cut_text(&self, text: &mut ByteText) -> bool {
        let length = text.len();
        text.0.truncate(self.take(length));
        text.0.shrink_to_fit();
        text.len() < length
    }

    /// Takes so many bytes, or as many as are left.
    fn take(&self, wanted_bytes: usize) -> usize {
        let mut taken = 0;
        let take = |left: usize| {
            taken = left.min(wanted_bytes);
            Some(left - taken)
        };
        // The closure never refuses.
        let _ = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
        taken
    }
}

#[cfg(test)]
mod tests {
    use letscode_model::{CollectedFile, StageReport};

    use super::*;

    fn report(stdout: &str, file: &str) -> TestRunReport {
        TestRunReport {
            name: None,
            stage: StageReport {
                stdout: stdout.into(),
                ..StageReport::sandbox_error("")
            },
            verdict: None,
            message: None,
            files: vec![CollectedFile {
                name: "a".to_owned(),
                content: file.into(),
            }],
            denied_check: None,
        }
    }

    #[test]
    fn results_are_cut_when_the_budget_is_used_up() {
        let budget = ReportBudget::new(10);
        let [mut first, mut second] = [report("abcd", "ef"), report("ghijkl", "m")];
        budget.cut(&mut first);
        budget.cut(&mut second);
        assert_eq!(
            (first.stage.stdout.to_text().as_str(), first.files.len()),
            ("abcd", 1)
        );
        assert!(!first.stage.truncated.stdout);
        assert_eq!(
            (second.stage.stdout.to_text().as_str(), second.files.len()),
            ("ghij", 0)
        );
        assert!(second.stage.truncated.stdout);
    }
}
