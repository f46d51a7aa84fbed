use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use letscode_model::{RunOutcome, RunReport, Verdict};
use serde_json::{Value, json};

use crate::fixture::{PreparedRunner, compile_error, ended, exited, report};
use crate::testing::{PeerAnswer, call, send};
use crate::{AdapterContext, AdapterOptions};

fn context(result: RunReport) -> (Arc<PreparedRunner>, AdapterContext) {
    let runner = Arc::new(PreparedRunner::new(Ok(result)));
    let context = AdapterContext::new(runner.clone(), AdapterOptions::default());
    (runner, context)
}

async fn execute(result: RunReport, body: Value) -> PeerAnswer {
    let (_, context) = context(result);
    call(
        super::router(context),
        "POST",
        "/api/v2/execute",
        body.to_string(),
    )
    .await
}

fn python(code: &str) -> Value {
    json!({"language": "py", "version": "3.x", "files": [{"content": code}]})
}

#[tokio::test]
async fn checks_come_in_pistons_order() {
    let file = json!([{"content": "1"}]);
    for (body, message) in [
        (json!({}), "language is required as a string"),
        (
            json!({"language": 1, "version": "*"}),
            "language is required as a string",
        ),
        (json!({"language": "py"}), "version is required as a string"),
        (
            json!({"language": "py", "version": "*"}),
            "files is required as an array",
        ),
        (
            json!({"language": "py", "version": "*", "files": {}}),
            "files is required as an array",
        ),
        (
            json!({"language": "cobol", "version": "1", "files": [{"content": "1"}, {"content": 1}]}),
            "files[1].content is required as a string",
        ),
        (
            json!({"language": "cobol", "version": "1", "files": file}),
            "cobol-1 runtime is unknown",
        ),
        (
            json!({"language": "py", "version": "2.x", "files": file}),
            "py-2.x runtime is unknown",
        ),
        (
            json!({"language": "py", "version": "*", "files": [{"content": "MQ==", "encoding": "base64"}]}),
            "files must include at least one utf8 encoded file",
        ),
        (
            json!({"language": "py", "version": "*", "files": []}),
            "files must include at least one utf8 encoded file",
        ),
        (
            json!({"language": "py", "version": "*", "files": file, "run_timeout": "1"}),
            "If specified, run_timeout must be a number",
        ),
        (
            json!({"language": "py", "version": "*", "files": file, "run_timeout": 999999}),
            "run_timeout cannot exceed the configured limit of 60000",
        ),
        (
            json!({"language": "py", "version": "*", "files": file, "run_cpu_time": -1}),
            "run_cpu_time must be non-negative",
        ),
    ] {
        let answer = execute(report(exited(0, "")), body.clone()).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json(), json!({"message": message}), "{body}");
    }
}

#[tokio::test]
async fn requests_become_runs() {
    let (runner, context) = context(report(exited(0, "1\n")));
    let body = json!({
        "language": "python", "version": "*", "stdin": "hi", "args": ["a", 1],
        "files": [
            {"name": "data.bin", "content": "00ff", "encoding": "hex"},
            {"name": "x.py", "content": ""},
            {"content": "aGk=", "encoding": "base64"},
        ],
        "run_memory_limit": -1, "run_timeout": 500, "compile_timeout": 0,
    });
    let router = super::router(context);
    let answer = call(router, "POST", "/api/v2/piston/execute", body.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let spec = runner.last_spec();
    let names: Vec<_> = spec
        .files
        .iter()
        .map(|file| file.name.as_deref().unwrap())
        .collect();
    assert_eq!(names, ["x.py", "data.bin", "file2.code"]);
    assert_eq!(spec.entry_point.as_deref(), Some("x.py"));
    assert_eq!(spec.files[1].content.as_bytes(), b"\x00\xff");
    assert_eq!(spec.stdin.as_bytes(), b"hi\n");
    assert_eq!(spec.args, ["a", "1"]);
    assert_eq!(spec.limits.memory, Some(1 << 30));
    assert_eq!(
        (spec.limits.wall_time, spec.limits.cpu_time),
        (Some(500), Some(3_000))
    );
    assert_eq!(spec.compile_limits.wall_time, Some(10_000));
}

#[tokio::test]
async fn ends_of_programs_have_pistons_statuses() {
    for (stage, code, signal, status) in [
        (exited(0, "x"), json!(0), Value::Null, Value::Null),
        (exited(1, "x"), json!(1), Value::Null, json!("RE")),
        (
            ended(RunOutcome::Signaled, Some(11)),
            Value::Null,
            json!("SIGSEGV"),
            json!("SG"),
        ),
        (
            ended(RunOutcome::WallTimeExceeded, None),
            Value::Null,
            json!("SIGKILL"),
            json!("TO"),
        ),
        (
            ended(RunOutcome::OutputExceeded, None),
            Value::Null,
            json!("SIGKILL"),
            json!("OL"),
        ),
        (
            ended(RunOutcome::SandboxError, None),
            Value::Null,
            json!("SIGKILL"),
            json!("XX"),
        ),
    ] {
        let outcome = stage.outcome;
        let answer = execute(report(stage), python("x")).await.json();
        assert_eq!(answer["language"], "python");
        assert_eq!(answer["version"], "3.11.2");
        assert_eq!(answer.get("compile"), None, "{outcome:?}");
        assert_eq!(answer["run"]["code"], code, "{outcome:?}");
        assert_eq!(answer["run"]["signal"], signal, "{outcome:?}");
        assert_eq!(answer["run"]["status"], status, "{outcome:?}");
    }
}

#[tokio::test]
async fn compilers_words_are_in_both_stages() {
    let body =
        json!({"language": "cpp", "version": "*", "files": [{"name": "a.cpp", "content": "x"}]});
    let answer = execute(compile_error("no"), body).await.json();
    assert_eq!(answer["compile"]["code"], 1);
    assert_eq!(answer["compile"]["status"], "RE");
    assert_eq!(answer["run"], answer["compile"]);
}

async fn with_headers(headers: &[(&str, &str)]) -> u16 {
    let (_, context) = context(report(exited(0, "")));
    let mut request = Request::post("/api/v2/execute");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(python("1").to_string())).unwrap();
    send(super::router(context), request).await.status
}

#[tokio::test]
async fn only_json_is_read() {
    for (headers, status) in [
        (&[("content-type", "application/json")][..], 200),
        (&[("content-type", "application/jsonx; a=b")], 200),
        // As `piston-client` sends it.
        (&[("content-type", "text/plain;charset=UTF-8")], 200),
        (
            &[
                ("content-type", "text/plain"),
                ("origin", "https://a.example"),
            ],
            415,
        ),
        (
            &[("content-type", "application/x-www-form-urlencoded")],
            415,
        ),
        (&[("content-type", "multipart/form-data")], 415),
    ] {
        assert_eq!(with_headers(headers).await, status, "{headers:?}");
    }
}

#[tokio::test]
async fn packages_are_the_languages() {
    for (method, path, status) in [
        ("GET", "/api/v2/packages", 200),
        ("POST", "/api/v2/packages/python/3.11.2", 200),
        ("POST", "/api/v2/packages/ruby/3.0.1", 404),
        ("DELETE", "/api/v2/packages/python/3.11.2", 403),
        ("GET", "/api/v2/connect", 501),
        ("GET", "/api/v2/x", 404),
        ("GET", "/api/v2/execute", 404),
    ] {
        let (_, context) = context(report(exited(0, "")));
        let answer = call(super::router(context), method, path, String::new()).await;
        assert_eq!(answer.status, status, "{method} {path}");
    }
    let (_, context) = context(report(exited(0, "")));
    let body = json!({"language": "python", "version": "3.x"}).to_string();
    let answer = call(super::router(context), "POST", "/api/v2/packages", body).await;
    assert_eq!(
        answer.json(),
        json!({"language": "python", "version": "3.11.2"})
    );
}

fn graded(language: &str, extra: Value) -> Value {
    let mut files = vec![
        json!({"name": "main.python", "content": "print(2)"}),
        json!({"name": "input.txt", "content": "1"}),
        json!({"name": "correct_output.txt", "content": "2"}),
        json!({"name": "grader_config", "content": "TIME_LIMIT=1.5\nMEMORY_LIMIT=64\nINPUT_MODE=stdio"}),
    ];
    files.extend(extra.as_array().cloned().unwrap_or_default());
    json!({"language": language, "version": "*", "files": files, "run_timeout": 4500})
}

#[tokio::test]
async fn scores_are_the_output() {
    for (verdict, score) in [(Verdict::Accepted, "1"), (Verdict::WrongAnswer, "0")] {
        let mut result = report(exited(0, "2\n"));
        result.runs[0].verdict = Some(verdict);
        let (runner, context) = context(result);
        let body = graded("cf_python3", json!([])).to_string();
        let answer = call(super::router(context), "POST", "/api/v2/execute", body)
            .await
            .json();
        assert_eq!(answer["compile"]["code"], 0);
        assert_eq!(answer["run"]["stdout"], score);
        assert_eq!(answer["run"]["code"], 0);
        let spec = runner.last_spec();
        assert_eq!(spec.limits.cpu_time, Some(1_500));
        assert_eq!(spec.limits.memory, Some(64 << 20));
        assert_eq!(spec.tests[0].expected.as_ref().unwrap().as_bytes(), b"2");
    }
}

#[tokio::test]
async fn checkers_print_the_score() {
    let (runner, context) = context(report(exited(0, "0.5\n")));
    let checker = json!([{"name": "checker.py", "content": "print(0.5)"}]);
    let body = graded("cf_python3", checker).to_string();
    let answer = call(super::router(context), "POST", "/api/v2/execute", body)
        .await
        .json();
    assert_eq!(answer["run"]["stdout"], "0.5");
    let spec = runner.last_spec();
    assert_eq!(spec.args, ["input.txt", "correct_output.txt", "output.txt"]);
    assert_eq!(spec.files[3].content.as_bytes(), b"0.5\n");
}

#[tokio::test]
async fn failed_programs_score_nothing() {
    let slow = report(ended(RunOutcome::CpuTimeExceeded, None));
    let answer = execute(slow, graded("c++17", json!([]))).await.json();
    assert_eq!(answer["run"]["stdout"], "0");
    assert_eq!(answer["run"]["stderr"], "Time limit exceeded");
    let answer = execute(compile_error("no"), graded("c++17", json!([])))
        .await
        .json();
    assert_eq!(answer["compile"]["code"], 1);
}

#[tokio::test]
async fn olympiad_programs_are_compiled_with_their_graders() {
    let (runner, context) = context(report(exited(0, "1")));
    let file = |name: &str, content: &str| json!({"name": name, "content": content});
    let body = json!({"language": "cms_ioi", "version": "*", "files": [
        file("graders/soda.cpp", "x"), file("input.txt", "1"), file("correct_output.txt", "2"),
        file("graders/grader.cpp", "y"), file("graders/soda.h", "z"), file("graders/manager.cpp", "m"),
        file("graders/grader_config.json", r#"{"task_type":"Batch","code":"soda","time_limit":2.0,"memory_limit":1048576}"#),
    ]});
    let answer = call(
        super::router(context),
        "POST",
        "/api/v2/execute",
        body.to_string(),
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let spec = runner.last_spec();
    assert_eq!(spec.entry_point.as_deref(), Some("graders/soda.cpp"));
    assert_eq!(spec.files.len(), 3);
    assert_eq!(spec.limits.memory, Some(1 << 20));
}
