//! An API server is killed: while a client waits for its answer, and with many sockets open.

use std::thread;

use futures_util::{StreamExt, stream};
use letscode_model::{
    EditorInfo, Event, LanguageId, LanguageInfo, LanguageStatus, SubmissionId, UserId,
};
use letscode_queue::{EventStream, QueueSettings, RedisBroker, WorkerInfo, WorkerRegistry};
use serde_json::Value;
use sqlx::{Connection, PgConnection};

use super::solution;
use crate::support::distributed::{Stores, runtime};
use crate::support::service;
use crate::support::service::assert_judged_once;
use crate::support::sockets::{self, Socket};
use crate::support::{TIMEOUT, eventually};

const SOCKETS: usize = 1000;
const AT_ONCE: usize = 50;

/// Announces Python without a worker: submissions are accepted and not judged.
async fn announce_python(stores: &Stores) {
    let python = LanguageInfo {
        id: LanguageId("python".to_owned()),
        name: "Python".to_owned(),
        version: "3".to_owned(),
        status: LanguageStatus::Available,
        extensions: vec!["py".to_owned()],
        aliases: vec![],
        compiled: false,
        compile_options: Vec::new(),
        editor: EditorInfo::default(),
        peers: Default::default(),
        detail: None,
    };
    let worker = WorkerInfo {
        id: "gone".to_owned(),
        languages: vec![python],
        capacity: 1,
    };
    let queue = stores.queue(QueueSettings::default()).await;
    queue.announce(worker).await.unwrap();
    queue.withdraw("gone").await.unwrap();
}

/// The submission is stored but not queued, and the client has no answer.
#[test]
fn killed_between_write_and_answer() {
    let stores = Stores::start();
    let dying = stores.api("dying");
    let runtime = runtime();
    runtime.block_on(announce_python(&stores));
    let url = stores.postgres.url();
    let connect = || runtime.block_on(PgConnection::connect(&url)).unwrap();
    let (mut holding, mut looking) = (connect(), connect());
    let mut ask = |question: &'static str| -> i64 {
        let answer = sqlx::query_scalar(question).fetch_one(&mut looking);
        runtime.block_on(answer).unwrap()
    };
    let mut hold = |command: &'static str| {
        let done = sqlx::query(command).execute(&mut holding);
        runtime.block_on(done).unwrap();
    };
    // The write is held until Redis hangs; then it succeeds, and nothing after it does.
    hold("BEGIN");
    hold("LOCK TABLE submissions IN SHARE MODE");
    let body = service::submission("aplusb", "python", &solution());
    let submit = format!("http://{}/api/submit", dying.address());
    let sending = thread::spawn(move || ureq::post(submit).send_json(body).is_ok());
    eventually("the write waits", TIMEOUT, || {
        match ask("SELECT count(*) FROM pg_locks WHERE NOT granted") {
            1 => Ok(()),
            other => Err(other.to_string()),
        }
    });
    stores.redis.pause();
    hold("COMMIT");
    eventually("it is durable", TIMEOUT, || {
        match ask("SELECT count(*) FROM submissions") {
            1 => Ok(()),
            other => Err(other.to_string()),
        }
    });
    dying.kill();
    stores.redis.resume();
    assert!(!sending.join().unwrap(), "there was no answer");

    let api = stores.api("api");
    let worker = stores.worker("worker");
    let (_, page) = api.get("/api/submissions?userId=ada");
    let listed = page["submissions"].as_array().unwrap();
    assert_eq!(listed.len(), 1, "{page}");
    assert_judged_once(&api.verdict(listed[0]["id"].as_str().unwrap()));
    api.wait_until_idle();
    assert_eq!(worker.metric(JUDGED), 1);
}

const JUDGED: &str = "letscode_judgements_total{language=\"python\",verdict=\"Accepted\"}";

fn place(position: u32) -> Event {
    Event::QueuePosition {
        submission_id: SubmissionId(Default::default()),
        position,
    }
}

fn user(number: usize) -> String {
    format!("user-{number}")
}

async fn publish_to_all(queue: &RedisBroker, position: u32) {
    let telling = stream::iter(0..SOCKETS).map(async |number| {
        let published = queue.publish(&UserId(user(number)), place(position)).await;
        published.unwrap();
    });
    telling.buffer_unordered(AT_ONCE).collect::<()>().await;
}

/// Returns the position in an event, and the event's number.
async fn place_of(socket: &mut Socket) -> (u64, Value) {
    let mut event = sockets::event(socket).await.unwrap();
    assert_eq!(event["type"], "queue_position", "{event}");
    (
        event["seq"].as_u64().unwrap(),
        event["data"]["position"].take(),
    )
}

/// All clients reconnect to another server, and none misses an event.
#[test]
fn killed_with_a_thousand_sockets() {
    let stores = Stores::start();
    let [dying, living] = ["dying", "living"].map(|name| stores.api(name));
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().build().unwrap();
    runtime.block_on(async {
        let queue = stores.queue(QueueSettings::default()).await;
        let opening = stream::iter(0..SOCKETS).map(async |number| {
            let socket = sockets::open(dying.address(), &user(number), None).await;
            socket.unwrap()
        });
        let mut all: Vec<Socket> = opening.buffered(AT_ONCE).collect().await;
        for socket in &mut all {
            sockets::message(socket).await.unwrap();
        }
        publish_to_all(&queue, 3).await;
        let mut positions = Vec::new();
        for socket in &mut all {
            positions.push(place_of(socket).await);
        }
        dying.kill();
        for socket in &mut all {
            assert!(sockets::event(socket).await.is_none());
        }
        publish_to_all(&queue, 2).await;
        let returning = stream::iter(0..SOCKETS).map(async |number| {
            let after = Some(positions[number].0);
            let socket = sockets::open(living.address(), &user(number), after).await;
            socket.unwrap()
        });
        let mut all: Vec<Socket> = returning.buffered(AT_ONCE).collect().await;
        publish_to_all(&queue, 1).await;
        for (socket, (last, first)) in all.iter_mut().zip(&positions) {
            assert_eq!(*first, 3);
            assert_eq!(place_of(socket).await, (last + 1, 2.into()));
            assert_eq!(place_of(socket).await, (last + 2, 1.into()));
        }
    });
}
