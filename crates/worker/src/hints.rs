//! Hints: work that users may request soon, done while there is nothing else to do. It only saves
//! time: an error here occurs again, and is reported, when the work is requested.

use letscode_judge::{DraftCompilation, Evaluation, Priority, Sources, Thoroughness};
use letscode_model::{Draft, Hint};
use tokio::sync::watch;

use crate::error::WorkerError;
use crate::metrics;
use crate::violations::JobClient;
use crate::worker::Worker;

impl Worker {
    /// Follows hints until `stop` becomes true, one after another.
    pub(crate) async fn follow_hints(self, mut stop: watch::Receiver<bool>) {
        loop {
            let hint = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return,
                hint = self.broker.hints.next_hint() => hint,
            };
            match hint {
                Ok(hint) => {
                    if let Err(error) = self.follow_hint(hint).await {
                        tracing::debug!(%error, "a hint could not be followed");
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the queue has no hints; none are followed any more");
                    return;
                }
            }
        }
    }

    async fn follow_hint(&self, hint: Hint) -> Result<(), WorkerError> {
        let client = JobClient::of_hint(&hint);
        let (engine, language) = (self.engine.clone(), hint.language.clone());
        let cells = self.capacity as usize;
        let warm_up = move || engine.toolchains().warm_up_language(&language, cells);
        tokio::task::spawn_blocking(warm_up).await??;
        metrics::hint_followed("cells");
        match &hint.draft {
            Some(draft) => self.compile_draft(&hint, draft, &client).await,
            None => Ok(()),
        }
    }

    async fn compile_draft(
        &self,
        hint: &Hint,
        draft: &Draft,
        client: &JobClient,
    ) -> Result<(), WorkerError> {
        let Some(package) = self.store.problem_package(&draft.problem_id).await? else {
            return Ok(());
        };
        let (worker, language) = (self.clone(), hint.language.clone());
        let sources = Sources::single(draft.code.clone().into_bytes());
        let compiling = tokio::task::spawn_blocking(move || {
            let languages = worker.engine.toolchains().registry();
            let package = worker.packages.get(&package.dir, languages)?;
            let evaluation = Evaluation {
                package: &package,
                language: &language,
                sources: &sources,
                time_limit: None,
                samples_only: false,
                thoroughness: Thoroughness::AsPackaged,
                priority: Priority::Background,
                cancel: None,
            };
            let compiled = worker.engine.compile_speculatively(&evaluation)?;
            Ok::<Option<DraftCompilation>, WorkerError>(compiled)
        });
        let Some(compiled) = compiling.await?? else {
            return Ok(());
        };
        metrics::hint_followed("draft");
        metrics::compiled(self.engine.compiler().counts());
        match compiled.denied {
            Some(stage) => {
                self.record_draft_violation(hint, draft, &stage, client)
                    .await
            }
            None => Ok(()),
        }
    }
}
