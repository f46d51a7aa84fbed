//! The service in its two forms with the same problem, and its clients.

use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::distributed::Stores;
use crate::support::package::Package;
use crate::support::service::Service;
use crate::support::{LETSCODE, eventually, letscode};

/// Timeout for thousands of judgements.
pub const TIMEOUT: Duration = Duration::from_secs(400);
const PROBLEM: &str = "echo";
const SECRET_TESTS: usize = 4;

#[derive(Clone, Copy)]
pub enum Form {
    /// One process with SQLite and a queue in memory; number of slots.
    Embedded(u32),
    /// One API server and workers; number of slots of each.
    Distributed(&'static [u32]),
}

pub struct Running {
    pub api: Service,
    pub workers: Vec<Service>,
    pub stores: Option<Stores>,
    _data: tempfile::TempDir,
}

pub fn start(form: Form) -> Running {
    let package = Package::echo(PROBLEM, SECRET_TESTS);
    let data = tempfile::tempdir().unwrap();
    match form {
        Form::Embedded(hands) => {
            let folder = data.path().to_str().unwrap();
            let path = package.path();
            let ran = letscode([
                "problem",
                "import",
                "--data",
                folder,
                path.to_str().unwrap(),
            ]);
            assert_eq!(ran.code, Some(0), "{ran:#?}");
            let mut command = Command::new(LETSCODE);
            command.args(["serve", "--listen", "127.0.0.1:0", "--data", folder]);
            Running {
                api: Service::spawn(with_slots(command, hands)),
                workers: Vec::new(),
                stores: None,
                _data: data,
            }
        }
        Form::Distributed(workers) => {
            let stores = Stores::durable(&package.path());
            // On a busy machine a short lease may expire without a heartbeat, and all processes have to
            // use the same length.
            let command = |role: &str, name: &str| {
                let mut command = stores.command(role, name);
                command.env("LETSCODE_LEASE", "15");
                command
            };
            let api = Service::spawn(command("api", "api"));
            let workers = workers.iter().enumerate().map(|(number, hands)| {
                let command = command("worker", &format!("worker-{number}"));
                Service::spawn(with_slots(command, *hands))
            });
            Running {
                api,
                workers: workers.collect(),
                stores: Some(stores),
                _data: data,
            }
        }
    }
}

/// Sets the number of slots; headers are not precompiled.
fn with_slots(mut command: Command, hands: u32) -> Command {
    command
        .args(["--workers", &hands.to_string()])
        .env("RUST_LOG", "error")
        .env("LETSCODE_COMPILE_CACHE", "0");
    command
}

/// Two of three are Python, one is JavaScript. Many users, each with a share of the queue.
pub fn submission(number: usize) -> Value {
    let (language, code) = match number % 3 {
        0 => (
            "javascript",
            "console.log(require('fs').readFileSync(0, 'utf8').trim())",
        ),
        _ => ("python", "print(input())"),
    };
    json!({
        "problemId": PROBLEM,
        "language": language,
        "code": code,
        "userId": format!("user-{}", number % 50),
    })
}

/// A client that keeps its connection open.
pub struct Client {
    agent: ureq::Agent,
    url: String,
}

impl Client {
    pub fn of(api: &Service) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Client {
            agent: agent.into(),
            url: format!("http://{}/api/submit", api.address()),
        }
    }

    /// Submits; returns the time until the submission was accepted.
    pub fn submit(&self, body: &Value) -> Duration {
        let began = Instant::now();
        let mut answer = self.agent.post(&self.url).send_json(body).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        let took = began.elapsed();
        assert_eq!(answer.status().as_u16(), 201, "{text}");
        took
    }
}

impl Running {
    /// Submits many, several at a time; returns the times until each was accepted.
    pub fn submit_all(&self, count: usize, at_once: usize) -> Vec<Duration> {
        let next = AtomicUsize::new(0);
        let all = Mutex::new(Vec::with_capacity(count));
        let send = || {
            let client = Client::of(&self.api);
            let mut own = Vec::new();
            loop {
                let number = next.fetch_add(1, Relaxed);
                if number >= count {
                    break all.lock().unwrap().extend(own);
                }
                own.push(client.submit(&submission(number)));
            }
        };
        thread::scope(|scope| {
            for _ in 0..at_once {
                scope.spawn(send);
            }
        });
        all.into_inner().unwrap()
    }

    pub fn waiting(&self) -> u64 {
        let (_, status) = self.api.get("/api/status");
        status["queued"].as_u64().unwrap()
    }

    pub fn wait_until_idle(&self) {
        eventually("all are judged", TIMEOUT, || {
            thread::sleep(Duration::from_millis(5));
            let (_, status) = self.api.get("/api/status");
            match (status["queued"].as_u64(), status["running"].as_u64()) {
                (Some(0), Some(0)) => Ok(()),
                _ => Err(status.to_string()),
            }
        });
    }

    /// Number of submissions that the API server has accepted.
    pub fn submissions(&self) -> u64 {
        sum(&self.api, "letscode_submissions_total{")
    }

    /// Number of submissions that were judged as accepted, by all workers.
    pub fn judged(&self) -> u64 {
        let of = |service: &Service| sum(service, "letscode_judgements_total{");
        if self.workers.is_empty() {
            of(&self.api)
        } else {
            self.workers.iter().map(of).sum()
        }
    }
}

/// Sums a counter over all languages; for judgements, only accepted ones.
fn sum(service: &Service, counter: &str) -> u64 {
    let counts = |line: &str| !line.contains("verdict=") || line.contains("\"Accepted\"");
    let text = service.metrics();
    let lines = text
        .lines()
        .filter(|line| line.starts_with(counter) && counts(line));
    lines
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}
