//! The calls of the design that Let'sCode began with, copied from it, against a fresh service.

use std::fs;

use serde_json::Value;

use crate::support::repository;
use crate::support::service::{Service, Stream};

/// Returns the JSON example below a heading of the design, after a label.
fn example(design: &str, heading: &str, label: &str) -> Value {
    let (_, section) = design.split_once(heading).unwrap();
    let (_, rest) = section.split_once(label).unwrap();
    let (_, rest) = rest.split_once("```json\n").unwrap();
    let (json, _) = rest.split_once("```").unwrap();
    serde_json::from_str(json).unwrap()
}

/// Checks that an answer has all fields of the example, with values of the same types.
fn assert_has_shape(answer: &Value, example: &Value, place: &str) {
    match example {
        Value::Object(fields) => {
            for (name, value) in fields {
                assert_has_shape(&answer[name], value, &format!("{place}.{name}"));
            }
        }
        Value::Array(items) => assert_has_shape(&answer[0], &items[0], &format!("{place}[0]")),
        Value::String(_) => assert!(answer.is_string(), "{place}: {answer}"),
        Value::Number(_) => assert!(answer.is_number(), "{place}: {answer}"),
        Value::Bool(_) => assert!(answer.is_boolean(), "{place}: {answer}"),
        Value::Null => {}
    }
}

#[test]
fn calls_of_the_design_work_as_written() {
    let path = repository().join("../shared/seed/letscode-design.md");
    let Ok(design) = fs::read_to_string(path) else {
        eprintln!("skipped: the design is not here");
        return;
    };
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let mut stream = Stream::open(&format!("ws://{}/?userId=user-123", service.address()));

    let request = example(&design, "#### POST /api/submit", "**Request:**");
    let (status, receipt) = service.post("/api/submit", &request);
    assert_eq!(status, 201, "{receipt}");
    let expected = example(&design, "#### POST /api/submit", "**Response:**");
    assert_has_shape(&receipt, &expected, "submit");

    let submission = service.verdict(receipt["submissionId"].as_str().unwrap());
    let expected = example(&design, "#### GET /api/submission/:id", "**Response:**");
    assert_has_shape(&submission, &expected, "submission");
    for field in ["status", "passedTests", "totalTests"] {
        assert_eq!(
            submission["verdict"][field], expected["verdict"][field],
            "{submission}"
        );
    }

    let request = example(&design, "#### POST /api/test", "**Request:**");
    let (status, answer) = service.post("/api/test", &request);
    assert_eq!(status, 200, "{answer}");
    let expected = example(&design, "#### POST /api/test", "**Response:**");
    assert_has_shape(&answer, &expected, "test");
    assert_eq!(
        (&answer["success"], &answer["output"]),
        (&expected["success"], &expected["output"])
    );

    let id = receipt["submissionId"].as_str().unwrap();
    let expected = example(&design, "#### Status Update Message", "");
    let update = loop {
        let message = stream.next();
        let data = &message["data"];
        if data["submissionId"] == id && data["testResult"].is_object() {
            break message;
        }
    };
    assert_has_shape(&update, &expected, "update");
}

#[test]
fn samples_can_be_left_out() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--workers", "1", "--no-samples"]);
    assert_eq!(
        service.get("/api/problems").1,
        serde_json::json!({"problems": []})
    );
}
