//! Promises of every `Replies`.

use letscode_model::{JobId, SnippetOutcome, SnippetReport};
use letscode_queue::Broker;

use crate::samples::{snippet, soon};

for_every_backend!(reports_reach_the_watcher,);

async fn reports_reach_the_watcher(broker: &Broker) {
    let id = JobId::random();
    let watch = broker.replies.watch_snippet(id).await.unwrap();
    broker.jobs.push(snippet(id)).await.unwrap();
    let lease = soon(broker.jobs.lease()).await.unwrap();
    let report = SnippetReport {
        outcome: SnippetOutcome::Exited,
        exit_code: Some(0),
        signal: None,
        stdout: "1\n".into(),
        stderr: String::new(),
        execution_time: 1.5,
        wall_time: 2.5,
        memory_used: 4096,
    };
    broker
        .replies
        .publish_snippet(id, report.clone())
        .await
        .unwrap();
    broker.jobs.ack(lease.id).await.unwrap();
    assert_eq!(soon(watch.report()).await, Some(report.clone()));
    broker
        .replies
        .publish_snippet(id, report)
        .await
        .expect("a report without a watcher is dropped");
}
