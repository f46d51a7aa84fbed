//! One submission, from the lease to the acknowledgement.

use std::time::Instant;

use letscode_judge::{
    Evaluation, EventSink, JudgeEvent, Priority, Sources, Thoroughness, internal_error,
};
use letscode_model::{
    Event, Job, Judgement, StatusUpdate, SubmissionId, SubmissionStatus, UserId, VerdictSummary,
};
use letscode_queue::{Lease, LeaseId, QueueError, ReleaseOptions};
use letscode_store::JudgeInput;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::error::{RETRY_PAUSE, WorkerError};
use crate::metrics;
use crate::progress::ProgressReporter;
use crate::worker::Worker;

/// A submission that this worker has leased.
pub(crate) struct LeasedSubmission {
    pub id: SubmissionId,
    pub user: UserId,
    pub lease: LeaseId,
    pub priority: Priority,
}

/// A submission that is being judged on a thread of its own. Dropping the events stops nothing: the
/// thread goes on to its end.
struct JudgingThread {
    events: mpsc::UnboundedReceiver<JudgeEvent>,
    /// An error says why the submission could not be judged.
    handle: JoinHandle<Result<(), String>>,
}

impl Worker {
    /// Judges a submission: publishes its progress, makes the judgement durable, publishes it, and
    /// acknowledges the job, in this order.
    pub(crate) async fn judge(&self, submission: LeasedSubmission) -> Result<(), WorkerError> {
        let LeasedSubmission {
            id,
            user,
            lease,
            priority,
        } = submission;
        // Delivery is at least once: a submission that was judged may only lack its last event.
        let Some(work) = self.store.judge_input(id).await? else {
            self.publish_stored_verdict(id, &user).await?;
            self.acknowledge(lease).await;
            return Ok(());
        };
        let progress = ProgressReporter {
            worker: self,
            submission_id: id,
            lease: &lease,
        };
        let mut judging = self.start_judging(work, priority);
        let mut finished = None;
        while let Some(event) = judging.events.recv().await {
            match event {
                JudgeEvent::Compiling => progress.status(SubmissionStatus::Compiling).await,
                JudgeEvent::Running => progress.status(SubmissionStatus::Running).await,
                JudgeEvent::Tested(report) => progress.tested(report.result).await,
                JudgeEvent::Judged(judgement) => {
                    finished = Some(self.finish(id, &user, &judgement).await);
                }
            }
        }
        let judged = judging.handle.await;
        match (finished, judged) {
            (Some(finished), _) => finished?,
            (None, Ok(Err(reason))) => self.finish(id, &user, &internal_error(reason)).await?,
            (None, Ok(Ok(()))) => return Err(WorkerError::Undecided),
            (None, Err(error)) => return Err(error.into()),
        }
        self.acknowledge(lease).await;
        Ok(())
    }

    /// Makes a judgement durable, and then publishes it. Not the other way round: after a crash in
    /// between, users who have seen a verdict might see another one. The first worker to finish
    /// decides, and may have been killed before it published: a later one then publishes the stored
    /// verdict.
    async fn finish(
        &self,
        id: SubmissionId,
        user: &UserId,
        judgement: &Judgement,
    ) -> Result<(), WorkerError> {
        if let Some(error) = &judgement.internal_error {
            // The submission stays open, for the service that is started instead of this one.
            if self.engine.jail().has_ended() {
                return Err(WorkerError::Jail);
            }
            tracing::error!(%id, error, "Internal Error");
        }
        let is_first = self.store.finish(id, judgement).await?;
        if !is_first {
            return self.publish_stored_verdict(id, user).await;
        }
        let verdict = judgement.verdict.clone();
        let status = verdict.status.final_status();
        self.publish_verdict(id, user, status, verdict).await
    }

    async fn publish_stored_verdict(
        &self,
        id: SubmissionId,
        user: &UserId,
    ) -> Result<(), WorkerError> {
        let stored = self.store.submission(id).await?;
        match stored.and_then(|stored| Some((stored.status, stored.verdict?))) {
            Some((status, verdict)) => self.publish_verdict(id, user, status, verdict).await,
            None => Ok(()),
        }
    }

    /// Publishes a verdict. The queue drops the event if it was published before.
    async fn publish_verdict(
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

    /// Ends a job that fails again and again, with an Internal Error.
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
                tracing::error!(%error, id = %submission_id, "the submission stays open");
                tokio::time::sleep(RETRY_PAUSE).await;
                let options = ReleaseOptions {
                    count_attempt: false,
                };
                return self.broker.jobs.release(lease.id, options).await;
            }
        }
        self.broker.jobs.bury(lease.id, &reason).await
    }

    fn start_judging(&self, work: JudgeInput, priority: Priority) -> JudgingThread {
        let (sender, events) = mpsc::unbounded_channel();
        let worker = self.clone();
        let handle = tokio::task::spawn_blocking(move || {
            let mut send = |event| {
                let _ = sender.send(event);
            };
            worker.evaluate(&work, priority, &mut send)
        });
        JudgingThread { events, handle }
    }

    fn evaluate(
        &self,
        work: &JudgeInput,
        priority: Priority,
        events: &mut EventSink<'_>,
    ) -> Result<(), String> {
        let (submission, package) = (&work.submission, &work.package);
        let languages = self.engine.toolchains().registry();
        let package = self
            .packages
            .get(&package.dir, languages)
            .map_err(|error| error.to_string())?;
        let sources = Sources::single(submission.code.as_bytes());
        let evaluation = Evaluation {
            package: &package,
            language: &submission.language,
            sources: &sources,
            time_limit: None,
            samples_only: submission.is_custom_test,
            thoroughness: Thoroughness::AsPackaged,
            priority,
        };
        let started = Instant::now();
        let judged = self.engine.judge(&evaluation, events);
        let judged = judged.map_err(|error| error.to_string());
        let language = &submission.language;
        match &judged {
            Ok(judgement) => metrics::judged(language, judgement, started.elapsed()),
            Err(reason) => {
                let judgement = internal_error(reason.clone());
                metrics::judged(language, &judgement, started.elapsed());
            }
        }
        metrics::compiled(self.engine.compiler().counts());
        judged.map(drop)
    }
}
