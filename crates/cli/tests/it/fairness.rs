//! One client address that holds all slots delays no other, with real cells.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::net::TcpSocket;

use crate::support::TIMEOUT;
use crate::support::service::Service;

const GREEDY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const OTHER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);
/// Far below the time that one of the greedy programs takes, and above that of a busy machine.
const PROMPT: Duration = Duration::from_secs(4);

/// Sends a POST from an address and returns the body of the response.
fn post_from(source: Ipv4Addr, service: &str, path: &str, body: &Value) -> std::io::Result<String> {
    let target: SocketAddr = service.parse().map_err(std::io::Error::other)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let stream = runtime.block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.bind((source, 0).into())?;
        socket.connect(target).await
    })?;
    let mut stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    let body = body.to_string();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {service}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    Ok(response)
}

fn run(user: &str, code: &str) -> Value {
    json!({"language": "python", "code": code, "input": "", "userId": user})
}

fn prompt_run(service: &Service) -> Duration {
    let started = Instant::now();
    let answer = post_from(
        OTHER,
        service.address(),
        "/api/test",
        &run("ada", "print(1)"),
    );
    let answer = answer.unwrap();
    assert!(answer.contains("\"exited\""), "{answer}");
    started.elapsed()
}

/// Ten connections of one address, each under a name of its own, hold both slots and queue more.
#[test]
fn a_greedy_address_delays_no_other() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--workers", "2"]);
    prompt_run(&service);
    let programs = ["import time\ntime.sleep(8)", "while True: pass"];
    for number in 0..10 {
        let address = service.address().to_owned();
        let body = run(&format!("greedy-{number}"), programs[number % 2]);
        std::thread::spawn(move || post_from(GREEDY, &address, "/api/test", &body));
    }
    let deadline = Instant::now() + TIMEOUT;
    while service.metric("letscode_worker_slots_busy ") < 2 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    for _ in 0..3 {
        let waited = prompt_run(&service);
        assert!(waited < PROMPT, "{waited:?}");
    }
}
