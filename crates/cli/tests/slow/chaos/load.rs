//! Load: submissions to either API server, and the answers.

use std::io::ErrorKind;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use serde_json::{Value, json};

use super::cluster::{Addresses, PROBLEM, SECRET_TESTS};
use super::dice::Dice;

/// Submissions of one user, all with the same expected result, so that also a submission without an
/// answer can be checked.
#[derive(Clone, Copy)]
pub struct Kind {
    pub user: &'static str,
    language: &'static str,
    code: &'static str,
    pub verdict: &'static str,
    pub tests: usize,
}

const ALL_TESTS: usize = SECRET_TESTS + 1;

pub const KINDS: [Kind; 6] = [
    Kind {
        user: "python",
        language: "python",
        code: "print(input())",
        verdict: "Accepted",
        tests: ALL_TESTS,
    },
    Kind {
        user: "slow",
        language: "python",
        code: "import time\ntime.sleep(0.1)\nprint(input())",
        verdict: "Accepted",
        tests: ALL_TESTS,
    },
    Kind {
        user: "wrong",
        language: "python",
        code: "print(7)",
        verdict: "Wrong Answer",
        tests: 2,
    },
    Kind {
        user: "crashes",
        language: "python",
        code: "1 / 0",
        verdict: "Runtime Error",
        tests: 1,
    },
    Kind {
        user: "typo",
        language: "python",
        code: "print(input()",
        verdict: "Compilation Error",
        tests: 0,
    },
    Kind {
        user: "javascript",
        language: "javascript",
        code: "console.log(require('fs').readFileSync(0, 'utf8').trim())",
        verdict: "Accepted",
        tests: ALL_TESTS,
    },
];

/// Number of waiting jobs above which nothing is sent, because overload is not tested here.
const ENOUGH: u64 = 20;
const PAUSE: Duration = Duration::from_millis(60);

#[derive(Default)]
pub struct Load {
    sent: Mutex<SentSubmissions>,
}

#[derive(Default, Clone)]
pub struct SentSubmissions {
    /// Users and ids of accepted submissions.
    pub accepted: Vec<(&'static str, String)>,
    /// Answered with 503.
    pub refused: usize,
    /// No server accepted the connection.
    pub unsent: usize,
    /// No answer: they may have been accepted or not.
    pub unanswered: usize,
    /// Answers that should never occur.
    pub unexpected: Vec<String>,
}

impl Load {
    pub fn sent(&self) -> SentSubmissions {
        self.sent.lock().unwrap().clone()
    }

    pub fn counts(&self) -> String {
        let sent = self.sent.lock().unwrap();
        let (accepted, refused) = (sent.accepted.len(), sent.refused);
        format!(
            "{accepted} accepted, {refused} refused, {} unanswered",
            sent.unanswered
        )
    }

    pub fn accepted_of(&self, user: &str) -> Vec<String> {
        let sent = self.sent.lock().unwrap();
        let own = sent.accepted.iter().filter(|(of, _)| *of == user);
        own.map(|(_, id)| id.clone()).collect()
    }

    pub fn send(&self, addresses: &Addresses, mut dice: Dice, sending: &AtomicBool) {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(15)))
            .build();
        let agent = ureq::Agent::from(agent);
        while sending.load(Relaxed) {
            std::thread::sleep(PAUSE);
            let place = dice.below(2) as usize;
            let api = addresses.lock().unwrap()[place].clone();
            if is_busy(&agent, &api) {
                continue;
            }
            let kind = dice.one_of(&KINDS);
            let body = json!({
                "problemId": PROBLEM,
                "language": kind.language,
                "code": kind.code,
                "userId": kind.user,
            });
            let answer = agent
                .post(format!("http://{api}/api/submit"))
                .send_json(&body);
            self.record(kind, answer.and_then(read));
        }
    }

    fn record(&self, kind: Kind, answer: Result<(u16, Value), ureq::Error>) {
        let mut sent = self.sent.lock().unwrap();
        match answer {
            Ok((201, receipt)) => {
                let id = receipt["submissionId"].as_str().unwrap().to_owned();
                sent.accepted.push((kind.user, id));
            }
            Ok((503, _)) => sent.refused += 1,
            Ok(response) => sent.unexpected.push(format!("{response:?}")),
            Err(error) if is_refused(&error) => sent.unsent += 1,
            Err(_) => sent.unanswered += 1,
        }
    }
}

fn is_refused(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::ConnectionFailed => true,
        ureq::Error::Io(error) => error.kind() == ErrorKind::ConnectionRefused,
        _ => false,
    }
}

fn is_busy(agent: &ureq::Agent, api: &str) -> bool {
    let response = agent.get(format!("http://{api}/api/status")).call();
    match response.and_then(read) {
        Ok((200, status)) => status["queued"].as_u64().unwrap() > ENOUGH,
        // Unknown: send anyway.
        _ => false,
    }
}

fn read(mut answer: ureq::http::Response<ureq::Body>) -> Result<(u16, Value), ureq::Error> {
    let body = answer.body_mut().read_json()?;
    Ok((answer.status().as_u16(), body))
}
