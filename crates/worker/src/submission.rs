//! One submission, from the lease to the durable verdict.

use std::time::Instant;

use letscode_judge::{Evaluation, Sources, Thoroughness};
use letscode_model::{
    Event, Job, Judgement, StatusUpdate, SubmissionId, SubmissionStatus, UserId, Verdict,
    VerdictSummary,
};
use letscode_queue::{Lease, LeaseId, QueueError, ReleaseOptions};
use letscode_store::ToJudge;
use tokio::runtime::Handle;

use crate::narrator::Narrator;
use crate::{RETRY_PAUSE, Worker, WorkerError, figures};

impl Worker {
    pub(crate) async fn judge(
        &self,
        id: SubmissionId,
        user: UserId,
        lease: &LeaseId,
    ) -> Result<(), WorkerError> {
        // Delivery is at least once: of what is judged already only the verdict may have to be told.
        let Some(work) = self.store.to_judge(id).await? else {
            return self.tell_kept_verdict(id, &user).await;
        };
        let mut narrator = self.narrator(id, user, lease.clone());
        let worker = self.clone();
        let judging = tokio::task::spawn_blocking(move || {
            let fault = worker.evaluate(&work, &mut narrator).err();
            (fault, narrator)
        });
        match judging.await? {
            (None, narrator) => narrator.told(),
            (Some(fault), narrator) => {
                self.finish(id, &narrator.user_id, &internal_error(fault))
                    .await
            }
        }
    }

    fn narrator(&self, submission_id: SubmissionId, user_id: UserId, lease: LeaseId) -> Narrator {
        Narrator {
            worker: self.clone(),
            runtime: Handle::current(),
            submission_id,
            user_id,
            lease,
            told: None,
        }
    }

    /// The one durable write of a judgement, and then the event. Not the other way round: after a crash
    /// in between, whoever had been told might be told of another verdict. Whoever was first decides,
    /// and may have been killed before it said so: who comes second says it then.
    pub(crate) async fn finish(
        &self,
        id: SubmissionId,
        user: &UserId,
        judgement: &Judgement,
    ) -> Result<(), WorkerError> {
        if let Some(error) = &judgement.internal_error {
            // It stays open, for the service that is started instead of this one.
            if self.engine.jail().has_ended() {
                return Err(WorkerError::Jail);
            }
            tracing::error!(%id, error, "Internal Error");
        }
        if self.store.finish(id, judgement).await? {
            let verdict = judgement.verdict.clone();
            let status = verdict.status.final_status();
            self.tell_verdict(id, user, status, verdict).await
        } else {
            self.tell_kept_verdict(id, user).await
        }
    }

    async fn tell_kept_verdict(&self, id: SubmissionId, user: &UserId) -> Result<(), WorkerError> {
        let kept = self.store.submission(id).await?;
        match kept.and_then(|kept| Some((kept.status, kept.verdict?))) {
            Some((status, verdict)) => self.tell_verdict(id, user, status, verdict).await,
            None => Ok(()),
        }
    }

    /// The queue takes care that it is told once.
    async fn tell_verdict(
        &self,
        submission_id: SubmissionId,
        user: &UserId,
        status: SubmissionStatus,
        verdict: VerdictSummary,
    ) -> Result<(), WorkerError> {
        let event = Event::StatusUpdate(StatusUpdate {
            submission_id,
            status,
            current_test: None,
            test_result: None,
            verdict: Some(verdict),
        });
        self.broker.events.publish(user, event).await?;
        Ok(())
    }

    /// A job that fails again and again must end some day, and never as the user's fault.
    pub(crate) async fn give_up(
        &self,
        lease: Lease,
        error: &WorkerError,
    ) -> Result<(), QueueError> {
        let reason = error.to_string();
        if let Job::Judge {
            submission_id,
            user_id,
            ..
        } = &lease.job
        {
            let judgement = internal_error(reason.clone());
            if let Err(error) = self.finish(*submission_id, user_id, &judgement).await {
                tracing::error!(%error, id = %submission_id, "it stays open");
                tokio::time::sleep(RETRY_PAUSE).await;
                let options = ReleaseOptions {
                    count_attempt: false,
                };
                return self.broker.jobs.release(lease.id, options).await;
            }
        }
        self.broker.jobs.bury(lease.id, &reason).await
    }

    fn evaluate(&self, work: &ToJudge, narrator: &mut Narrator) -> Result<(), String> {
        let (submission, found) = (&work.submission, &work.package);
        let package = self
            .packages
            .get(found.digest.as_str(), &found.dir, self.engine.languages())
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
        let started = Instant::now();
        let judged = self.engine.judge(&evaluation, narrator);
        let judged = judged.map_err(|error| error.to_string());
        let language = &submission.language;
        match &judged {
            Ok(judgement) => figures::judged(language, judgement, started.elapsed()),
            Err(fault) => {
                let judgement = internal_error(fault.clone());
                figures::judged(language, &judgement, started.elapsed());
            }
        }
        judged.map(drop)
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
