//! Responses of the REST API to valid requests.

use std::time::Duration;

use crate::common::{TestServer, soon, submission};
use axum::http::StatusCode;
use letscode_model::SubmissionStatus;
use letscode_queue::{JobQueue, QueueSettings};
use letscode_server::{LanguageReporter, ServerSettings};
use letscode_store::{Store, SubmissionFilter};
use serde_json::{Value, json};

#[tokio::test]
async fn submissions_are_stored_and_queued_before_the_response() {
    let server = TestServer::start().await;
    server.announce_worker().await;
    let answer = server
        .post("/api/submit", submission("print(3)").to_string())
        .await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let receipt = answer.json();
    let id = receipt["submissionId"].as_str().unwrap();
    assert_eq!(receipt["strategy"], "server");
    assert!(!receipt["reasons"].as_array().unwrap().is_empty());
    assert_eq!(answer.header("location"), format!("/api/submission/{id}"));

    let stored = server
        .store
        .submission(id.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.status, SubmissionStatus::Queued);
    assert_eq!(server.queue.status().await.unwrap().queued, 1);
    let response = server.get(answer.header("location")).await.json();
    assert_eq!(
        (&response["id"], &response["status"]),
        (&json!(id), &json!("Queued"))
    );
}

#[tokio::test]
async fn waiting_returns_the_verdict() {
    let server = TestServer::start().await;
    server.start_worker().await;
    for _ in 0..20 {
        let body = submission("print(3)").to_string();
        let answer = soon(server.post("/api/submit?wait=true", body)).await;
        assert_eq!(answer.status, StatusCode::OK);
        let mut judged = answer.json();
        assert_eq!(judged["submissionId"], judged["id"]);
        assert_eq!(judged["status"], "Completed");
        assert_eq!(judged["verdict"]["status"], "Accepted");
        assert_eq!(judged["testResults"].as_array().unwrap().len(), 3);

        let id = judged["id"].as_str().unwrap().to_owned();
        for only_in_receipt in ["submissionId", "strategy", "reasons"] {
            judged.as_object_mut().unwrap().remove(only_in_receipt);
        }
        let fetched = server.get(&format!("/api/submission/{id}")).await;
        assert_eq!(fetched.json(), judged, "the same body otherwise");
    }
}

#[tokio::test]
async fn waiting_is_bounded() {
    let settings = ServerSettings {
        judge_wait: Duration::from_millis(100),
        snippet_wait: Duration::from_millis(100),
        ..ServerSettings::default()
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    server.start_worker().await;
    let answer = soon(server.post("/api/submit?wait=true", submission("slow").to_string())).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(answer.json()["status"], "Queued");

    let body = json!({"code": "slow", "language": "python"}).to_string();
    let answer = soon(server.post("/api/test", body)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["type"], "urn:letscode:problem:overloaded");
}

#[tokio::test]
async fn unknown_fields_are_refused_by_name() {
    let server = TestServer::start().await;
    server.announce_worker().await;
    // The last three are the judge's to set.
    for field in ["theme", "status", "verdict", "verifiedBy"] {
        let mut body = json!({"code": "print(3)", "language": "python", "problemId": "aplusb"});
        body[field] = json!({"status": "Accepted"});
        let answer = server.post("/api/submit", body.to_string()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
        assert_eq!(answer.json()["field"], field, "{}", answer.text);
    }
    let body = json!({
        "code": "print(3)", "language": "python", "problemId": "aplusb",
        "userId": null, "isCustomTest": null,
    });
    let answer = server.post("/api/submit", body.to_string()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let page = server
        .store
        .list_submissions(&SubmissionFilter::default())
        .await
        .unwrap();
    assert_eq!(page.submissions[0].user_id.0, "anonymous");
    assert!(!page.submissions[0].is_custom_test);
    assert_eq!(page.submissions[0].status, SubmissionStatus::Queued);
    assert_eq!(page.submissions[0].verdict, None);
}

#[tokio::test]
async fn snippets_are_run_and_not_stored() {
    let server = TestServer::start().await;
    server.start_worker().await;
    let body = json!({"code": "print(input())", "input": "Hello\n", "language": "python"});
    let answer = soon(server.post("/api/test", body.to_string())).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.json(),
        json!({
            "success": true, "output": "Hello\n", "executionTime": 1.5, "memoryUsed": 4096,
            "outcome": "exited", "stderr": "", "exitCode": 0, "signal": null, "wallTime": 2.5,
        })
    );
    let page = server
        .store
        .list_submissions(&SubmissionFilter::default())
        .await
        .unwrap();
    assert_eq!(page.submissions, []);
}

#[tokio::test]
async fn code_and_input_have_exact_limits() {
    let server = TestServer::start().await;
    server.start_worker().await;
    let code = "\n".repeat((1 << 20) - 1) + "1";
    let input = "1\n".repeat(4 << 20);
    let body = |code: &str, input: &str| {
        json!({"code": code, "input": input, "language": "python"}).to_string()
    };
    let answer = soon(server.post("/api/test", body(&code, &input))).await;
    assert_eq!(answer.status, StatusCode::OK, "{:.200}", answer.text);
    assert_eq!(answer.json()["output"].as_str().unwrap().len(), 8 << 20);

    let answer = server
        .post("/api/test", body(&(code.clone() + "1"), ""))
        .await;
    assert_eq!(
        answer.json()["type"],
        "urn:letscode:problem:source-too-large"
    );
    let answer = server.post("/api/test", body("1", &(input + "1"))).await;
    assert_eq!(
        answer.json()["type"],
        "urn:letscode:problem:input-too-large"
    );
}

#[tokio::test]
async fn snippets_of_disconnected_clients_are_cancelled() {
    let server = TestServer::start().await;
    server.announce_worker().await;
    let body = json!({"code": "1", "language": "python"}).to_string();
    let disconnected =
        tokio::time::timeout(Duration::from_millis(100), server.post("/api/test", body));
    assert!(disconnected.await.is_err());
    assert_eq!(server.queue.status().await.unwrap().queued, 0);
}

#[tokio::test]
async fn problems_and_languages_are_listed() {
    let server = TestServer::start().await;
    server.announce_worker().await;
    let list = server.get("/api/problems").await.json();
    assert_eq!(list["problems"][0]["id"], "aplusb");
    assert_eq!(list["problems"][0]["title"], "A+B");
    let problem = server.get("/api/problems/aplusb").await.json();
    assert_eq!(problem["samples"][0]["output"], "3\n");
    assert_eq!(problem["totalTests"], 3);
    let languages = server.get("/api/languages").await.json();
    assert_eq!(languages["languages"][0]["id"], "python");
    assert_eq!(languages["languages"][1]["status"], "missing");
}

#[tokio::test]
async fn lists_are_paged_and_without_code() {
    let server = TestServer::start().await;
    server.start_worker().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(server.submit("secret_name = 1").await.to_string());
    }
    ids.reverse();
    let mut listed = Vec::new();
    let mut path = "/api/submissions?userId=ada&problemId=aplusb&limit=2".to_owned();
    loop {
        let page = server.get(&path).await;
        assert!(!page.text.contains("secret_name"));
        let page = page.json();
        let submissions = page["submissions"].as_array().unwrap();
        listed.extend(
            submissions
                .iter()
                .map(|s| s["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["nextCursor"].as_str() else {
            break;
        };
        path = format!("/api/submissions?userId=ada&problemId=aplusb&limit=2&cursor={cursor}");
    }
    assert_eq!(listed, ids);
    let of_another = server.get("/api/submissions?userId=bob").await.json();
    assert_eq!(of_another, json!({"submissions": [], "nextCursor": null}));
}

#[tokio::test]
async fn the_service_reports_its_state() {
    let settings = ServerSettings {
        degraded_layers: vec!["landlock".into()],
        cold_interpreters: LanguageReporter::new(|| vec!["python".into()]),
        slow_compilers: LanguageReporter::new(|| vec!["cpp".into()]),
        ..ServerSettings::default()
    };
    let server = TestServer::with(settings, QueueSettings::default()).await;
    assert_eq!(server.get("/healthz").await.status, StatusCode::OK);
    let unready = server.get("/readyz").await;
    assert_eq!(unready.json()["type"], "urn:letscode:problem:not-ready");
    server.announce_worker().await;
    let ready = server.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK);
    assert_eq!(ready.json(), json!({"status": "ok", "workers": 1}));
    server.submit("print(3)").await;

    let status = server.get("/api/status").await.json();
    assert_eq!(
        (&status["queued"], &status["capacity"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(status["degradedLayers"], json!(["landlock"]));
    assert_eq!(status["coldInterpreters"], json!(["python"]));
    assert_eq!(status["slowCompilers"], json!(["cpp"]));

    let metrics = server.get("/metrics").await;
    assert!(metrics.header("content-type").starts_with("text/plain"));
    let has = |line: &str| assert!(metrics.text.contains(line), "{line}\n{}", metrics.text);
    has(r#"letscode_submissions_total{language="python"}"#);
    has(r#"letscode_http_requests_total{method="POST",route="/api/submit",status="201"}"#);
    has("letscode_queue_capacity");
    has("letscode_workers 1");

    server.withdraw_worker().await;
    let ready = server.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK);
    assert_eq!(ready.json()["workers"], 0);
    let detail = ready.json()["detail"].to_string();
    assert!(detail.contains("submissions wait"), "{detail}");
    server.submit("print(4)").await;
}

#[tokio::test]
async fn pages_load_nothing_from_elsewhere() {
    let server = TestServer::start().await;
    for path in ["/", "/api/docs", "/api/docs/docs.js", "/api/docs/style.css"] {
        let page = server.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.text.contains("://"), "{path}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert!(
            page.header("content-security-policy")
                .starts_with("default-src 'none'")
        );
    }
    assert!(server.get("/").await.text.contains("/api/docs"));
    let data = server.get("/api/problems").await;
    assert_eq!(data.header("cache-control"), "no-store");
    assert!(!data.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn only_the_submitter_gets_the_source() {
    let server = TestServer::start().await;
    server.announce_worker().await;
    let mut body = submission("print('mine')");
    body["userId"] = "me".into();
    let receipt = server.post("/api/submit", body.to_string()).await.json();
    let id = receipt["submissionId"].as_str().unwrap();
    let path = format!("/api/submission/{id}/source");
    let own = server.get(&format!("{path}?userId=me")).await;
    assert_eq!(
        own.json(),
        json!({"language": "python", "code": "print('mine')"})
    );
    let stranger = server.get(&format!("{path}?userId=you")).await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    assert_eq!(server.get(&path).await.status, StatusCode::BAD_REQUEST);
}

/// Everybody can list them.
#[tokio::test]
async fn nobody_gets_the_source_of_anonymous_submissions() {
    let server = TestServer::start().await;
    server.announce_worker().await;
    let mut body = submission("print('mine')");
    body.as_object_mut().unwrap().remove("userId");
    server.post("/api/submit", body.to_string()).await;
    let list = server.get("/api/submissions?userId=anonymous").await.json();
    let id = list["submissions"][0]["id"].as_str().unwrap();
    let path = format!("/api/submission/{id}/source?userId=anonymous");
    assert_eq!(server.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_openapi_document_is_the_contract() {
    let server = TestServer::start().await;
    let mut document = server.get("/api/openapi.json").await.json();
    document["info"]["version"] = json!("[version]");
    let mut ids: Vec<&str> = Vec::new();
    for operations in document["paths"].as_object().unwrap().values() {
        for operation in operations.as_object().unwrap().values() {
            ids.push(operation["operationId"].as_str().unwrap());
        }
    }
    let named = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), named, "operation ids are unique");
    insta::assert_json_snapshot!(document);
}

#[tokio::test]
async fn the_openapi_document_names_only_what_it_has() {
    let server = TestServer::start().await;
    let document = server.get("/api/openapi.json").await.json();
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 50, "{}", references.len());
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect_references(value: &Value, references: &mut Vec<String>) {
    if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
        references.push(reference.to_owned());
    }
    let children: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    };
    for child in children {
        collect_references(child, references);
    }
}
