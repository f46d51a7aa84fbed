use std::sync::Arc;

use letscode_judge::{CancelToken, EngineError, Priority};
use letscode_model::{JobId, RunReport, RunSpec};
use letscode_queue::LeaseId;

use crate::error::WorkerError;
use crate::metrics;
use crate::violations::JobClient;
use crate::worker::Worker;

/// A run that this worker has leased.
pub(crate) struct LeasedRun {
    pub id: JobId,
    pub spec: Arc<RunSpec>,
    pub client: JobClient,
    pub lease: LeaseId,
    pub priority: Priority,
}

impl Worker {
    /// Runs a program, publishes its report, and acknowledges the job. The run ends early when nobody
    /// waits for it any more.
    pub(crate) async fn run_program(&self, leased: LeasedRun) -> Result<(), WorkerError> {
        let LeasedRun {
            id,
            spec,
            client,
            lease,
            priority,
        } = leased;
        let (engine, bounds) = (self.engine.clone(), self.run_bounds.clone());
        let cancel = CancelToken::default();
        let (token, run) = (cancel.clone(), spec.clone());
        let mut running = tokio::task::spawn_blocking(move || {
            let report = engine.run(&run, &bounds, priority, &token);
            metrics::compiled(engine.compiler().counts());
            report
        });
        let report = tokio::select! {
            report = &mut running => report?,
            () = self.broker.replies.cancelled(id) => {
                cancel.cancel();
                running.await?
            }
        };
        match report {
            Err(EngineError::Cancelled) => {}
            report => {
                let report = report.unwrap_or_else(|error| {
                    tracing::error!(%error, "a program could not be run");
                    let reason = "the engine could not run this program; nothing is wrong with it";
                    RunReport::failed(reason)
                });
                metrics::program_run(&spec.language, &report, id);
                self.record_run_violations(id, &spec, &report, &client)
                    .await?;
                if !cancel.is_cancelled() {
                    self.broker.replies.publish_report(id, report).await?;
                }
            }
        }
        self.acknowledge(lease).await;
        Ok(())
    }
}
