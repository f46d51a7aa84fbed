//! The parts of the API that back ends build on: batches, callbacks, repeated requests, streams.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::service::{Service, Stream};

/// Sends a request as it is, and returns the status, the head and the body.
fn raw(service: &Service, request: &[u8]) -> (u16, String, String) {
    let mut stream = TcpStream::connect(service.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(120)))
        .unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_ascii_lowercase(), body.to_owned())
}

fn post(service: &Service, path: &str, headers: &[&str], body: &str) -> (u16, String, String) {
    let host = service.address();
    let length = body.len();
    let mut head = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n"
    );
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    raw(service, format!("{head}\r\n{body}").as_bytes())
}

/// Returns the JSON lines of a body in chunks.
fn lines(body: &str) -> Vec<Value> {
    let lines = body.lines().filter(|line| line.starts_with('{'));
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

const JSON: &str = "content-type: application/json";
const NDJSON: &str = "content-type: application/x-ndjson";

#[test]
fn batches_answer_every_line() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let mut body = String::new();
    for number in 0..40 {
        let code = format!("print({number} * 2)");
        body += &json!({"language": "python", "code": code}).to_string();
        body.push('\n');
    }
    body += "\n{\"language\":\"python\",\"code\":\"1\",\"colour\":1}\n";
    body += "{\"language\":\"python\",\"code\":\"print(1)\",\"keepFor\":5}\nnot json\n";
    body += "{\"language\":\"cobol\",\"code\":\"x\"}\n{\"language\":\"python\",\"co";
    let (status, _, answer) = post(&service, "/api/run/batch", &[NDJSON], &body);
    assert_eq!(status, 200, "{answer}");
    let mut results = lines(&answer);
    results.sort_by_key(|result| result["index"].as_u64());
    let indices: Vec<u64> = results
        .iter()
        .map(|result| result["index"].as_u64().unwrap())
        .collect();
    assert_eq!(indices, (0..45).collect::<Vec<u64>>(), "{answer}");
    for (number, result) in results[..40].iter().enumerate() {
        assert_eq!(
            result["runs"][0]["stdout"],
            format!("{}\n", number * 2),
            "{result}"
        );
    }
    let refusals: Vec<&Value> = results[40..]
        .iter()
        .map(|result| &result["problem"])
        .collect();
    assert_eq!(refusals[0]["field"], "colour");
    assert_eq!(refusals[1]["field"], "keepFor");
    assert_eq!(refusals[2]["title"], "Invalid JSON");
    assert_eq!(refusals[3]["title"], "Unknown language");
    assert_eq!(refusals[4]["title"], "Invalid JSON", "half a line");
    let (status, _, _) = post(&service, "/api/run/batch", &[JSON], "{}");
    assert_eq!(status, 415);
}

/// A client that stops reading a batch holds no slot: others are answered at once.
#[test]
fn slow_readers_delay_nobody() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let line = json!({"language": "python", "code": "print('x' * 1000000)"}).to_string() + "\n";
    let body = line.repeat(300);
    let mut stalled = TcpStream::connect(service.address()).unwrap();
    let head = format!(
        "POST /api/run/batch HTTP/1.1\r\nhost: {}\r\n{NDJSON}\r\ncontent-length: {}\r\n\r\n",
        service.address(),
        body.len()
    );
    stalled.write_all(head.as_bytes()).unwrap();
    stalled.write_all(body.as_bytes()).unwrap();
    thread::sleep(Duration::from_secs(3));
    let begin = Instant::now();
    let (status, answer) = service.post(
        "/api/test",
        &json!({"language": "python", "code": "print(1)"}),
    );
    assert_eq!((status, &answer["output"]), (200, &json!("1\n")));
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
}

#[test]
fn repeated_requests_are_done_once() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let body = json!({"language": "python", "problemId": "aplusb", "userId": "ada",
        "code": "print(sum(map(int, input().split())))"})
    .to_string();
    let submit = |key: &str, body: &str| {
        let key = format!("idempotency-key: {key}");
        post(&service, "/api/submit", &[JSON, &key], body)
    };
    let (status, head, first) = submit("k1", &body);
    assert_eq!(status, 201, "{first}");
    assert!(!head.contains("idempotency-replayed: true"));
    let (status, head, second) = submit("k1", &body);
    assert_eq!((status, &second), (201, &first));
    assert!(
        head.contains("idempotency-replayed: true") && head.contains("location: "),
        "{head}"
    );
    let (_, _, third) = submit("k2", &body);
    assert_ne!(third, first);
    let other = body.replace("ada", "bob");
    let (status, _, answer) = submit("k1", &other);
    assert_eq!(status, 422, "{answer}");
    let (_, page) = service.get("/api/submissions?userId=ada");
    assert_eq!(page["submissions"].as_array().unwrap().len(), 2, "{page}");
}

/// Serves one callback after the other with these statuses; returns the heads and bodies.
fn receiver(statuses: Vec<u16>) -> (String, mpsc::Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, received) = mpsc::channel();
    thread::spawn(move || {
        for status in statuses {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
                head += &line.to_ascii_lowercase();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let location = "http://127.0.0.1:1/";
            let answer = format!(
                "HTTP/1.1 {status} x\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(answer.as_bytes()).unwrap();
            let _ = sender.send((head, String::from_utf8(body).unwrap()));
        }
    });
    (address, received)
}

#[test]
fn callbacks_are_signed_and_tried_again() {
    let data = tempfile::tempdir().unwrap();
    let secret = data.path().join("secret");
    std::fs::write(&secret, "a-secret-of-the-operator\n").unwrap();
    let service = Service::start_with(
        &data.path().join("data"),
        &[
            "--workers",
            "1",
            "--callback-allow",
            "127.0.0.0/8",
            "--callback-secret-file",
            secret.to_str().unwrap(),
        ],
    );
    let (address, received) = receiver(vec![500, 302, 200, 200]);
    let body = json!({"language": "python", "code": "print(7)", "callbackUrl": format!("http://{address}/done")});
    let (status, answer) = service.post("/api/run?wait=false", &body);
    assert_eq!(status, 202, "{answer}");
    let calls: Vec<(String, String)> = (0..3)
        .map(|_| received.recv_timeout(Duration::from_secs(60)).unwrap())
        .collect();
    for (head, body) in &calls {
        assert!(head.starts_with("post /done "), "{head}");
        let sent: Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            (&sent["id"], &sent["runs"][0]["stdout"]),
            (&answer["id"], &json!("7\n"))
        );
        assert!(
            head.contains(&format!("x-letscode-signature: {}", signature(body))),
            "{head}"
        );
    }
    let body = json!({"language": "python", "problemId": "aplusb", "userId": "ada", "code": "1",
        "callbackUrl": format!("http://{address}/judged")});
    let (status, receipt) = service.post("/api/submit", &body);
    assert_eq!(status, 201, "{receipt}");
    let (head, body) = received.recv_timeout(Duration::from_secs(60)).unwrap();
    assert!(head.starts_with("post /judged "), "{head}");
    let sent: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&sent["id"], &sent["status"]),
        (&receipt["submissionId"], &json!("Completed"))
    );
}

/// HMAC-SHA256 as another program has it.
fn signature(body: &str) -> String {
    let script = "import hashlib, hmac, sys\n\
        print(hmac.new(b'a-secret-of-the-operator', sys.stdin.buffer.read(), hashlib.sha256).hexdigest())";
    let mut child = std::process::Command::new("python3")
        .args(["-c", script])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(body.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    format!(
        "sha256={}",
        String::from_utf8(output.stdout).unwrap().trim()
    )
}

#[test]
fn callbacks_into_the_operators_network_are_refused() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    for url in [
        "http://127.0.0.1:9/",
        "http://localhost:9/",
        "http://2130706433/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "ftp://example.com/",
        "http://a:b@127.0.0.1/",
    ] {
        let body = json!({"language": "python", "code": "1", "callbackUrl": url});
        let (status, answer) = service.post("/api/run", &body);
        assert_eq!(
            (status, &answer["field"]),
            (400, &json!("callbackUrl")),
            "{url}: {answer}"
        );
    }
}

#[test]
fn submissions_are_followed_by_server_sent_events() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let id = service.submit("aplusb", "python", "print(sum(map(int, input().split())))");
    let get = |path: &str| {
        let host = service.address();
        raw(
            &service,
            format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").as_bytes(),
        )
    };
    let (status, head, body) = get(&format!("/api/submission/{id}/events"));
    assert_eq!(status, 200, "{body}");
    assert!(head.contains("content-type: text/event-stream"), "{head}");
    assert!(body.contains("event: submission\n"), "{body}");
    assert!(body.contains("\"Accepted\""), "{body}");
    let (_, _, body) = get(&format!("/api/submission/{id}/events?events=final"));
    assert_eq!(body.matches("event: ").count(), 1, "{body}");
    let (status, _, _) = get(&format!("/api/submission/{id}/events?evnts=final"));
    assert_eq!(status, 400);

    let second = service.submit("aplusb", "python", "import time; time.sleep(1)");
    let url = format!(
        "ws://{}/?submissionId={second}&events=final",
        service.address()
    );
    let verdict = Stream::open(&url).next();
    assert_eq!(verdict["data"]["submissionId"], second, "{verdict}");
    assert_eq!(verdict["data"]["status"], "Completed", "{verdict}");
    let (_, page) = service.get(&format!("/api/submissions?ids={second},{id}"));
    let listed: Vec<&Value> = page["submissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["id"])
        .collect();
    assert_eq!(listed, [&json!(second), &json!(id)], "{page}");
}

#[test]
fn transport_is_the_same_for_every_route() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(
        data.path(),
        &["--workers", "1", "--allow-origin", "https://judge.example"],
    );
    let host = service.address().to_owned();
    let send = |method: &str, path: &str, headers: &str| {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}\r\n"
        );
        raw(&service, request.as_bytes())
    };
    let (_, head, _) = send("GET", "/api/config", "x-request-id: abc-1\r\n");
    assert!(head.contains("x-request-id: abc-1"), "{head}");
    let (_, head, _) = send("GET", "/api/nothing", "");
    assert!(head.contains("x-request-id: "), "{head}");
    let preflight =
        "access-control-request-method: POST\r\naccess-control-request-headers: content-type\r\n";
    let (_, head, _) = send(
        "OPTIONS",
        "/api/run",
        &format!("origin: https://judge.example\r\n{preflight}"),
    );
    assert!(
        head.contains("access-control-allow-origin: https://judge.example"),
        "{head}"
    );
    let (_, head, _) = send(
        "OPTIONS",
        "/api/run",
        &format!("origin: https://evil.example\r\n{preflight}"),
    );
    assert!(!head.contains("access-control-allow-origin"), "{head}");
    for encoding in ["gzip", "zstd"] {
        let (_, head, _) = send(
            "GET",
            "/api/openapi.json",
            &format!("accept-encoding: {encoding}\r\n"),
        );
        assert!(
            head.contains(&format!("content-encoding: {encoding}")),
            "{head}"
        );
    }
    let (status, _, body) = post(&service, "/api/run", &[JSON, "content-encoding: gzip"], "x");
    assert_eq!(status, 415, "{body}");
    let (status, body) = service.get("/api/problems?userID=ada");
    assert_eq!(status, 400);
    assert!(
        body["detail"]
            .as_str()
            .unwrap()
            .contains("unknown parameter `userID`"),
        "{body}"
    );
}
