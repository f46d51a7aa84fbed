use letscode_model::SnippetReport;
use tokio::sync::oneshot;

/// Waits for one snippet's report. Dropping it says that nobody cares any more.
pub struct SnippetWatch {
    report: oneshot::Receiver<SnippetReport>,
    forget: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl SnippetWatch {
    pub(crate) fn new(
        report: oneshot::Receiver<SnippetReport>,
        forget: impl FnOnce() + Send + Sync + 'static,
    ) -> Self {
        SnippetWatch {
            report,
            forget: Some(Box::new(forget)),
        }
    }

    /// `None` when the queue went away and no report will come.
    pub async fn report(mut self) -> Option<SnippetReport> {
        (&mut self.report).await.ok()
    }
}

impl Drop for SnippetWatch {
    fn drop(&mut self) {
        if let Some(forget) = self.forget.take() {
            forget();
        }
    }
}
