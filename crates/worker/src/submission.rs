//! One submission, from the lease to the durable verdict.

use letscode_judge::{Evaluation, Sources, Thoroughness};
use letscode_model::{
    Job, Judgement, SubmissionId, SubmissionStatus, UserId, Verdict, VerdictSummary,
};
use letscode_store::ToJudge;
use tokio::runtime::Handle;

use crate::narrator::Narrator;
use crate::{Worker, WorkerError};

impl Worker {
    pub(crate) async fn judge(&self, id: SubmissionId, user: UserId) -> Result<(), WorkerError> {
        // Delivery is at least once: what is judged already needs nothing.
        let Some(work) = self.store.to_judge(id).await? else {
            return Ok(());
        };
        let mut narrator = self.narrator(id, user);
        let worker = self.clone();
        let judging = tokio::task::spawn_blocking(move || {
            let judgement = worker
                .evaluate(&work, &mut narrator)
                .unwrap_or_else(internal_error);
            (judgement, narrator)
        });
        let (judgement, narrator) = judging.await?;
        // It stays open, for the service that is started instead of this one.
        if judgement.internal_error.is_some() && self.engine.jail().has_ended() {
            return Err(WorkerError::Jail);
        }
        self.finish(judgement, narrator).await
    }

    fn narrator(&self, submission_id: SubmissionId, user_id: UserId) -> Narrator {
        Narrator {
            store: self.store.clone(),
            queue: self.queue.clone(),
            runtime: Handle::current(),
            submission_id,
            user_id,
        }
    }

    /// Durable before anybody is told; whoever was first decides.
    async fn finish(&self, judgement: Judgement, narrator: Narrator) -> Result<(), WorkerError> {
        let id = narrator.submission_id;
        if let Some(error) = &judgement.internal_error {
            tracing::error!(%id, error, "Internal Error");
        }
        if self.store.finish(id, &judgement).await? {
            let status = final_status(&judgement);
            let tell = move || narrator.finished(status, judgement.verdict);
            tokio::task::spawn_blocking(tell).await?;
        }
        Ok(())
    }

    /// A job that fails again and again must end some day, and never as the user's fault.
    pub(crate) async fn give_up(&self, job: &Job, error: &WorkerError) {
        let Job::Judge {
            submission_id,
            user_id,
            ..
        } = job
        else {
            return;
        };
        let narrator = self.narrator(*submission_id, user_id.clone());
        if let Err(error) = self
            .finish(internal_error(error.to_string()), narrator)
            .await
        {
            tracing::error!(%error, id = %submission_id, "it stays open until the next start");
        }
    }

    fn evaluate(&self, work: &ToJudge, narrator: &mut Narrator) -> Result<Judgement, String> {
        let (submission, found) = (&work.submission, &work.package);
        let package = self
            .packages
            .get(found.digest.as_str(), &found.dir)
            .map_err(|error| error.to_string())?;
        let sources = Sources::single(submission.code.as_bytes());
        let evaluation = Evaluation {
            package: &package,
            language: &submission.language,
            sources: &sources,
            time_limit: None,
            samples_only: submission.is_custom_test,
            thoroughness: Thoroughness::AsPackaged,
        };
        self.engine
            .judge(&evaluation, narrator)
            .map_err(|error| error.to_string())
    }
}

fn internal_error(fault: String) -> Judgement {
    Judgement {
        verdict: VerdictSummary {
            status: Verdict::InternalError,
            passed_tests: 0,
            total_tests: 0,
            max_time: 0.0,
            max_memory: 0,
            score: None,
        },
        test_results: Vec::new(),
        compiler_output: String::new(),
        internal_error: Some(fault),
    }
}

fn final_status(judgement: &Judgement) -> SubmissionStatus {
    match judgement.verdict.status {
        Verdict::InternalError => SubmissionStatus::Failed,
        _ => SubmissionStatus::Completed,
    }
}
