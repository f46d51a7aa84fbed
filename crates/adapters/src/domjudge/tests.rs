use std::sync::Mutex;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Request;
use axum::http::request::Parts;
use letscode_model::ProblemSummary;

use serde_json::json;

use super::*;
use crate::AdapterOptions;
use crate::fixture::{PreparedRunner, exited, report};
use crate::problems::{ManagerRefusal, PackageReport, ProblemError};
use crate::testing::{PeerAnswer, send};

const TOKEN: &str = "token";

/// Takes every package but those called `bad`, and remembers them.
#[derive(Default, Clone)]
struct PreparedStore(Arc<Mutex<Vec<PackageArchive>>>);

fn summary(id: &str) -> ProblemSummary {
    serde_json::from_value(json!({
        "id": id, "title": "A+B", "timeLimit": 1500.0, "memoryLimit": 1, "totalTests": 13,
        "keywords": [], "scoring": false, "interactive": false,
    }))
    .unwrap()
}

#[async_trait]
impl ProblemStore for PreparedStore {
    fn editor(
        &self,
        _: &Parts,
        secret: Option<&str>,
    ) -> Result<Arc<dyn ProblemEditor>, ManagerRefusal> {
        if secret == Some(TOKEN) {
            return Ok(Arc::new(self.clone()));
        }
        Err(ManagerRefusal {
            wants_secret: secret.is_none(),
            reason: "not the token".to_owned(),
        })
    }

    async fn problems(&self) -> Result<Vec<ProblemSummary>, ProblemError> {
        Ok(vec![summary("aplusb")])
    }
}

#[async_trait]
impl ProblemEditor for PreparedStore {
    async fn import(&self, archive: PackageArchive) -> Result<PackageReport, ProblemError> {
        if archive.file_name.as_deref() == Some("bad.zip") {
            return Err(ProblemError::Refused(vec!["it has no tests".to_owned()]));
        }
        if !archive.replaces && archive.file_name.as_deref() == Some("aplusb.zip") {
            return Err(ProblemError::Exists("aplusb".to_owned()));
        }
        let id = archive.id.clone();
        self.0.lock().unwrap().push(archive);
        Ok(PackageReport {
            id: id.unwrap_or_else(|| ProblemId::parse("hello").unwrap()),
            sample_tests: 3,
            secret_tests: 5,
            warnings: vec!["no statement".to_owned()],
        })
    }

    async fn remove(&self, id: &ProblemId) -> Result<bool, ProblemError> {
        Ok(id.as_str() == "aplusb")
    }
}

fn service() -> (Router, Arc<PreparedStore>) {
    let store = Arc::new(PreparedStore::default());
    let runner = Arc::new(PreparedRunner::new(Ok(report(exited(0, "")))));
    let mut context = AdapterContext::new(runner, AdapterOptions::default());
    context.problems = Some(store.clone());
    (router(context), store)
}

/// Sends a form with the token as the password of Basic authentication.
async fn post(router: Router, path: &str, parts: &[(&str, &str)]) -> PeerAnswer {
    send_form(router, path, parts, Some("Basic YWRtaW46dG9rZW4=")).await
}

async fn send_form(
    router: Router,
    path: &str,
    parts: &[(&str, &str)],
    authorization: Option<&str>,
) -> PeerAnswer {
    let part = |(disposition, text): &(&str, &str)| {
        format!("--X\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{text}\r\n")
    };
    let body: String = parts.iter().map(part).collect();
    let mut request = Request::post(path).header("content-type", "multipart/form-data; boundary=X");
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    let request = request.body(Body::from(body + "--X--\r\n")).unwrap();
    send(router, request).await
}

async fn get_json(router: Router, path: &str) -> (u16, serde_json::Value) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let answer = send(router, request).await;
    (answer.status, answer.json())
}

const HELLO: (&str, &str) = ("name=\"zip\"; filename=\"hello.zip\"", "PK");

#[tokio::test]
async fn packages_are_taken_with_and_without_a_contest() {
    for path in ["/api/v4/problems", "/api/v4/contests/demo/problems"] {
        let (router, store) = service();
        let answer = post(router, path, &[HELLO, ("name=\"color\"", "red")]).await;
        let expected = json!({
            "problem_id": "hello",
            "messages": {
                "danger": [],
                "warning": ["no statement"],
                "info": ["Added 3 sample and 5 secret test cases."],
            },
        });
        assert_eq!((answer.status, answer.json()), (200, expected), "{path}");
        let archives = store.0.lock().unwrap();
        assert_eq!(archives[0].file_name.as_deref(), Some("hello.zip"));
        assert_eq!(&archives[0].bytes[..], b"PK");
        assert!(!archives[0].replaces);
    }
}

#[tokio::test]
async fn the_field_problem_names_what_is_replaced() {
    let (router, store) = service();
    let parts = [("name=\"problem\"", "aplusb"), HELLO];
    let answer = post(router, "/api/v4/problems", &parts).await;
    assert_eq!(answer.json()["problem_id"], "aplusb", "{}", answer.text);
    assert!(store.0.lock().unwrap()[0].replaces);
}

#[tokio::test]
async fn refusals_say_why() {
    let existing = ("name=\"zip\"; filename=\"aplusb.zip\"", "PK");
    let bad = ("name=\"zip\"; filename=\"bad.zip\"", "PK");
    let no_id = ("name=\"problem\"", "../x");
    for (parts, reason) in [
        (&[bad][..], "it has no tests"),
        (&[existing], "field `problem`"),
        (&[], "field `zip`"),
        (&[no_id, HELLO], "is not a problem id"),
    ] {
        let answer = post(service().0, "/api/v4/problems", parts).await;
        assert_eq!(
            (answer.status, answer.json()["code"].as_u64()),
            (400, Some(400))
        );
        assert!(answer.text.contains(reason), "{}", answer.text);
    }
}

#[tokio::test]
async fn only_the_token_changes_problems() {
    for (authorization, status) in [
        (None, 401),
        (Some("Basic YWRtaW46d3Jvbmc="), 403),
        (Some("Bearer token"), 200),
    ] {
        let path = "/api/v4/problems";
        let answer = send_form(service().0, path, &[HELLO], authorization).await;
        assert_eq!(answer.status, status, "{authorization:?} {}", answer.text);
    }
    let request = Request::delete("/api/v4/problems/aplusb").body(Body::empty());
    assert_eq!(send(service().0, request.unwrap()).await.status, 401);
}

#[tokio::test]
async fn announced_problems_are_listed_until_their_packages_come() {
    let (router, _) = service();
    let data = "- id: zebra\n  label: Z\n  rgb: '#000000'\n";
    let path = "/api/v4/contests/demo/problems/add-data";
    let announced = post(
        router.clone(),
        path,
        &[("name=\"data\"; filename=\"a\"", data)],
    )
    .await;
    assert_eq!(
        (announced.status, announced.json()),
        (200, json!(["zebra"]))
    );
    let (_, problems) = get_json(router.clone(), "/api/v4/contests/demo/problems").await;
    assert_eq!(problems[0]["id"], "aplusb");
    assert_eq!(
        (&problems[0]["label"], &problems[0]["time_limit"]),
        (&json!("A"), &json!(1.5))
    );
    assert_eq!(
        (&problems[1]["id"], &problems[1]["label"]),
        (&json!("zebra"), &json!("Z"))
    );
    let (status, problem) = get_json(router.clone(), "/api/v4/problems/zebra").await;
    assert_eq!((status, &problem["test_data_count"]), (200, &json!(0)));
    let (status, _) = get_json(router, "/api/v4/contests/demo/problems/none").await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn problems_are_removed() {
    for (path, status) in [
        ("/api/v4/problems/aplusb", 204),
        ("/api/v4/contests/demo/problems/aplusb", 204),
        ("/api/v4/problems/none", 404),
    ] {
        let request = Request::delete(path).header("authorization", "Bearer token");
        let answer = send(service().0, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{path}");
    }
}

#[tokio::test]
async fn the_api_tells_its_version() {
    for path in ["/api/v4", "/api/v4/", "/api/v4/info"] {
        let (status, information) = get_json(service().0, path).await;
        assert_eq!(
            (status, &information["version"]),
            (200, &json!("2023-06")),
            "{path}"
        );
    }
    let (_, contests) = get_json(service().0, "/api/v4/contests").await;
    let id = contests[0]["id"].as_str().unwrap().to_owned();
    let (status, contest) = get_json(service().0, &format!("/api/v4/contests/{id}")).await;
    assert_eq!((status, &contest), (200, &contests[0]));
}
