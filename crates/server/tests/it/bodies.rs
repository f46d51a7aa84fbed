//! Random bodies and addresses: none makes the server fail, invalid ones get a 4xx response. Number
//! of cases: `PROPTEST_CASES`.

use crate::common::{Answer, TestServer, submission};
use axum::body::Body;
use axum::http::Request;
use letscode_queue::QueueSettings;
use letscode_server::ServerSettings;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

const FIELDS: [&str; 8] = [
    "code",
    "language",
    "problemId",
    "userId",
    "isCustomTest",
    "input",
    "__proto__",
    "",
];

/// Any JSON, often with values that are valid for some field.
fn value() -> impl Strategy<Value = Value> {
    let texts = [
        "python",
        "rust",
        "aplusb",
        "../aplusb",
        "ada",
        "print(1)",
        "\0",
        "\u{202e}",
    ];
    let leaf = prop_oneof![
        4 => select(texts.to_vec()).prop_map(|text| json!(text)),
        1 => Just(Value::Null),
        2 => any::<bool>().prop_map(|truth| json!(truth)),
        1 => any::<i64>().prop_map(|number| json!(number)),
        1 => any::<f64>().prop_map(|number| json!(number)),
        2 => ".{0,20}".prop_map(|text| json!(text)),
        1 => (0..300_usize).prop_map(|length| json!("x".repeat(length))),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::Array),
            btree_map(key(), inner, 0..6).prop_map(|all| json!(all)),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(FIELDS.as_slice()).prop_map(str::to_owned),
        1 => ".{0,10}",
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let changed = vec((key(), value()), 0..4)
        .prop_map(|changes| {
            let mut body: Map<String, Value> = submission("print(3)").as_object().unwrap().clone();
            body.extend(changes);
            json!(body).to_string().into_bytes()
        })
        .boxed();
    let damaged = (
        changed.clone(),
        vec((any::<Index>(), any::<u8>()), 1..5),
        any::<Index>(),
    );
    let damaged = damaged.prop_map(|(mut bytes, damage, cut)| {
        for (index, byte) in damage {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if cut.index(3) == 0 {
            bytes.truncate(cut.index(bytes.len()));
        }
        bytes
    });
    let deep = (select(&b"[{\"a1-"[..]), 1..20_000_usize);
    prop_oneof![
        4 => changed,
        2 => value().prop_map(|value| value.to_string().into_bytes()),
        3 => damaged,
        1 => vec(any::<u8>(), 0..200),
        1 => deep.prop_map(|(byte, times)| vec![byte; times]),
    ]
}

/// Checks for success or a client error.
fn assert_no_server_error(answer: &Answer, case: &str) {
    let status = answer.status.as_u16();
    assert!(
        (200..500).contains(&status),
        "{case}: {status} {}",
        answer.text
    );
    if status >= 400 {
        let kind = answer.header("content-type");
        assert_eq!(kind, "application/problem+json", "{case}");
        assert_eq!(answer.json()["status"], status, "{case}");
    }
}

/// Sends requests to one server with a worker, which must still work afterwards.
fn assert_all_handled<T: std::fmt::Debug>(
    strategy: impl Strategy<Value = T>,
    request: impl Fn(&T) -> Option<Request<Body>>,
) {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(async {
        let queue = QueueSettings {
            max_waiting: 1 << 20,
            ..QueueSettings::default()
        };
        let server = TestServer::with(ServerSettings::default(), queue).await;
        server.start_worker().await;
        server
    });
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let result = TestRunner::new(config).run(&strategy, |case| {
        if let Some(request) = request(&case) {
            let answer = runtime.block_on(server.call(request));
            assert_no_server_error(&answer, &format!("{case:?}"));
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    runtime.block_on(server.submit("print(3)"));
}

fn post(path: &str, body: &[u8]) -> Option<Request<Body>> {
    let request = Request::post(path).header("content-type", "application/json");
    Some(request.body(Body::from(body.to_vec())).unwrap())
}

#[test]
fn random_submissions_are_handled() {
    assert_all_handled(body(), |body| post("/api/submit", body));
}

#[test]
fn random_snippets_are_handled() {
    assert_all_handled(body(), |body| post("/api/test", body));
}

#[test]
fn random_addresses_are_handled() {
    let parts = [
        "api",
        "submit",
        "submission",
        "submissions",
        "problems",
        "test",
        "status",
        "ws",
        "aplusb",
        "..",
        "%2e%2e",
        "%00",
        "%ff",
        "%",
        "00000000-0000-4000-8000-000000000000",
        "openapi.json",
        "docs",
    ];
    let query_parts = [
        "userId",
        "problemId",
        "cursor",
        "limit",
        "wait",
        "ada",
        "true",
        "0",
        "-1",
        "%00",
        "%zz",
        "99999999999999999999",
        "é",
    ];
    let path = vec(
        prop_oneof![5 => select(parts.to_vec()).prop_map(str::to_owned), 1 => "[!-~]{0,8}"],
        0..5,
    );
    let query_part = || select(query_parts.to_vec());
    let query = vec((query_part(), query_part()), 0..4);
    assert_all_handled((path, query), |(path, query)| {
        let query: Vec<String> = query
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let address = format!("/{}?{}", path.join("/"), query.join("&"));
        // Invalid addresses are refused by the HTTP library.
        Request::get(address).body(Body::empty()).ok()
    });
}
