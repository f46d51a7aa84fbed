//! Hints: work that users may request soon, done while there is nothing else to do. It only saves
//! time: an error here occurs again, and is reported, when the work is requested.

use letscode_judge::{Evaluation, Priority, Sources, Thoroughness};
use letscode_model::{Draft, Hint, LanguageId};
use tokio::sync::watch;

use crate::error::WorkerError;
use crate::metrics;
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
        let (engine, language) = (self.engine.clone(), hint.language.clone());
        let cells = self.capacity as usize;
        let warm_up = move || engine.toolchains().warm_up_language(&language, cells);
        tokio::task::spawn_blocking(warm_up).await??;
        metrics::hint_followed("cells");
        match hint.draft {
            Some(draft) => self.compile_draft(hint.language, draft).await,
            None => Ok(()),
        }
    }

    async fn compile_draft(&self, language: LanguageId, draft: Draft) -> Result<(), WorkerError> {
        let Some(package) = self.store.problem_package(&draft.problem_id).await? else {
            return Ok(());
        };
        let worker = self.clone();
        let compiling = tokio::task::spawn_blocking(move || {
            let languages = worker.engine.toolchains().registry();
            let package = worker.packages.get(&package.dir, languages)?;
            let sources = Sources::single(draft.code.into_bytes());
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
            Ok::<bool, WorkerError>(worker.engine.compile_speculatively(&evaluation)?)
        });
        if compiling.await?? {
            metrics::hint_followed("draft");
            metrics::compiled(self.engine.compiler().counts());
        }
        Ok(())
    }
}
