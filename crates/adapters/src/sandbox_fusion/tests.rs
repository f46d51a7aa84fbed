use std::sync::Arc;

use letscode_model::{CollectedFile, RunOutcome, RunReport, Verdict};
use serde_json::{Value, json};

use crate::fixture::{PreparedRunner, compile_error, ended, exited, report, test_run};
use crate::runner::RunError;
use crate::testing::{PeerAnswer, call};
use crate::{AdapterContext, AdapterOptions};

async fn post(runner: &Arc<PreparedRunner>, path: &str, body: Value) -> PeerAnswer {
    let context = AdapterContext::new(runner.clone(), AdapterOptions::default());
    call(super::router(context), "POST", path, body.to_string()).await
}

async fn run(report: RunReport, body: Value) -> Value {
    let runner = Arc::new(PreparedRunner::new(Ok(report)));
    let answer = post(&runner, "/run_code", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn ends_of_programs_have_their_own_statuses() {
    for (stage, status, command, code) in [
        (exited(0, "42\n"), "Success", "Finished", json!(0)),
        (exited(3, ""), "Failed", "Finished", json!(3)),
        (
            ended(RunOutcome::Signaled, Some(11)),
            "Failed",
            "Finished",
            json!(-11),
        ),
        (
            ended(RunOutcome::MemoryExceeded, None),
            "Failed",
            "Finished",
            json!(-9),
        ),
        (
            ended(RunOutcome::WallTimeExceeded, None),
            "Failed",
            "TimeLimitExceeded",
            Value::Null,
        ),
        (
            ended(RunOutcome::CpuTimeExceeded, None),
            "Failed",
            "TimeLimitExceeded",
            Value::Null,
        ),
        (
            ended(RunOutcome::SandboxError, None),
            "SandboxError",
            "Error",
            Value::Null,
        ),
    ] {
        let outcome = stage.outcome;
        let answer = run(report(stage), json!({"code": "x", "language": "python"})).await;
        assert_eq!(answer["status"], status, "{outcome:?}");
        assert_eq!(answer["run_result"]["status"], command, "{outcome:?}");
        assert_eq!(answer["run_result"]["return_code"], code, "{outcome:?}");
        assert_eq!(answer["compile_result"], Value::Null);
    }
}

#[tokio::test]
async fn failed_compilations_have_no_run() {
    let body = json!({"code": "int main(){return x;}", "language": "cpp"});
    let answer = run(compile_error("error: x"), body).await;
    assert_eq!(answer["status"], "Failed");
    assert_eq!(answer["run_result"], Value::Null);
    assert_eq!(answer["compile_result"]["return_code"], 1);
    assert_eq!(answer["compile_result"]["stderr"], "error: x");
}

#[tokio::test]
async fn requests_become_runs() {
    let mut report = report(exited(0, ""));
    report.runs[0].files.push(CollectedFile {
        name: "out.bin".to_owned(),
        content: vec![0, 0xff].into(),
    });
    let runner = Arc::new(PreparedRunner::new(Ok(report)));
    let body = json!({
        "code": "x", "language": "python", "stdin": "21\n", "run_timeout": 0.5,
        "compile_timeout": 1e9, "memory_limit_MB": 64, "unknown": [1],
        "files": {"./a/b.txt": "aGk=", "none": null}, "fetch_files": ["out.bin"],
    });
    let answer = post(&runner, "/run_code", body).await.json();
    assert_eq!(answer["files"], json!({"out.bin": "AP8="}));
    let spec = runner.last_spec();
    assert_eq!(spec.limits.wall_time, Some(500));
    assert_eq!(spec.limits.cpu_time, None);
    assert_eq!(spec.limits.memory, Some(64 << 20));
    assert_eq!(spec.compile_limits.wall_time, Some(120_000));
    assert_eq!(spec.stdin.as_bytes(), b"21\n");
    assert_eq!(spec.files[1].name.as_deref(), Some("a/b.txt"));
    assert_eq!(spec.files.len(), 2);
    assert_eq!(spec.collect, ["out.bin"]);
    assert!(!spec.checks_syntax);
}

#[tokio::test]
async fn mistakes_have_fastapis_shape() {
    let runner = Arc::new(PreparedRunner::new(Ok(report(exited(0, "")))));
    for (body, location, kind) in [
        (
            json!({"code": "1", "language": "cobol"}),
            json!(["body", "language"]),
            "literal_error",
        ),
        (
            json!({"language": "python"}),
            json!(["body", "code"]),
            "missing",
        ),
        (
            json!({"code": 1, "language": "python"}),
            json!(["body", "code"]),
            "type_error",
        ),
        (
            json!({"code": "1", "language": "python", "run_timeout": "x"}),
            json!(["body", "run_timeout"]),
            "float_parsing",
        ),
        (
            json!({"code": "1", "language": "python", "files": {"../x": "aGk="}}),
            json!(["body", "files[1].name"]),
            "value_error",
        ),
        (
            json!({"code": "1", "language": "python", "files": {"x": "?"}}),
            json!(["body", "files", "x"]),
            "value_error",
        ),
        (json!([]), json!(["body"]), "json_invalid"),
    ] {
        let answer = post(&runner, "/run_code", body.clone()).await;
        assert_eq!(answer.status, 422, "{body}");
        let detail = &answer.json()["detail"][0];
        assert_eq!(detail["loc"], location, "{body}");
        assert_eq!(detail["type"], kind, "{body}");
    }
}

#[tokio::test]
async fn faults_have_a_detail() {
    for (error, status) in [
        (
            RunError::Unavailable("the queue does not answer".to_owned()),
            500,
        ),
        (
            RunError::Busy {
                reason: "full".to_owned(),
                retry_after: std::time::Duration::from_secs(1),
            },
            504,
        ),
    ] {
        let runner = Arc::new(PreparedRunner::new(Err(error.clone())));
        let body = json!({"code": "1", "language": "python"});
        let answer = post(&runner, "/run_code", body).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.json()["detail"], error.to_string());
    }
}

fn submission(completion: &str, extra: Value) -> Value {
    let test = |input: &str, output: &str| json!({"input": {"stdin": input}, "output": {"stdout": output}});
    json!({"dataset": "any", "id": 7, "completion": completion, "config": {
        "dataset_type": "CommonOJDataset", "language": "python", "extra": extra,
        "provided_data": {"id": 7, "content": "", "labels": {}, "test": [test("1\n", "2\n"), test("2\n", "3\n")]},
    }})
}

fn judged(verdicts: &[Verdict]) -> RunReport {
    let runs = verdicts.iter();
    RunReport {
        runs: runs
            .map(|verdict| test_run(exited(0, "2\n"), Some(*verdict)))
            .collect(),
        ..report(exited(0, ""))
    }
}

#[tokio::test]
async fn submissions_are_judged_by_the_engine() {
    let verdicts = [Verdict::Accepted, Verdict::Accepted];
    let runner = Arc::new(PreparedRunner::new(Ok(judged(&verdicts))));
    let completion = "```python\nprint(int(input())+1)\n```";
    let answer = post(&runner, "/submit", submission(completion, json!({})))
        .await
        .json();
    assert_eq!(answer["accepted"], true);
    assert_eq!(answer["id"], 7);
    assert_eq!(answer["extracted_type"], "fenced");
    assert_eq!(answer["tests"][1]["passed"], true);
    assert_eq!(answer["tests"][0]["test_info"]["input"]["stdin"], "1\n");
    let spec = runner.last_spec();
    assert!(spec.stop_on_failure);
    assert_eq!(spec.tests.len(), 2);

    let runner = Arc::new(PreparedRunner::new(Ok(judged(&[Verdict::WrongAnswer]))));
    let body = submission(completion, json!({"run_all_cases": true}));
    let answer = post(&runner, "/submit", body).await.json();
    assert_eq!(answer["accepted"], false);
    assert!(!runner.last_spec().stop_on_failure);
}

#[tokio::test]
async fn submissions_without_program_are_not_accepted() {
    let runner = Arc::new(PreparedRunner::new(Ok(judged(&[Verdict::Accepted]))));
    let answer = post(&runner, "/submit", submission("Sorry.", json!({})))
        .await
        .json();
    assert_eq!(answer["accepted"], false);
    assert_eq!(answer["extracted_type"], "empty");
    let mut body = submission("x", json!({}));
    body["config"]["dataset_type"] = json!("HumanEvalDataset");
    assert_eq!(post(&runner, "/submit", body).await.status, 501);
}

#[tokio::test]
async fn other_routes_answer_as_fastapi_does() {
    let runner = Arc::new(PreparedRunner::new(Ok(report(exited(0, "")))));
    for (path, status) in [("/run_jupyter", 501), ("/x", 404), ("/v1/ping", 405)] {
        let answer = post(&runner, path, json!({})).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.json()["detail"].is_string());
    }
}
