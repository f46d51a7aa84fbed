//! deploy/nginx/letscode.conf in Debian's nginx, in front of a real service.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::nginx::{Nginx, free_port};
use crate::support::service::{Service, Stream, submission};

const ANSWER: &str = "a, b = map(int, input().split())\nprint(a + b)";

fn solution() -> String {
    submission("aplusb", "python", ANSWER).to_string()
}

/// One test for everything that needs the service, because its start takes the most time.
#[test]
fn nginx_proxies_the_service() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(
        data.path(),
        &["--workers", "2", "--max-waiting-of-user", "1"],
    );
    // One of the two servers does not exist; nginx tries it too, and no submission may be lost.
    let unreachable = format!("127.0.0.1:{}", free_port());
    let upstreams = [unreachable, service.address().to_owned()];
    let nginx = Nginx::start(&upstreams, |site| {
        site.replace(
            "#set_real_ip_from 10.0.0.0/8;",
            "set_real_ip_from 127.0.0.1;",
        )
        .replace("#real_ip", "real_ip")
    });

    upgrades_and_waits(&nginx);
    passes_on_refusals(&nginx, &service);
    bounds_bodies(&nginx);
    bounds_each_address(&nginx);
    hides_what_is_not_for_outsiders(&nginx);
}

fn upgrades_and_waits(nginx: &Nginx) {
    for path in ["/", "/ws"] {
        let url = format!("ws://{}{path}?userId=ada", nginx.address());
        let mut stream = Stream::open(&url);
        let (status, answer) = nginx.post("/api/submit?wait=true", &solution(), "192.0.2.1");
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["verdict"]["status"], "Accepted", "{answer}");
        stream.first_test_of(answer["id"].as_str().unwrap());
    }
    // The log has the path without the query, and the client address from the proxy in front.
    let log = nginx.log_with(&["192.0.2.1 [", " POST /api/submit 200 "]);
    assert!(!log.contains("userId"), "{log}");
}

fn passes_on_refusals(nginx: &Nginx, service: &Service) {
    let (status, answer) = nginx.post("/api/submit", "{", "192.0.2.2");
    assert_eq!(
        (status, &answer["type"]),
        (400, &json!("urn:letscode:problem:invalid-json"))
    );
    // When its slots are busy, one more may wait, and a second one is refused.
    let slow = submission("aplusb", "python", "while True: pass").to_string();
    let mut answers: Vec<_> = (0..20)
        .map(|_| nginx.post("/api/submit", &slow, "192.0.2.2"))
        .collect();
    answers.retain(|(status, _)| *status != 201);
    let (status, refused) = answers.first().unwrap();
    assert_eq!(*status, 429, "{refused}");
    assert_eq!(refused["type"], "urn:letscode:problem:user-queue-full");
    let accepted = 2 + 20 - answers.len();
    let (_, mine) = service.get("/api/submissions?userId=ada");
    let count = mine["submissions"].as_array().unwrap().len();
    assert_eq!(
        count, accepted,
        "each once, although half of them were tried twice"
    );
}

fn bounds_bodies(nginx: &Nginx) {
    // The service's own limit, and nginx's higher limit in the same format.
    for megabytes in [8, 40] {
        let body = " ".repeat(megabytes << 20);
        let (status, answer) = nginx.post("/api/submit", &body, "192.0.2.3");
        assert_eq!(status, 413, "{answer}");
        assert_eq!(answer["type"], "urn:letscode:problem:body-too-large");
    }
}

fn bounds_each_address(nginx: &Nginx) {
    let ask = |client: &str| nginx.post("/api/submit", "{", client);
    // An address may be 50 requests ahead of its 20 a second, and then waits.
    let began = Instant::now();
    for _ in 0..100 {
        assert_eq!(ask("192.0.2.4").0, 400);
    }
    assert!(began.elapsed() > Duration::from_secs(2));
    let answers: Vec<_> = thread::scope(|scope| {
        let asking: Vec<_> = (0..150).map(|_| scope.spawn(|| ask("192.0.2.4"))).collect();
        asking.into_iter().map(|ask| ask.join().unwrap()).collect()
    });
    let (status, answer) = answers.iter().find(|(status, _)| *status != 400).unwrap();
    assert_eq!((*status, &answer["status"]), (429, &json!(429)), "{answer}");
    assert_eq!(answer["type"], "urn:letscode:problem:too-many-requests");
    assert_eq!(ask("192.0.2.5").0, 400, "another address is another's");
}

fn hides_what_is_not_for_outsiders(nginx: &Nginx) {
    for path in ["/metrics", "/readyz"] {
        let answer = ureq::get(nginx.url(path)).call();
        assert!(
            matches!(answer, Err(ureq::Error::StatusCode(404))),
            "{path}"
        );
    }
    assert!(ureq::get(nginx.url("/healthz")).call().is_ok());
}

#[test]
fn nginx_answers_not_ready_without_a_server() {
    let unreachable = || format!("127.0.0.1:{}", free_port());
    let nginx = Nginx::start(&[unreachable(), unreachable()], |site| site);
    let (status, answer) = nginx.post("/api/submit", &solution(), "203.0.113.9");
    assert_eq!(status, 503, "{answer}");
    assert_eq!(answer["type"], "urn:letscode:problem:not-ready");
    // Only the named proxies are trusted.
    let log = nginx.log_with(&["127.0.0.1 [", " POST /api/submit 503 "]);
    assert!(!log.contains("203.0.113.9"), "{log}");
}
