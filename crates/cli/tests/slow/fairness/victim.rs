//! Another client: one small run and one small submission at a time.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::address_client::AddressClient;

/// Between two requests, so that the shipped nginx doesn't find them too many.
const PAUSE: Duration = Duration::from_millis(60);
/// Pause after a refusal.
const RETRY_PAUSE: Duration = Duration::from_millis(50);

pub struct Victim {
    client: AddressClient,
    count: u32,
}

/// Times from the request to the result, sorted.
#[derive(Default, Clone)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn median(&self) -> Duration {
        self.0[self.0.len() / 2]
    }

    pub fn longest(&self) -> Duration {
        self.0[self.0.len() - 1]
    }

    pub fn add(&mut self, times: &Times) {
        self.0.extend(&times.0);
        self.0.sort_unstable();
    }
}

/// Times of runs and of submissions.
#[derive(Default, Clone)]
pub struct Samples {
    pub runs: Times,
    pub submissions: Times,
}

impl Samples {
    pub fn add(&mut self, samples: &Samples) {
        self.runs.add(&samples.runs);
        self.submissions.add(&samples.submissions);
    }
}

impl Victim {
    pub fn new(client: AddressClient) -> Self {
        Victim { client, count: 0 }
    }

    /// Measures runs and submissions in turns: `count` of each, or fewer if that takes longer than
    /// `limit`, but at least one.
    pub fn measure(&mut self, count: usize, limit: Duration) -> Samples {
        let began = Instant::now();
        let mut samples = Samples::default();
        while samples.runs.0.len() < count {
            samples.runs.0.push(self.run());
            samples.submissions.0.push(self.submission());
            if began.elapsed() > limit {
                break;
            }
        }
        samples.runs.0.sort_unstable();
        samples.submissions.0.sort_unstable();
        samples
    }

    fn run(&self) -> Duration {
        let body = json!({"language": "python", "code": "print(1)", "userId": "ada"});
        let (took, answer) = self.timed("/api/test", &body);
        assert_eq!(answer["output"], "1\n", "{answer}");
        took
    }

    /// Submits a program that nobody has submitted before.
    fn submission(&mut self) -> Duration {
        self.count += 1;
        let code = format!("# {}\nprint(sum(map(int, input().split())))", self.count);
        let body = json!({
            "problemId": "aplusb",
            "language": "python",
            "code": code,
            "userId": "ada",
        });
        let (took, answer) = self.timed("/api/submit?wait=true", &body);
        assert_eq!(answer["verdict"]["status"], "Accepted", "{answer}");
        took
    }

    /// Sends a request on a new connection, again after each refusal.
    fn timed(&self, path: &str, body: &Value) -> (Duration, Value) {
        thread::sleep(PAUSE);
        let began = Instant::now();
        loop {
            match self.client.post(path, body) {
                Ok((200, answer)) => return (began.elapsed(), answer),
                refused => println!("refused: {refused:?}"),
            }
            thread::sleep(RETRY_PAUSE);
        }
    }
}
