//! What somebody may ask for soon, done while there is nothing else to do. Nothing comes of it but time:
//! whatever goes wrong here goes wrong again, and is said, when it is asked for.

use letscode_judge::{Evaluation, Sources, Thoroughness};
use letscode_model::{Draft, Hint, LanguageId};
use tokio::sync::watch;

use crate::{Worker, WorkerError, figures};

impl Worker {
    /// Follows hints until `stop` becomes true, one after another.
    pub(crate) async fn anticipate(self, mut stop: watch::Receiver<bool>) {
        loop {
            let hint = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return,
                hint = self.broker.hints.next_hint() => hint,
            };
            match hint {
                Ok(hint) => {
                    if let Err(error) = self.follow(hint).await {
                        tracing::debug!(%error, "a hint was of no use");
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the queue gives no hints; none are followed");
                    return;
                }
            }
        }
    }

    async fn follow(&self, hint: Hint) -> Result<(), WorkerError> {
        let (engine, language) = (self.engine.clone(), hint.language.clone());
        let cells = self.capacity as usize;
        tokio::task::spawn_blocking(move || engine.warm_up_language(&language, cells)).await??;
        figures::followed("cells");
        match hint.draft {
            Some(draft) => self.compile_ahead(hint.language, draft).await,
            None => Ok(()),
        }
    }

    async fn compile_ahead(&self, language: LanguageId, draft: Draft) -> Result<(), WorkerError> {
        let Some(found) = self.store.problem_package(&draft.problem_id).await? else {
            return Ok(());
        };
        let worker = self.clone();
        let compiling = tokio::task::spawn_blocking(move || {
            let package = worker.packages.get(
                found.digest.as_str(),
                &found.dir,
                worker.engine.languages(),
            )?;
            let sources = Sources::single(draft.code.into_bytes());
            let evaluation = Evaluation {
                package: &package,
                language: &language,
                sources: &sources,
                time_limit: None,
                samples_only: false,
                thoroughness: Thoroughness::AsPackaged,
            };
            Ok::<bool, WorkerError>(worker.engine.compile_ahead(&evaluation)?)
        });
        if compiling.await?? {
            figures::followed("draft");
            figures::compiled(self.engine.compile_counts());
        }
        Ok(())
    }
}
