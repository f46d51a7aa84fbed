use std::sync::Arc;

use letscode_model::{ByteText, RunOutcome, RunReport, StageReport};
use serde_json::{Value, json};

use crate::fixture::{PreparedRunner, compile_error, ended, exited, report};
use crate::testing::{PeerAnswer, call};
use crate::{AdapterContext, AdapterOptions, RunError};

fn jobe(result: Result<RunReport, RunError>) -> (Arc<PreparedRunner>, axum::Router) {
    let runner = Arc::new(PreparedRunner::new(result));
    let context = AdapterContext::new(runner.clone(), AdapterOptions::default());
    (runner, super::router(context))
}

async fn request(router: &axum::Router, method: &str, path: &str, body: Value) -> PeerAnswer {
    let path = format!("/jobe/index.php/restapi{path}");
    call(router.clone(), method, &path, body.to_string()).await
}

fn python(extra: Value) -> Value {
    let mut run = json!({"language_id": "python3", "sourcecode": "x", "sourcefilename": "t.py"});
    let fields = extra.as_object().cloned().unwrap_or_default();
    run.as_object_mut().unwrap().extend(fields);
    json!({"run_spec": run})
}

#[tokio::test]
async fn ends_of_programs_have_jobes_numbers() {
    let noisy = StageReport {
        stderr: "warning".into(),
        ..exited(0, "1\n")
    };
    for (result, outcome, stderr) in [
        (report(exited(0, "1\n")), 15, ""),
        (report(exited(2, "")), 12, "Exited with code 2"),
        (report(noisy), 12, "warning"),
        (
            report(ended(RunOutcome::Signaled, Some(11))),
            12,
            "Terminated by signal SIGSEGV",
        ),
        (report(ended(RunOutcome::CpuTimeExceeded, None)), 13, ""),
        (report(ended(RunOutcome::MemoryExceeded, None)), 17, ""),
        (report(ended(RunOutcome::SyscallDenied, None)), 19, ""),
        (report(ended(RunOutcome::SandboxError, None)), 20, ""),
    ] {
        let (_, router) = jobe(Ok(result));
        let answer = request(&router, "POST", "/runs", python(json!({}))).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["outcome"], outcome);
        assert_eq!(answer.json()["stderr"], stderr);
        assert_eq!(answer.json()["run_id"], Value::Null);
    }
    let (_, router) = jobe(Ok(compile_error("error: x")));
    let answer = request(&router, "POST", "/runs", python(json!({})))
        .await
        .json();
    assert_eq!(
        (&answer["outcome"], &answer["cmpinfo"]),
        (&json!(11), &json!("error: x"))
    );
    let busy = RunError::Busy {
        reason: String::new(),
        retry_after: std::time::Duration::ZERO,
    };
    let (_, router) = jobe(Err(busy));
    let answer = request(&router, "POST", "/runs", python(json!({}))).await;
    assert_eq!(
        (answer.status, &answer.json()["outcome"]),
        (200, &json!(21))
    );
}

#[tokio::test]
async fn invalid_bytes_are_escaped() {
    let stage = StageReport {
        stdout: ByteText(vec![b'a', 0xff]),
        ..exited(0, "")
    };
    let (_, router) = jobe(Ok(report(stage)));
    let answer = request(&router, "POST", "/runs", python(json!({})))
        .await
        .json();
    assert_eq!(answer["stdout"], "a\\xff");
}

#[tokio::test]
async fn files_are_uploaded_when_they_are_missing() {
    let (runner, router) = jobe(Ok(report(exited(0, ""))));
    let run = python(json!({"file_list": [["9f86d081884c7d65", "d.txt", false]]}));
    let missing = request(&router, "POST", "/runs", run.clone()).await;
    assert_eq!(missing.status, 404);
    let reason = json!("One or more of the specified files is missing/unavailable");
    assert_eq!(missing.json(), reason);
    let path = "/files/9f86d081884c7d65";
    assert_eq!(request(&router, "HEAD", path, json!({})).await.status, 404);
    let body = json!({"file_contents": "aGk="});
    assert_eq!(request(&router, "PUT", path, body).await.status, 204);
    assert_eq!(request(&router, "HEAD", path, json!({})).await.status, 204);
    assert_eq!(request(&router, "POST", "/runs", run).await.status, 200);
    let file = runner.last_spec().files[1].clone();
    assert_eq!(
        (file.name.as_deref(), file.content.as_bytes()),
        (Some("d.txt"), &b"hi"[..])
    );
}

#[tokio::test]
async fn requests_become_runs() {
    let (runner, router) = jobe(Ok(report(exited(0, ""))));
    let parameters = json!({
        "cputime": 2, "memorylimit": 64, "streamsize": "1", "numprocs": 0, "disklimit": "x",
        "runargs": ["a"], "interpreterargs": ["-BE"],
    });
    let body = python(json!({"input": "abc", "parameters": parameters}));
    assert_eq!(request(&router, "POST", "/runs", body).await.status, 200);
    let spec = runner.last_spec();
    assert_eq!(spec.entry_point.as_deref(), Some("t.py"));
    assert_eq!(
        (spec.limits.cpu_time, spec.limits.wall_time),
        (Some(2_000), Some(4_000))
    );
    assert_eq!(spec.limits.memory, Some(64 << 20));
    assert_eq!(spec.limits.output, Some(1 << 20));
    assert_eq!(spec.limits.processes, Some(128));
    assert_eq!(spec.limits.file_size, Some(20 << 20));
    assert_eq!(spec.args, ["a"]);
    assert!(spec.checks_syntax);
    let empty = python(json!({"parameters": []}));
    assert_eq!(request(&router, "POST", "/runs", empty).await.status, 200);
}

#[tokio::test]
async fn refusals_are_texts() {
    let (_, router) = jobe(Ok(report(exited(0, ""))));
    for (body, text) in [
        (json!({}), "No run_spec attribute found in post data"),
        (
            python(json!({"language_id": "cobol"})),
            "Language 'cobol' is not known",
        ),
        (
            python(json!({"sourcecode": null})),
            "run_spec is missing the required attribute 'sourcecode'",
        ),
        (
            python(json!({"sourcefilename": "../x.py"})),
            "The sourcefilename for the run_spec is illegal",
        ),
        (
            python(json!({"parameters": {"cputime": 1e9}})),
            "cputime exceeds maximum allowed on this Jobe server (30 secs)",
        ),
        (
            python(json!({"parameters": {"interpreterargs": ["-c"]}})),
            "the interpreter's option -c is not available on this server",
        ),
    ] {
        let answer = request(&router, "POST", "/runs", body).await;
        assert_eq!((answer.status, answer.json()), (400, json!(text)));
    }
    let languages = request(&router, "GET", "/languages", json!({}))
        .await
        .json();
    assert_eq!(languages, json!([["cpp", "12.2.0"], ["python3", "3.11.2"]]));
    assert_eq!(request(&router, "GET", "/x", json!({})).await.status, 404);
}
