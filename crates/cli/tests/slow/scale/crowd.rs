//! Many watchers.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use letscode_model::{Event, StatusUpdate, SubmissionId, SubmissionStatus, UserId};
use letscode_queue::{EventStream, QueueSettings};
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::runtime::Runtime;
use tokio::sync::Barrier;

use super::either;
use super::measure::{Times, peak_mib, resident_mib};
use crate::support::distributed::Stores;
use crate::support::service::Service;
use crate::support::sockets::{self, Socket};

/// Number of sockets that are opened at the same time.
const AT_ONCE: usize = 100;

fn runtime() -> Runtime {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.enable_all().build().unwrap()
}

fn update(number: u32) -> Event {
    Event::StatusUpdate(StatusUpdate {
        submission_id: SubmissionId(Default::default()),
        judgement: 1,
        status: SubmissionStatus::Running,
        current_test: Some(number),
        test_result: None,
        verdict: None,
    })
}

fn user(number: usize) -> String {
    format!("user-{number}")
}

/// Starts an API server with a low soft limit of open files.
fn api_with_few_files(stores: &Stores) -> Service {
    let plain = stores.command("api", "api");
    let mut command = Command::new("prlimit");
    command.args(["--nofile=512:", "--"]);
    command.arg(plain.get_program()).args(plain.get_args());
    for (name, value) in plain.get_envs() {
        command.env(name, value.unwrap());
    }
    Service::spawn(command)
}

#[test]
fn thousands_of_idle_sockets_stay_open() {
    let count = either(1000, 10_000);
    let mut files = getrlimit(Resource::Nofile);
    files.current = files.maximum;
    setrlimit(Resource::Nofile, files).unwrap();
    let stores = Stores::start();
    let api = api_with_few_files(&stores);
    let before = resident_mib(api.pid());
    runtime().block_on(async {
        let began = Instant::now();
        let opening = stream::iter(0..count).map(async |number| {
            sockets::open(api.address(), &user(number), None)
                .await
                .unwrap()
        });
        let mut all: Vec<Socket> = opening.buffered(AT_ONCE).collect().await;
        println!("{count} sockets open after {:.1?}", began.elapsed());
        for socket in &mut all {
            let first = sockets::message(socket).await.unwrap();
            assert_eq!(first["type"], "system_status");
        }
        let (after, peak) = (resident_mib(api.pid()), peak_mib(api.pid()));
        println!("the API server has {after} MiB resident, {before} before, {peak} at the most");
        assert!(peak < 1000);
        // Each socket is alive.
        let queue = stores.queue(QueueSettings::default()).await;
        let step = count / 100;
        for (number, socket) in all.iter_mut().enumerate().step_by(step) {
            queue
                .publish(&UserId(user(number)), update(7))
                .await
                .unwrap();
            let event = sockets::event(socket).await.unwrap();
            assert_eq!(event["data"]["currentTest"], 7);
        }
    });
}

#[test]
fn bursts_reach_all_watchers() {
    let (watchers, bursts, events) = either((100, 2, 10), (1000, 20, 10));
    let stores = Stores::start();
    let mut command = stores.command("api", "api");
    command.args(["--max-sockets-of-user", &watchers.to_string()]);
    command.args(["--max-sockets-of-address", &watchers.to_string()]);
    let api = Service::spawn(command);
    let times = runtime().block_on(async {
        let opening = stream::iter(0..watchers)
            .map(async |_| sockets::open(api.address(), "ada", None).await.unwrap());
        let all: Vec<Socket> = opening.buffer_unordered(AT_ONCE).collect().await;
        let everybody = Arc::new(Barrier::new(watchers + 1));
        let watching: Vec<_> = all
            .into_iter()
            .map(|socket| tokio::spawn(watch(socket, everybody.clone(), bursts * events)))
            .collect();
        everybody.wait().await;
        let queue = stores.queue(QueueSettings::default()).await;
        let mut published = Vec::new();
        for _ in 0..bursts {
            for number in 0..events {
                published.push(Instant::now());
                let event = update(number as u32);
                queue.publish(&UserId("ada".into()), event).await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let mut times = Vec::new();
        for watched in watching {
            let received = watched.await.unwrap();
            let pairs = received.iter().zip(&published);
            times.extend(pairs.map(|(at, from)| at.duration_since(*from)));
        }
        times
    });
    assert_eq!(
        times.len(),
        watchers * bursts * events,
        "each saw each once"
    );
    println!(
        "{bursts} bursts of {events} events to {watchers} watchers: {} (p99 is to be below 250 ms)",
        Times::of(times)
    );
}

/// Returns the arrival time of each event.
async fn watch(mut socket: Socket, everybody: Arc<Barrier>, events: usize) -> Vec<Instant> {
    let first = sockets::message(&mut socket).await.unwrap();
    let mut last = first["seq"].as_u64().unwrap();
    everybody.wait().await;
    let mut received = Vec::new();
    while received.len() < events {
        let event = sockets::event(&mut socket).await.unwrap();
        received.push(Instant::now());
        last += 1;
        assert_eq!(event["seq"], last);
    }
    received
}
