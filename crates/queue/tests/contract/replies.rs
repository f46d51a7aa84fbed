//! Promises of every `Replies`.

use std::time::Duration;

use letscode_model::{JobId, KeptRun, RunReport, RunStatus, TextEncoding, UserId};
use letscode_queue::{Broker, OwnedRun};

use crate::samples::{ada, not_now, run, run_of, soon};

for_every_backend!(
    reports_reach_the_watcher,
    dropped_watches_reach_the_worker,
    cancelled_runs_end_the_watch,
    runs_are_kept_for_their_time,
    owners_only_displace_their_own_runs,
    forgotten_owners_leave_no_runs,
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
    replies
        .keep_run(&ada(), &kept_run, minute, Duration::ZERO)
        .await
        .unwrap();
    kept_run.status = RunStatus::Completed;
    kept_run.report = Some(RunReport::failed("no"));
    let short = Duration::from_millis(300);
    replies
        .keep_run(&ada(), &kept_run, short, Duration::ZERO)
        .await
        .unwrap();
    let read = replies.kept_run(kept_run.id).await.unwrap();
    let owned = OwnedRun {
        owner: ada(),
        run: kept_run.clone(),
    };
    assert_eq!(read, Some(owned));
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
    replies
        .keep_run(&ada(), &of_ada, hour, Duration::ZERO)
        .await
        .unwrap();
    replies
        .keep_run(&bob, &first, hour, Duration::ZERO)
        .await
        .unwrap();
    // Kept again, it is counted once.
    replies
        .keep_run(&bob, &first, hour, Duration::ZERO)
        .await
        .unwrap();
    let is_kept = async |run: &KeptRun| replies.kept_run(run.id).await.unwrap().is_some();
    assert!(is_kept(&first).await);
    replies
        .keep_run(&bob, &second, hour, Duration::ZERO)
        .await
        .unwrap();
    assert!(is_kept(&of_ada).await && is_kept(&second).await);
    assert!(!is_kept(&first).await, "its owner's share is full");
    replies.forget_run(second.id).await.unwrap();
    replies
        .keep_run(&bob, &first, hour, Duration::ZERO)
        .await
        .unwrap();
    assert!(is_kept(&first).await && !is_kept(&second).await);
}

/// A run that ends after its owner was forgotten is not kept, wherever it was.
async fn forgotten_owners_leave_no_runs(broker: &Broker) {
    let replies = &broker.replies;
    let hour = Duration::from_secs(3600);
    let (leased, waiting, of_bob) = (JobId::random(), JobId::random(), JobId::random());
    let ended = |id| KeptRun {
        id,
        status: RunStatus::Completed,
        encoding: TextEncoding::Utf8,
        report: None,
    };
    let mut watches = Vec::new();
    for id in [leased, waiting] {
        watches.push(replies.watch_run(id).await.unwrap());
        broker.jobs.push(run(id)).await.unwrap();
    }
    let watch_of_bob = replies.watch_run(of_bob).await.unwrap();
    broker.jobs.push(run_of("bob", of_bob)).await.unwrap();
    let lease = soon(broker.jobs.lease()).await.unwrap();
    replies
        .keep_run(&ada(), &ended(leased), hour, Duration::ZERO)
        .await
        .unwrap();
    broker.forget_user(&ada()).await.unwrap();
    for watch in watches {
        assert_eq!(soon(watch.report()).await, None);
    }
    soon(replies.cancelled(leased)).await;
    assert_eq!(replies.kept_run(leased).await.unwrap(), None);
    // What was at it reports, and its client keeps.
    for age in [Duration::from_secs(30), Duration::from_secs(3600)] {
        replies
            .keep_run(&ada(), &ended(leased), hour, age)
            .await
            .unwrap();
        assert_eq!(replies.kept_run(leased).await.unwrap(), None, "{age:?}");
    }
    broker.jobs.ack(lease.id).await.unwrap();
    // Who comes back is somebody new, and others are not touched.
    replies
        .keep_run(&ada(), &ended(waiting), hour, Duration::ZERO)
        .await
        .unwrap();
    assert!(replies.kept_run(waiting).await.unwrap().is_some());
    let next = soon(broker.jobs.lease()).await.unwrap();
    assert_eq!(next.job, run_of("bob", of_bob));
    drop(watch_of_bob);
}
