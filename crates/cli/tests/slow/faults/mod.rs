//! Faults at a certain moment or for some time, with real servers; afterwards every accepted
//! submission has one verdict.

mod api;
mod clock;
mod disk;
mod postgres;

use crate::support::service::{self, Service};
use crate::support::{TIMEOUT, jury};
use serde_json::Value;

/// Accepted, but takes more than a second for all 13 tests of A+B.
const SLOW: &str = "import time\ntime.sleep(0.1)\nprint(sum(map(int, input().split())))\n";

fn solution() -> String {
    std::fs::read_to_string(jury("aplusb/accepted/solution.py")).unwrap()
}

/// Checks that a refusal says when to retry.
struct Refusal {
    kind: String,
    retry_after: u64,
}

/// Returns the submission's id, or the refusal, which must be a 503.
fn try_to_submit(service: &Service, code: &str) -> Result<String, Refusal> {
    let body = service::submission("aplusb", "python", code);
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(TIMEOUT))
        .build();
    let url = format!("http://{}/api/submit", service.address());
    let mut answer = ureq::Agent::from(agent).post(url).send_json(body).unwrap();
    let status = answer.status().as_u16();
    let wait = answer.headers().get("retry-after").cloned();
    let text: Value = answer.body_mut().read_json().unwrap();
    if status == 201 {
        return Ok(text["submissionId"].as_str().unwrap().to_owned());
    }
    assert_eq!(status, 503, "{text}");
    Err(Refusal {
        kind: text["type"].as_str().unwrap().to_owned(),
        retry_after: wait.unwrap().to_str().unwrap().parse().unwrap(),
    })
}
