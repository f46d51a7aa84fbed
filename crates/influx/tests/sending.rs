//! Sending points to real servers.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod servers;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use letscode_influx::{
    InfluxClient, InfluxSettings, InfluxTarget, MetricPoint, PointCounts, SystemPoint,
};
use letscode_model::{LanguageId, SnippetOutcome, UserId, Verdict};
use serde_json::json;
use servers::{InfluxDb, VictoriaMetrics, eventually, free_port};

fn settings() -> InfluxSettings {
    InfluxSettings {
        interval: Duration::from_millis(20),
        first_pause: Duration::from_millis(20),
        longest_pause: Duration::from_millis(100),
        ..InfluxSettings::new("here")
    }
}

fn influx(url: &str, settings: InfluxSettings) -> InfluxClient {
    let target: InfluxTarget = url.parse().unwrap();
    InfluxClient::start(target, settings).unwrap()
}

fn run(memory_bytes: u64) -> MetricPoint {
    MetricPoint::Run {
        language: LanguageId("python".to_owned()),
        verdict: Verdict::Accepted,
        cpu_time: 1.5,
        wall_time: 2.5,
        memory_bytes,
    }
}

fn points_of_each_kind() -> Vec<MetricPoint> {
    let language = LanguageId("cpp".to_owned());
    vec![
        run(4096),
        MetricPoint::Judgement {
            language: language.clone(),
            verdict: Verdict::TimeLimitExceeded,
            tests: 9,
            passed: 4,
            took: 120.5,
            max_cpu_time: 1000.25,
            max_memory_bytes: 1 << 40,
        },
        MetricPoint::Snippet {
            language: language.clone(),
            outcome: SnippetOutcome::Exited,
            cpu_time: 1.0,
            wall_time: 2.0,
            memory_bytes: 3,
        },
        MetricPoint::Violation {
            language,
            denied: "system call",
            user: UserId("ada lovelace".to_owned()),
            call: Some("socket".to_owned()),
        },
        MetricPoint::Slots { busy: 1, total: 2 },
        MetricPoint::System(SystemPoint {
            waiting: 7,
            running: 2,
            capacity: 2,
            load: 0.75,
            resident_bytes: 12345,
        }),
    ]
}

#[test]
fn every_point_can_be_queried() {
    let server = InfluxDb::start();
    let influx = influx(&server.url(), settings());
    for point in points_of_each_kind() {
        influx.record(point);
    }
    influx.finish();
    assert_eq!(
        influx.counts(),
        PointCounts {
            written: 6,
            ..PointCounts::default()
        }
    );
    let selected = |statement: &str| {
        let mut rows = server.select(statement);
        let mut row = rows.pop().unwrap_or_else(|| panic!("{statement}: nothing"));
        row.as_array_mut().unwrap().remove(0);
        row
    };
    assert_eq!(
        selected("SELECT instance, language, verdict, cpu_ms, wall_ms, memory_bytes FROM run"),
        json!(["here", "python", "Accepted", 1.5, 2.5, 4096])
    );
    assert_eq!(
        selected(
            "SELECT verdict, tests, passed, took_ms, max_cpu_ms, max_memory_bytes FROM judgement"
        ),
        json!(["Time Limit Exceeded", 9, 4, 120.5, 1000.25, 1_u64 << 40])
    );
    assert_eq!(
        selected("SELECT outcome, cpu_ms, wall_ms, memory_bytes FROM snippet"),
        json!(["exited", 1, 2, 3])
    );
    assert_eq!(
        selected("SELECT language, denied, \"count\" FROM violation"),
        json!(["cpp", "system call", 1])
    );
    assert_eq!(selected("SELECT busy, \"all\" FROM hands"), json!([1, 2]));
    assert_eq!(
        selected("SELECT waiting, running, capacity, load, resident_bytes FROM system"),
        json!([7, 2, 2, 0.75, 12345])
    );
}

#[test]
fn equal_points_stay_apart() {
    let server = InfluxDb::start();
    let influx = influx(&server.url(), settings());
    for _ in 0..2_500 {
        influx.record(run(1));
    }
    influx.finish();
    let rows = server.select("SELECT count(memory_bytes) FROM run");
    assert_eq!(rows[0][1], json!(2_500));
}

#[test]
fn buffered_points_arrive_after_an_outage() {
    let mut server = InfluxDb::start();
    let influx = influx(
        &server.url(),
        InfluxSettings {
            max_waiting: 100,
            batch: 30,
            ..settings()
        },
    );
    influx.record(run(1));
    eventually("the first is there", || influx.counts().written == 1);

    server.kill();
    let started = Instant::now();
    for memory in 1_000..1_250 {
        influx.record(run(memory));
    }
    assert!(started.elapsed() < Duration::from_secs(1), "it waited");
    // Some may be in the sender's hands at any moment, and give way when they come back.
    eventually("the surplus is counted", || {
        let counts = influx.counts();
        counts.dropped >= 150 && counts.waiting == 100
    });

    server.start_again();
    eventually("the rest is there", || influx.counts().waiting == 0);
    influx.record(run(2_000));
    influx.finish();
    let counts = influx.counts();
    assert_eq!(counts.written + counts.dropped, 252, "{counts:?}");
    let rows = server.select("SELECT memory_bytes FROM run");
    assert_eq!(rows.len() as u64, counts.written, "{counts:?}");
    // The latest are the ones that stayed.
    let newest: Vec<_> = rows
        .iter()
        .rev()
        .take(2)
        .map(|row| row[1].clone())
        .collect();
    assert_eq!(newest, [json!(2_000), json!(1_249)]);
}

#[test]
fn refused_points_are_dropped() {
    let server = InfluxDb::start();
    let influx = influx(&server.url(), settings());
    // The field has a type from now on, which ours is not.
    ureq::post(server.url().replace("?", "/write?"))
        .send("run,instance=here memory_bytes=\"words\"")
        .unwrap();
    influx.record(run(1));
    eventually("it is given up", || influx.counts().dropped == 1);
    influx.record(MetricPoint::Violation {
        language: LanguageId("cpp".to_owned()),
        denied: "it",
        user: UserId("ada".to_owned()),
        call: None,
    });
    eventually("others go on", || influx.counts().written == 1);
}

#[test]
fn finishing_does_not_wait_for_an_absent_server() {
    // One that nobody listens to, and one that takes a connection and says nothing.
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let silent_port = silent.local_addr().unwrap().port();
    for port in [free_port(), silent_port] {
        let url = format!("http://127.0.0.1:{port}?db=a");
        let flush_timeout = Duration::from_millis(300);
        let influx = influx(
            &url,
            InfluxSettings {
                flush_timeout,
                request_timeout: flush_timeout,
                ..settings()
            },
        );
        for memory in 0..50 {
            influx.record(run(memory));
        }
        let started = Instant::now();
        influx.finish();
        assert!(
            started.elapsed() < Duration::from_secs(3),
            "{:?}",
            started.elapsed()
        );
        influx.record(run(51));
        assert_eq!(
            influx.counts(),
            PointCounts {
                dropped: 51,
                ..PointCounts::default()
            }
        );
    }
}

#[test]
fn version_2_is_written_to_as_well() {
    let server = VictoriaMetrics::start();
    let influx = influx(&server.at("?org=us&bucket=letscode"), settings());
    influx.record(run(4096));
    influx.finish();
    assert_eq!(influx.counts().written, 1);
    eventually("it is there", || {
        !server.export("run_memory_bytes").is_empty()
    });
    let series = &server.export("run_memory_bytes")[0];
    assert_eq!(series["values"], json!([4096]));
    assert_eq!(series["metric"]["verdict"], "Accepted");
    assert_eq!(series["metric"]["instance"], "here");
}

#[test]
fn version_2_is_asked_with_the_token() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let target: InfluxTarget = format!("http://127.0.0.1:{port}?org=us&bucket=b")
        .parse()
        .unwrap();
    let target = target.with_token("secret==").unwrap();
    let influx = InfluxClient::start(target, settings()).unwrap();
    influx.record(run(1));
    let (mut stream, _) = listener.accept().unwrap();
    let request = read_request(&mut stream);
    stream
        .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
        .unwrap();
    influx.finish();
    assert!(
        request.starts_with("POST /api/v2/write?org=us&bucket=b HTTP/1.1\r\n"),
        "{request}"
    );
    let head = request.to_lowercase();
    assert!(
        head.contains("\r\nauthorization: token secret==\r\n"),
        "{request}"
    );
    assert!(request.contains("\r\n\r\nrun,instance=here,"), "{request}");
    assert_eq!(influx.counts().written, 1);
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while text.last() != Some(&b'\n') || !text.windows(4).any(|four| four == b"run,") {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&buffer[..count]);
    }
    String::from_utf8(text).unwrap()
}
