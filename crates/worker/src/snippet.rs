use letscode_judge::Priority;
use letscode_model::{JobId, Snippet, SnippetOutcome, SnippetReport};
use letscode_queue::LeaseId;

use crate::error::WorkerError;
use crate::metrics;
use crate::worker::Worker;

impl Worker {
    /// Runs a snippet, publishes its report, and acknowledges the job.
    pub(crate) async fn run_snippet(
        &self,
        id: JobId,
        snippet: Snippet,
        lease: LeaseId,
        priority: Priority,
    ) -> Result<(), WorkerError> {
        let engine = self.engine.clone();
        let running = tokio::task::spawn_blocking(move || {
            let (source, input) = (snippet.code.as_bytes(), snippet.input.as_bytes());
            let report = engine.run_snippet(&snippet.language, source, input, priority);
            metrics::compiled(engine.compiler().counts());
            (snippet.language, report)
        });
        let (language, report) = running.await?;
        let report = report.unwrap_or_else(|error| {
            tracing::error!(%error, "a snippet could not be run");
            SnippetReport {
                outcome: SnippetOutcome::SandboxError,
                exit_code: None,
                signal: None,
                stdout: String::new(),
                stderr: "the engine could not run this program; nothing is wrong with it"
                    .to_owned(),
                execution_time: 0.0,
                wall_time: 0.0,
                memory_used: 0,
            }
        });
        metrics::snippet_run(&language, &report);
        self.broker.replies.publish_snippet(id, report).await?;
        self.acknowledge(lease).await;
        Ok(())
    }
}
