//! The OpenAPI document beside a real service: others read it, send what it allows and what it
//! forbids, and the examples in it are true.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::clients::clients;
use crate::support::repository;
use crate::support::service::Service;

const EXAMPLES: &str = "crates/server/assets/examples.json";

fn save_document(service: &Service, folder: &Path) -> PathBuf {
    let (status, document) = service.get("/api/openapi.json");
    assert_eq!(status, 200, "{document}");
    let path = folder.join("openapi.json");
    std::fs::write(&path, document.to_string()).unwrap();
    path
}

fn assert_success(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{stdout}\n{stderr}");
    stdout
}

#[test]
fn validators_accept_the_document() {
    let Some(clients) = clients() else { return };
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let document = save_document(&service, data.path());
    let mut python = Command::new(clients.join("python/bin/openapi-spec-validator"));
    assert_success(python.arg(&document));
    let mut node = Command::new(clients.join("node_modules/.bin/redocly"));
    node.args(["lint", "--skip-rule", "no-unused-components"])
        .arg(&document)
        .env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
        .current_dir(data.path());
    assert_success(&mut node);
}

/// Requests that the document allows, and many that it forbids, to every operation. Longer with
/// `make contract`.
#[test]
fn the_service_keeps_to_the_document() {
    let Some(clients) = clients() else { return };
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let examples = std::env::var("LETSCODE_CONTRACT_EXAMPLES").unwrap_or_else(|_| "4".to_owned());
    let seed = std::env::var("LETSCODE_CONTRACT_SEED").unwrap_or_else(|_| "1".to_owned());
    let own = repository().join("crates/cli/tests/clients");
    let mut schemathesis = Command::new(clients.join("python/bin/schemathesis"));
    schemathesis
        .arg("--config-file")
        .arg(own.join("schemathesis.toml"))
        .args(["run", "--no-color", "--no-shrink"])
        .args(["--seed", &seed, "--max-examples", &examples])
        .arg(format!("http://{}/api/openapi.json", service.address()))
        .env("PYTHONPATH", own)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(data.path());
    let summary = assert_success(&mut schemathesis);
    assert!(summary.contains("Test cases:"), "{summary}");
    service.wait_until_idle();
}

/// Ids of what earlier examples made.
#[derive(Default)]
struct MadeIds {
    submission: Option<String>,
    run: Option<String>,
}

impl MadeIds {
    fn record(&mut self, operation: &str, answer: &Value) {
        let text = |name: &str| answer[name].as_str().map(str::to_owned);
        match operation {
            "submit" => self.submission = text("submissionId"),
            "runProgram" => self.run = text("id"),
            _ => {}
        }
    }

    /// Returns the id that stands for the one of an example.
    fn of_path(&self, path: &str) -> Option<&str> {
        if path.starts_with("/api/run/") {
            self.run.as_deref()
        } else if path.starts_with("/api/submission/") {
            self.submission.as_deref()
        } else {
            None
        }
    }
}

/// Returns the path and query of an example.
fn address(path: &str, operation: &Value, parameters: &Value, ids: &MadeIds) -> String {
    let mut address = path.to_owned();
    let mut query = Vec::new();
    for (name, value) in parameters.as_object().into_iter().flatten() {
        let text = value.as_str().map_or(value.to_string(), str::to_owned);
        let place = format!("{{{name}}}");
        let made = ids.of_path(path).filter(|_| name == "id");
        if address.contains(&place) {
            address = address.replace(&place, made.unwrap_or(&text));
        } else {
            query.push(format!("{name}={text}"));
        }
    }
    assert!(!address.contains('{'), "{operation}");
    if query.is_empty() {
        address
    } else {
        format!("{address}?{}", query.join("&"))
    }
}

/// Cuts lists: one item shows what they are made of.
fn shorten(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.truncate(1);
            items.iter_mut().for_each(shorten);
        }
        Value::Object(fields) => fields.values_mut().for_each(shorten),
        _ => {}
    }
}

/// Panics unless two answers have the same fields of the same types.
fn assert_alike(at: &str, example: &Value, answer: &Value) {
    match (example, answer) {
        (Value::Object(expected), Value::Object(actual)) => {
            let names = |fields: &serde_json::Map<String, Value>| -> Vec<String> {
                fields.keys().cloned().collect()
            };
            assert_eq!(names(expected), names(actual), "{at}");
            for (name, value) in expected {
                assert_alike(&format!("{at}.{name}"), value, &actual[name]);
            }
        }
        (Value::Array(expected), Value::Array(actual)) => {
            if let (Some(expected), Some(actual)) = (expected.first(), actual.first()) {
                assert_alike(&format!("{at}[0]"), expected, actual);
            }
        }
        _ => {
            let kind = |value: &Value| match value {
                Value::Null => "null",
                Value::Bool(_) => "boolean",
                Value::Number(_) => "number",
                Value::String(_) => "text",
                Value::Array(_) => "list",
                Value::Object(_) => "object",
            };
            assert_eq!(kind(example), kind(answer), "{at}: {example} {answer}");
        }
    }
}

/// Examples about accounts, as one person calls them who is an admin as well.
#[test]
fn examples_of_accounts_are_true() {
    let data = tempfile::tempdir().unwrap();
    let modes = ["--auth", "accounts", "--registration", "open"];
    let service = Service::start_with(data.path(), &modes);
    let file = repository().join(EXAMPLES);
    let examples: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let (_, document) = service.get("/api/openapi.json");
    // Somebody else who is an admin: the last one stays.
    let root = ["user", "add", "root", "--role", "admin", "--data"];
    let root = root.iter().copied().chain(data.path().to_str());
    let ran = crate::support::letscode_with_input("correct horse battery", root);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let (mut cookie, mut id) = (String::new(), String::new());
    for name in examples["orderWithAccounts"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        let (path, method, operation) = find(&document, name);
        let example = &examples[name];
        let mut address = address(path, operation, &example["parameters"], &MadeIds::default());
        if path.starts_with("/api/admin/users/") {
            address = format!("/api/admin/users/{id}");
        }
        if path.starts_with("/api/admin/") {
            let role = ["user", "role", &id, "admin", "--data"];
            let ran = crate::support::letscode(role.iter().copied().chain(data.path().to_str()));
            assert_eq!(ran.code, Some(0), "{ran:#?}");
        }
        let answer = service.send_as_page(method, &address, &cookie, example.get("request"));
        assert_eq!(example["status"], answer.status, "{name}: {}", answer.body);
        if let Some(session) = answer.cookie {
            cookie = session;
        }
        let mut body = answer.body;
        if name == "register" {
            id = body["id"].as_str().unwrap().to_owned();
        }
        shorten(&mut body);
        assert_alike(name, &example["answer"], &body);
    }
}

/// `UPDATE_EXAMPLES=1` writes the answers down.
#[test]
fn examples_are_true() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let file = repository().join(EXAMPLES);
    let mut examples: Value =
        serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let (_, document) = service.get("/api/openapi.json");
    let is_update = std::env::var_os("UPDATE_EXAMPLES").is_some();
    let mut ids = MadeIds::default();
    let order: Vec<String> = examples["order"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect();
    let mut executed = 0;
    for name in &order {
        let (path, method, operation) = find(&document, name);
        let example = examples[name].clone();
        let address = address(path, operation, &example["parameters"], &ids);
        let is_upload = operation["requestBody"]["content"]["application/zip"].is_object();
        let (status, mut answer) = if is_upload {
            let archive = service.get_bytes("/api/problems/aplusb/package");
            service.send_archive(method, &address, &archive)
        } else {
            send(&service, method, &address, example.get("request"))
        };
        assert!(
            (200..300).contains(&status),
            "{name} {address}: {status} {answer}"
        );
        let described = operation["responses"].get(status.to_string());
        assert!(described.is_some(), "{name}: {status}");
        ids.record(name, &answer);
        shorten(&mut answer);
        if is_update {
            examples[name]["status"] = json!(status);
            examples[name]["answer"] = answer;
        } else {
            assert_eq!(example["status"], status, "{name}");
            assert_alike(name, &example["answer"], &answer);
        }
        executed += 1;
    }
    assert_eq!(
        executed + 2 + examples["orderWithAccounts"].as_array().unwrap().len(),
        examples.as_object().unwrap().len(),
        "each is executed"
    );
    if is_update {
        let text = serde_json::to_string_pretty(&examples).unwrap();
        std::fs::write(file, text + "\n").unwrap();
    }
}

fn find<'d>(document: &'d Value, id: &str) -> (&'d str, &'d str, &'d Value) {
    let paths = document["paths"].as_object().unwrap();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            if operation["operationId"] == id {
                return (path, method, operation);
            }
        }
    }
    panic!("there is no operation {id}");
}

fn send(service: &Service, method: &str, address: &str, body: Option<&Value>) -> (u16, Value) {
    match (method, body) {
        ("get", None) => service.get(address),
        ("delete", None) => service.delete(address),
        ("post", Some(Value::String(lines))) => {
            let answer = service.post_text(address, "application/x-ndjson", lines);
            (answer.0, Value::String(answer.1))
        }
        ("post", Some(body)) => service.post(address, body),
        ("post", None) => service.post(address, &json!({})),
        _ => panic!("{method} {address}"),
    }
}
