//! Metrics are exported at `/metrics`, to an InfluxDB and on the status page, and the dashboards and
//! alerts in deploy/ use only metrics that exist.

#[path = "../../../influx/tests/servers/mod.rs"]
#[allow(dead_code, reason = "it is another crate's as well")]
mod servers;
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::support::service::Service;
use crate::support::{TIMEOUT, eventually, jury, letscode, repository};
use serde_json::{Value, json};
use servers::InfluxDb;

const DENIED: &str = "import socket\nsocket.socket()\n";

/// Triggers every counter at least once.
fn keep_busy(service: &Service) {
    let mut stream = service.stream();
    let solution = fs::read_to_string(jury("aplusb/accepted/solution.py")).unwrap();
    let id = service.submit("aplusb", "python", &solution);
    stream.first_test_of(&id);
    service.verdict(&id);
    let denied = service.judge("aplusb", "python", DENIED);
    assert_eq!(
        denied["verdict"]["status"], "Security Violation",
        "{denied}"
    );
    let snippet = json!({"code": "print(1)", "input": "", "language": "python"});
    assert_eq!(service.post("/api/test", &snippet).0, 200);
    drop(stream);
}

fn dashboard(name: &str) -> Value {
    let path = repository().join("deploy/grafana/dashboards").join(name);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Collects all texts under a key, at any depth.
fn collect_texts<'a>(value: &'a Value, key: &str, texts: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            if name == key {
                texts.extend(value.as_str());
            }
            collect_texts(value, key, texts);
        }),
        Value::Array(values) => values
            .iter()
            .for_each(|value| collect_texts(value, key, texts)),
        _ => {}
    }
}

fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

#[test]
fn dashboards_and_alerts_use_existing_metrics() {
    let data = tempfile::tempdir().unwrap();
    let database = InfluxDb::start();
    let service = Service::start_with(
        data.path(),
        &[
            "--workers",
            "2",
            "--influx",
            &database.url(),
            "--compile-cache",
            "64",
        ],
    );
    keep_busy(&service);

    let dashboard = dashboard("prometheus.json");
    let mut queries = Vec::new();
    collect_texts(&dashboard, "expr", &mut queries);
    let alerts = fs::read_to_string(repository().join("deploy/prometheus/alerts.yaml")).unwrap();
    let queries = queries.join("\n") + &alerts;
    let is_name = |word: &&str| {
        let begins = ["letscode_", "process_"]
            .iter()
            .any(|begin| word.starts_with(begin));
        begins && *word != "letscode_"
    };
    let names: BTreeSet<&str> = identifiers(&queries).filter(is_name).collect();
    assert!(names.len() > 20, "{names:?}");
    eventually("all metrics", TIMEOUT, || {
        let text = service.metrics();
        let shown = |name: &str| {
            let mut lines = text.lines();
            lines.any(|line| {
                let labels = line.strip_prefix(name);
                labels.is_some_and(|labels| labels.starts_with(['{', ' ']))
            })
        };
        let missing: Vec<_> = names.iter().filter(|name| !shown(name)).collect();
        let labels = [
            "language", "verdict", "outcome", "denied", "source", "route", "status", "reason",
        ];
        let unlabelled: Vec<_> = labels
            .iter()
            .filter(|label| !text.contains(&format!("{label}=\"")))
            .collect();
        if missing.is_empty() && unlabelled.is_empty() {
            Ok(())
        } else {
            Err(format!("{missing:?} {unlabelled:?} of {text}"))
        }
    });

    let (_, history) = service.get("/api/status/history");
    let sample = &history["samples"][0];
    assert!(sample["memory"].as_u64().unwrap() > 1 << 20, "{history}");
    assert_eq!(sample["capacity"], 2, "{history}");

    every_query_finds_something(&service, &database);
}

/// Runs the queries of the other dashboard, with the variables that Grafana would fill in.
fn every_query_finds_something(service: &Service, database: &InfluxDb) {
    eventually("metrics are written", TIMEOUT, || {
        let (_, status) = service.get("/api/status");
        let influx = &status["influx"];
        let all_are = influx["waiting"] == 0 && influx["written"].as_u64() > Some(0);
        if all_are {
            Ok(())
        } else {
            Err(status.to_string())
        }
    });
    let dashboard = dashboard("influxdb.json");
    let mut queries = Vec::new();
    collect_texts(&dashboard, "query", &mut queries);
    assert!(queries.len() > 10);
    for query in queries {
        let queries = query
            .replace("$timeFilter", "time > now() - 1h")
            .replace("$__interval", "10s");
        assert!(!queries.contains('$'), "{query}");
        let rows = database.select(&queries);
        let mut values = rows.iter().flat_map(|row| &row.as_array().unwrap()[1..]);
        assert!(values.any(|value| !value.is_null()), "{query}: {rows:?}");
    }
}

#[test]
fn last_metrics_are_written_at_the_end() {
    let data = tempfile::tempdir().unwrap();
    let database = InfluxDb::start();
    let service = Service::start_with(
        data.path(),
        &["--workers", "1", "--influx", &database.url()],
    );
    service.judge("aplusb", "python", "print(");
    assert!(service.terminate().success());
    let rows = database.select("SELECT \"tests\" FROM judgement");
    assert_eq!(rows.len(), 1, "{rows:?}");
}

#[test]
fn unreachable_influxdb_costs_only_metrics() {
    let data = tempfile::tempdir().unwrap();
    let away = format!("http://127.0.0.1:{}?db=letscode", servers::free_port());
    let service = Service::start_with(data.path(), &["--workers", "1", "--influx", &away]);
    let judged = service.judge("aplusb", "python", "print(");
    assert_eq!(judged["verdict"]["status"], "Compilation Error");
    let (_, status) = service.get("/api/status");
    assert_eq!(status["influx"]["written"], 0, "{status}");
    assert!(service.terminate().success());
}

#[test]
fn bad_influxdb_addresses_are_refused() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path().join("data");
    let serve = |influx: &str| {
        letscode([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--data",
            data.to_str().unwrap(),
            "--influx",
            influx,
        ])
    };
    assert!(serve("influx").refusal().contains("--influx"));
    assert!(serve("http://127.0.0.1:8086").refusal().contains("bucket"));
}

#[test]
fn prometheus_accepts_the_alerts() {
    let checked = Command::new("promtool")
        .args(["check", "rules"])
        .arg(repository().join("deploy/prometheus/alerts.yaml"))
        .output()
        .unwrap();
    assert!(checked.status.success(), "{checked:?}");
}
