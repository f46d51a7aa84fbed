use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use letscode_model::{ByteText, RunOutcome, RunReport, StageReport, Verdict};
use serde_json::{Value, json};

use crate::fixture::{PreparedRunner, compile_error, ended, exited, report, test_run};
use crate::testing::{PeerAnswer, call, send};
use crate::{AdapterContext, AdapterOptions, RunError};

const TOKEN: &str = "00000000-0000-0000-0000-000000000007";

fn judge(result: RunReport) -> (Arc<PreparedRunner>, axum::Router) {
    with_options(Ok(result), AdapterOptions::default())
}

fn with_options(
    result: Result<RunReport, RunError>,
    options: AdapterOptions,
) -> (Arc<PreparedRunner>, axum::Router) {
    let runner = Arc::new(PreparedRunner::new(result));
    let context = AdapterContext::new(runner.clone(), options);
    (runner, super::router(context))
}

async fn submit(result: RunReport, body: Value) -> PeerAnswer {
    let (_, router) = judge(result);
    call(router, "POST", "/submissions?wait=true", body.to_string()).await
}

fn python(extra: Value) -> Value {
    let mut body = json!({"source_code": "x", "language_id": 71});
    let fields = extra.as_object().cloned().unwrap_or_default();
    body.as_object_mut().unwrap().extend(fields);
    body
}

#[tokio::test]
async fn ends_of_programs_have_judge0s_statuses() {
    let signal = |number| ended(RunOutcome::Signaled, Some(number));
    for (stage, id) in [
        (exited(0, "42\n"), 3),
        (exited(1, ""), 11),
        (signal(11), 7),
        (signal(25), 8),
        (signal(8), 9),
        (signal(6), 10),
        (signal(9), 12),
        (ended(RunOutcome::CpuTimeExceeded, None), 5),
        (ended(RunOutcome::WallTimeExceeded, None), 5),
        (ended(RunOutcome::OutputExceeded, None), 8),
        (ended(RunOutcome::MemoryExceeded, None), 12),
        (ended(RunOutcome::SyscallDenied, None), 12),
        (ended(RunOutcome::SandboxError, None), 13),
    ] {
        let outcome = stage.outcome;
        let answer = submit(report(stage), python(json!({}))).await;
        assert_eq!(answer.status, 201);
        assert_eq!(answer.json()["status"]["id"], id, "{outcome:?}");
    }
}

#[tokio::test]
async fn answers_have_the_default_fields() {
    let answer = submit(report(exited(0, "42\n")), python(json!({})))
        .await
        .json();
    let expected = json!({
        "stdout": "42\n", "time": "0.012", "memory": 8400, "stderr": null, "token": TOKEN,
        "compile_output": null, "message": null, "status": {"id": 3, "description": "Accepted"},
    });
    assert_eq!(answer, expected);
    let answer = submit(compile_error("error: x"), python(json!({})))
        .await
        .json();
    assert_eq!(
        answer["status"],
        json!({"id": 6, "description": "Compilation Error"})
    );
    assert_eq!(answer["compile_output"], "error: x");
    assert_eq!(answer["time"], Value::Null);
}

#[tokio::test]
async fn verdicts_of_the_engine_are_statuses() {
    let wrong = RunReport {
        runs: vec![test_run(exited(0, "1\n"), Some(Verdict::WrongAnswer))],
        ..report(exited(0, ""))
    };
    let answer = submit(wrong, python(json!({"expected_output": "2"})))
        .await
        .json();
    assert_eq!(answer["status"]["id"], 4);
}

#[tokio::test]
async fn requests_become_runs() {
    let (runner, router) = judge(report(exited(0, "")));
    let body = json!({
        "source_code": "eA==", "language_id": "71", "stdin": "MQo=", "expected_output": "/w==",
        "command_line_arguments": "a 'b c'", "cpu_time_limit": "1.5", "memory_limit": 4096,
        "number_of_runs": 3, "max_file_size": 64,
    });
    let path = "/submissions?base64_encoded=true";
    let answer = call(router, "POST", path, body.to_string()).await;
    assert_eq!(
        (answer.status, answer.json()),
        (201, json!({"token": TOKEN}))
    );
    let spec = runner.last_spec();
    assert_eq!(spec.files[0].content.as_bytes(), b"x");
    assert_eq!(spec.stdin.as_bytes(), b"1\n");
    assert_eq!(spec.tests.len(), 3);
    assert_eq!(spec.tests[0].expected, Some(ByteText(vec![0xff])));
    assert_eq!(spec.args, ["a", "b c"]);
    assert_eq!(spec.limits.cpu_time, Some(1_500));
    assert_eq!(spec.limits.wall_time, Some(10_000));
    assert_eq!(spec.limits.memory, Some(4 << 20));
    assert_eq!(spec.limits.output, Some(64 << 10));
}

#[tokio::test]
async fn mistakes_are_listed_by_field() {
    for (extra, field, reason) in [
        (
            json!({"language_id": 9}),
            "language_id",
            "language with id 9 doesn't exist",
        ),
        (
            json!({"language_id": 70}),
            "language_id",
            "language with id 70 doesn't exist",
        ),
        (
            json!({"language_id": null}),
            "language_id",
            "can't be blank",
        ),
        (json!({"source_code": ""}), "source_code", "can't be blank"),
        (
            json!({"source_code": null}),
            "source_code",
            "can't be blank",
        ),
        (
            json!({"cpu_time_limit": 99}),
            "cpu_time_limit",
            "must be less than or equal to 15",
        ),
        (
            json!({"cpu_time_limit": -1}),
            "cpu_time_limit",
            "must be greater than or equal to 0",
        ),
        (
            json!({"cpu_time_limit": "x"}),
            "cpu_time_limit",
            "is not a number",
        ),
        (
            json!({"memory_limit": 1}),
            "memory_limit",
            "must be greater than or equal to 2048",
        ),
        (
            json!({"number_of_runs": 0}),
            "number_of_runs",
            "must be greater than 0",
        ),
        (
            json!({"enable_network": true}),
            "enable_network",
            "enabling network is not allowed",
        ),
        (
            json!({"callback_url": "http://a"}),
            "callback_url",
            "setting callback is not allowed",
        ),
        (
            json!({"command_line_arguments": "a; b"}),
            "command_line_arguments",
            "can't contain any of $&;<>|`",
        ),
        (
            json!({"command_line_arguments": "'"}),
            "command_line_arguments",
            "has a quotation mark without its counterpart",
        ),
        (
            json!({"compiler_options": "x".repeat(513)}),
            "compiler_options",
            "is too long (maximum is 512 characters)",
        ),
    ] {
        let answer = submit(report(exited(0, "")), python(extra)).await;
        assert_eq!(answer.status, 422, "{reason}");
        assert_eq!(answer.json(), json!({field: [reason]}));
    }
}

#[tokio::test]
async fn batches_answer_in_order() {
    let (_, router) = judge(report(exited(0, "")));
    let body = json!({"submissions": [python(json!({})), python(json!({"language_id": 99999}))]});
    let answer = call(
        router.clone(),
        "POST",
        "/submissions/batch",
        body.to_string(),
    )
    .await;
    assert_eq!(answer.status, 201);
    let expected =
        json!([{"token": TOKEN}, {"language_id": ["language with id 99999 doesn't exist"]}]);
    assert_eq!(answer.json(), expected);

    let path = format!("/submissions/batch?tokens={TOKEN},x&fields=status_id,token");
    let answer = call(router.clone(), "GET", &path, String::new())
        .await
        .json();
    assert_eq!(
        answer,
        json!({"submissions": [{"token": TOKEN, "status_id": 3}, null]})
    );

    let many = json!({"submissions": vec![python(json!({})); 21]});
    let answer = call(router, "POST", "/submissions/batch", many.to_string()).await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.text.contains("less than or equal to 20"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn fields_are_chosen() {
    let stage = StageReport {
        stdout: ByteText(vec![0xff]),
        ..exited(0, "")
    };
    let (_, router) = judge(report(stage));
    let body = python(json!({"stdin": "1"})).to_string();
    call(router.clone(), "POST", "/submissions", body).await;
    let get = async |query: &str| {
        let path = format!("/submissions/{TOKEN}{query}");
        call(router.clone(), "GET", &path, String::new()).await
    };
    assert_eq!(get("").await.status, 400);
    let unknown = get("?fields=x,stdout,y").await;
    assert_eq!(
        (unknown.status, unknown.json()),
        (400, json!({"error": "invalid fields: [x, y]"}))
    );
    let all = get("?base64_encoded=true&fields=*").await.json();
    assert_eq!(all["stdout"], "/w==\n");
    assert_eq!(all["stdin"], "MQ==\n");
    assert_eq!(all["language"]["id"], 71);
    assert_eq!(all["cpu_time_limit"], "5.0");
    let created = all["created_at"].as_str().unwrap();
    assert!(created.ends_with('Z') && created.contains('.'), "{created}");
    let missing = "/submissions/00000000-0000-0000-0000-000000000008";
    assert_eq!(
        call(router, "GET", missing, String::new()).await.status,
        404
    );
}

#[tokio::test]
async fn full_queues_are_named() {
    let busy = RunError::Busy {
        reason: "full".to_owned(),
        retry_after: std::time::Duration::from_secs(1),
    };
    let (_, router) = with_options(Err(busy), AdapterOptions::default());
    let answer = call(
        router,
        "POST",
        "/submissions",
        python(json!({})).to_string(),
    )
    .await;
    assert_eq!(
        (answer.status, answer.json()),
        (503, json!({"error": "queue is full"}))
    );
}

#[tokio::test]
async fn configuration_has_all_keys_of_the_sdk() {
    let (_, router) = judge(report(exited(0, "")));
    let config = call(router.clone(), "GET", "/config_info", String::new())
        .await
        .json();
    assert!(config.as_object().unwrap().len() >= 39, "{config}");
    assert_eq!(config["max_cpu_time_limit"], 15.0);
    let languages = call(router.clone(), "GET", "/languages", String::new())
        .await
        .json();
    assert_eq!(languages[0], json!({"id": 54, "name": "C++ (12.2.0)"}));
    assert_eq!(languages[1], json!({"id": 71, "name": "Python (3.11.2)"}));
    let about = call(router.clone(), "GET", "/about", String::new())
        .await
        .json();
    assert_eq!(about["version"], "1.13.1");
    let statuses = call(router, "GET", "/statuses", String::new()).await.json();
    assert_eq!(statuses.as_array().unwrap().len(), 14);
}

async fn with_header(method: &str, path: &str, header: (&str, &str)) -> u16 {
    let options = AdapterOptions {
        key: Some("key".to_owned()),
        admin_key: Some("admin".to_owned()),
        ..AdapterOptions::default()
    };
    let (_, router) = with_options(Ok(report(exited(0, ""))), options);
    let request = Request::builder().method(method).uri(path);
    let request = request
        .header("x-auth-token", "key")
        .header(header.0, header.1);
    send(router, request.body(Body::empty()).unwrap())
        .await
        .status
}

#[tokio::test]
async fn secrets_are_checked() {
    let (_, router) = with_options(
        Ok(report(exited(0, ""))),
        AdapterOptions {
            key: Some("key".to_owned()),
            ..AdapterOptions::default()
        },
    );
    let answer = call(router, "GET", "/languages", String::new()).await;
    assert_eq!((answer.status, answer.text.as_str()), (401, ""));
    for (method, path, user, status) in [
        ("GET", "/languages", "x", 200),
        ("GET", "/submissions", "x", 403),
        ("GET", "/submissions", "admin", 400),
        ("GET", "/system_info", "x", 403),
        ("GET", "/system_info", "admin", 200),
        ("POST", "/authorize", "admin", 200),
    ] {
        let answer = with_header(method, path, ("x-auth-user", user)).await;
        assert_eq!(answer, status, "{method} {path} {user}");
    }
}
