//! Promises of every `Replies`.

use std::time::Duration;

use letscode_model::{JobId, KeptRun, RunReport, RunStatus, TextEncoding, UserId};
use letscode_queue::Broker;

use crate::samples::{ada, not_now, run, soon};

for_every_backend!(
    reports_reach_the_watcher,
    dropped_watches_reach_the_worker,
    cancelled_runs_end_the_watch,
    runs_are_kept_for_their_time,
    owners_only_displace_their_own_runs,
);

async fn reports_reach_the_watcher(broker: &Broker) {
    let id = JobId::random();
    let watch = broker.replies.watch_run(id).await.unwrap();
    broker.jobs.push(run(id)).await.unwrap();
    let lease = soon(broker.jobs.lease()).await.unwrap();
    not_now(broker.replies.cancelled(id)).await;
    let report = RunReport::failed("no");
    let publish = || broker.replies.publish_report(id, report.clone());
    publish().await.unwrap();
    broker.jobs.ack(lease.id).await.unwrap();
    assert_eq!(soon(watch.report()).await, Some(report.clone()));
    publish()
        .await
        .expect("a report without a watcher is dropped");
}

async fn dropped_watches_reach_the_worker(broker: &Broker) {
    let id = JobId::random();
    let watch = broker.replies.watch_run(id).await.unwrap();
    broker.jobs.push(run(id)).await.unwrap();
    let lease = soon(broker.jobs.lease()).await.unwrap();
    let cancelled = broker.replies.cancelled(id);
    let mut cancelled = std::pin::pin!(cancelled);
    not_now(cancelled.as_mut()).await;
    drop(watch);
    soon(cancelled).await;
    soon(broker.replies.cancelled(id)).await;
    broker.jobs.ack(lease.id).await.unwrap();
}

async fn cancelled_runs_end_the_watch(broker: &Broker) {
    let id = JobId::random();
    let watch = broker.replies.watch_run(id).await.unwrap();
    broker.jobs.push(run(id)).await.unwrap();
    broker.replies.cancel_run(id).await.unwrap();
    assert_eq!(soon(watch.report()).await, None);
    not_now(broker.jobs.lease()).await;
}

async fn runs_are_kept_for_their_time(broker: &Broker) {
    let mut kept_run = KeptRun {
        id: JobId::random(),
        status: RunStatus::Queued,
        encoding: TextEncoding::Base64,
        report: None,
    };
    let replies = &broker.replies;
    assert_eq!(replies.kept_run(kept_run.id).await.unwrap(), None);
    let minute = Duration::from_secs(60);
    replies.keep_run(&ada(), &kept_run, minute).await.unwrap();
    kept_run.status = RunStatus::Completed;
    kept_run.report = Some(RunReport::failed("no"));
    let short = Duration::from_millis(300);
    replies.keep_run(&ada(), &kept_run, short).await.unwrap();
    let read = replies.kept_run(kept_run.id).await.unwrap();
    assert_eq!(read, Some(kept_run.clone()));
    tokio::time::sleep(short).await;
    assert_eq!(replies.kept_run(kept_run.id).await.unwrap(), None);
}

/// One owner has an eighth of 256 MiB.
async fn owners_only_displace_their_own_runs(broker: &Broker) {
    let run = |bytes: usize| KeptRun {
        id: JobId::random(),
        status: RunStatus::Completed,
        encoding: TextEncoding::Utf8,
        report: Some(RunReport::failed("x".repeat(bytes))),
    };
    let (of_ada, first, second) = (run(1), run(20 << 20), run(20 << 20));
    let (bob, hour) = (UserId("bob".into()), Duration::from_secs(3600));
    let replies = &broker.replies;
    replies.keep_run(&ada(), &of_ada, hour).await.unwrap();
    replies.keep_run(&bob, &first, hour).await.unwrap();
    // Kept again, it is counted once.
    replies.keep_run(&bob, &first, hour).await.unwrap();
    let is_kept = async |run: &KeptRun| replies.kept_run(run.id).await.unwrap().is_some();
    assert!(is_kept(&first).await);
    replies.keep_run(&bob, &second, hour).await.unwrap();
    assert!(is_kept(&of_ada).await && is_kept(&second).await);
    assert!(!is_kept(&first).await, "its owner's share is full");
    replies.forget_run(second.id).await.unwrap();
    replies.keep_run(&bob, &first, hour).await.unwrap();
    assert!(is_kept(&first).await && !is_kept(&second).await);
}
