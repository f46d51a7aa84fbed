//! One submission, from the lease to the acknowledgement.

use std::sync::Arc;
use std::time::Instant;

use letscode_judge::{
    CancelToken, Evaluation, EventSink, JudgeEvent, Priority, Sources, Thoroughness, internal_error,
};
use letscode_model::{
    Event, Job, Judgement, JudgementKey, StatusUpdate, SubmissionStatus, UserId, VerdictSummary,
};
use letscode_queue::{Lease, LeaseId, QueueError, ReleaseOptions};
use letscode_store::{JudgeInput, PackageDigest, StoreError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::error::{RETRY_PAUSE, WorkerError};
use crate::metrics;
use crate::progress::ProgressReporter;
use crate::violations::{JobClient, SubmissionViolations};
use crate::worker::Worker;

/// A judgement that this worker has leased.
pub(crate) struct LeasedJudgement {
    pub key: JudgementKey,
    pub client: JobClient,
    pub lease: LeaseId,
    pub priority: Priority,
}

/// A submission that is being judged on a thread of its own. Dropping the events stops nothing: the
/// thread goes on to its end.
struct JudgingThread {
    events: mpsc::UnboundedReceiver<JudgeEvent>,
    /// An error says why the submission could not be judged.
    handle: JoinHandle<Result<(), String>>,
    cancel: CancelToken,
}

/// The judgement that a worker works on, with what its end is published by.
struct OpenJudgement {
    key: JudgementKey,
    user: UserId,
    problem_version: Option<PackageDigest>,
}

impl Worker {
    /// Judges a submission: publishes its progress, makes the judgement durable, publishes it, and
    /// acknowledges the job, in this order.
    pub(crate) async fn judge(&self, leased: LeasedJudgement) -> Result<(), WorkerError> {
        let LeasedJudgement {
            key,
            client,
            lease,
            priority,
        } = leased;
        // Before the store is asked, so that no news is missed in between.
        let mut cancel_news = self.broker.jobs.cancel_news();
        // Delivery is at least once: a submission that was judged may only lack its last event.
        let Some(work) = self.judge_input(key).await? else {
            self.publish_stored_verdict(key, &client.user_id).await?;
            self.acknowledge(lease).await;
            return Ok(());
        };
        let open = OpenJudgement {
            key,
            user: client.user_id.clone(),
            problem_version: Some(work.package.digest.clone()),
        };
        let work = Arc::new(work);
        let mut violations = SubmissionViolations::default();
        let mut progress = ProgressReporter::new(self, key, &lease);
        let mut judging = self.start_judging(work.clone(), priority);
        let mut finished = None;
        loop {
            tokio::select! {
                event = judging.events.recv() => match event {
                    Some(JudgeEvent::Compiling) => {
                        progress.status(SubmissionStatus::Compiling).await;
                    }
                    Some(JudgeEvent::Running { total_tests }) => progress.running(total_tests).await,
                    Some(JudgeEvent::CompilerDenied(stage)) => violations.add_compiler(&stage),
                    Some(JudgeEvent::Tested(report)) => {
                        violations.add_test(&report);
                        metrics::watched_test(&work.submission.language, &report, key);
                        progress.tested(report.result).await;
                    }
                    Some(JudgeEvent::CheckerDenied(denied)) => violations.add_checker(&denied),
                    Some(JudgeEvent::Judged(judgement)) => {
                        // Before the verdict, so that a crash loses none that somebody has seen.
                        self.record_violations(&mut violations, key, &work, &client).await?;
                        finished = Some(self.finish(&open, &judgement).await);
                    }
                    None => break,
                },
                () = cancel_news.of(key.submission_id) => {
                    if self.judge_input(key).await.is_ok_and(|work| work.is_none()) {
                        judging.cancel.cancel();
                    }
                }
                () = progress.write_due(), if finished.is_none() => {
                    if !progress.write().await {
                        judging.cancel.cancel();
                    }
                }
            }
        }
        let judged = judging.handle.await;
        // A judgement that was cancelled or failed may have come so far.
        self.record_violations(&mut violations, key, &work, &client)
            .await?;
        match (finished, judged) {
            (Some(finished), _) => finished?,
            (None, Ok(_)) if judging.cancel.is_cancelled() => {
                self.publish_stored_verdict(key, &open.user).await?;
            }
            (None, Ok(Err(reason))) => self.finish(&open, &internal_error(reason)).await?,
            (None, Ok(Ok(()))) => return Err(WorkerError::Undecided),
            (None, Err(error)) => return Err(error.into()),
        }
        self.acknowledge(lease).await;
        Ok(())
    }

    /// Returns what is needed for a judgement; `None` if it is not open.
    async fn judge_input(&self, key: JudgementKey) -> Result<Option<JudgeInput>, StoreError> {
        let work = self.store.judge_input(key.submission_id).await?;
        Ok(work.filter(|work| work.judgement == key.number))
    }

    /// Makes a judgement durable, and then publishes it. Not the other way round: after a crash in
    /// between, users who have seen a verdict might see another one. The first worker to finish
    /// decides, and may have been killed before it published: a later one then publishes the stored
    /// verdict.
    async fn finish(&self, open: &OpenJudgement, judgement: &Judgement) -> Result<(), WorkerError> {
        let key = open.key;
        if let Some(error) = &judgement.internal_error {
            // The submission stays open, for the service that is started instead of this one.
            if self.engine.jail().has_ended() {
                return Err(WorkerError::Jail);
            }
            tracing::error!(judgement = %key, error, "Internal Error");
        }
        let version = open.problem_version.as_ref();
        let is_first = match self.store.finish_judgement(key, version, judgement).await {
            // It was erased with its user.
            Err(StoreError::UnknownSubmission(_)) => return Ok(()),
            is_first => is_first?,
        };
        if !is_first {
            return self.publish_stored_verdict(key, &open.user).await;
        }
        let verdict = judgement.verdict.clone();
        let status = verdict.status.final_status();
        self.publish_end(key, &open.user, status, Some(verdict))
            .await
    }

    async fn publish_stored_verdict(
        &self,
        key: JudgementKey,
        user: &UserId,
    ) -> Result<(), WorkerError> {
        let stored = self.store.submission(key.submission_id).await?;
        let judgements = stored.into_iter().flat_map(|stored| stored.judgements);
        let mut ended = judgements.filter(|judgement| judgement.status.is_final());
        match ended.find(|judgement| judgement.number == key.number) {
            Some(ended) => {
                self.publish_end(key, user, ended.status, ended.verdict)
                    .await
            }
            None => Ok(()),
        }
    }

    /// Publishes the end of a judgement. The queue drops the event if it was published before.
    async fn publish_end(
        &self,
        key: JudgementKey,
        user: &UserId,
        status: SubmissionStatus,
        verdict: Option<VerdictSummary>,
    ) -> Result<(), WorkerError> {
        let event = Event::StatusUpdate(StatusUpdate {
            verdict,
            ..StatusUpdate::new(key, status)
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
            judgement,
            user_id,
            ..
        } = &lease.job
        {
            let open = OpenJudgement {
                key: JudgementKey {
                    submission_id: *submission_id,
                    number: *judgement,
                },
                user: user_id.clone(),
                problem_version: None,
            };
            let judgement = internal_error(reason.clone());
            if let Err(error) = self.finish(&open, &judgement).await {
                tracing::error!(%error, id = %submission_id, "the submission stays open");
                tokio::time::sleep(RETRY_PAUSE).await;
                let options = ReleaseOptions {
                    count_attempt: false,
                };
                return self.broker.jobs.release(lease.id, options).await;
            }
        }
        let buried = self.broker.jobs.bury(lease.id, &reason).await;
        self.queue_next_rejudges().await;
        buried
    }

    fn start_judging(&self, work: Arc<JudgeInput>, priority: Priority) -> JudgingThread {
        let (sender, events) = mpsc::unbounded_channel();
        let cancel = CancelToken::default();
        let (worker, token) = (self.clone(), cancel.clone());
        let handle = tokio::task::spawn_blocking(move || {
            let mut send = |event| {
                let _ = sender.send(event);
            };
            worker.evaluate(&work, priority, &token, &mut send)
        });
        JudgingThread {
            events,
            handle,
            cancel,
        }
    }

    fn evaluate(
        &self,
        work: &JudgeInput,
        priority: Priority,
        cancel: &CancelToken,
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
            thoroughness: if submission.run_all {
                Thoroughness::All
            } else {
                Thoroughness::AsPackaged
            },
            priority,
            cancel: Some(cancel),
        };
        let started = Instant::now();
        let judged = self.engine.judge(&evaluation, events);
        let judged = judged.map_err(|error| error.to_string());
        let language = &submission.language;
        match &judged {
            Ok(judgement) => metrics::judged(language, judgement, started.elapsed()),
            Err(_) if cancel.is_cancelled() => {}
            Err(reason) => {
                let judgement = internal_error(reason.clone());
                metrics::judged(language, &judgement, started.elapsed());
            }
        }
        metrics::compiled(self.engine.compiler().counts());
        judged.map(drop)
    }
}
