//! deploy/nginx/letscode.conf in Debian's nginx, in front of a real service.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::service::{Service, Stream, submission};
use crate::support::{TIMEOUT, eventually, repository};
use serde_json::{Value, json};

/// A running nginx. It ends when the value is dropped, and by the kernel if the test is killed.
struct Nginx {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Nginx {
    /// Starts it with the shipped file, in which only the addresses and `change` differ.
    fn start(upstreams: &[String], change: impl Fn(String) -> String) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let shipped = fs::read_to_string(repository().join("deploy/nginx/letscode.conf")).unwrap();
        let mut site = shipped.replace("listen 80;", &format!("listen 127.0.0.1:{port};"));
        for (server, address) in ["api-1:3001", "api-2:3001"].iter().zip(upstreams) {
            site = site.replace(server, address);
        }
        site = site.replace("/var/log/nginx", folder.path().to_str().unwrap());
        fs::write(folder.path().join("site.conf"), change(site)).unwrap();
        fs::write(
            folder.path().join("nginx.conf"),
            configuration(folder.path()),
        )
        .unwrap();
        let child = Command::new("setpriv")
            .args(["--pdeathsig=TERM", "--", "/usr/sbin/nginx", "-p"])
            .arg(folder.path())
            .args(["-e", "error.log", "-c", "nginx.conf"])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        eventually("nginx is up", TIMEOUT, || {
            TcpStream::connect(("127.0.0.1", port)).map_err(|error| error.to_string())
        });
        Nginx {
            child,
            folder,
            port,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn post(&self, path: &str, body: &str, client: &str) -> (u16, Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .build()
            .into();
        let mut answer = agent
            .post(self.url(path))
            .header("x-forwarded-for", client)
            .content_type("application/json")
            .send(body)
            .unwrap();
        let status = answer.status().as_u16();
        (status, answer.body_mut().read_json().unwrap())
    }

    /// Waits until the log contains all texts: a line is written after its answer was sent.
    fn log_with(&self, parts: &[&str]) -> String {
        eventually("it is in the log", TIMEOUT, || {
            let log = fs::read_to_string(self.folder.path().join("letscode.log")).unwrap();
            if parts.iter().all(|part| log.contains(part)) {
                Ok(log)
            } else {
                Err(log)
            }
        })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        // SIGTERM ends the workers too, SIGKILL would not.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}

fn configuration(folder: &Path) -> String {
    let user = if rustix::process::geteuid().is_root() {
        "user root;"
    } else {
        ""
    };
    let folder = folder.display();
    format!(
        "{user} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
        events {{ worker_connections 512; }}
        http {{
            client_body_temp_path {folder}/bodies; proxy_temp_path {folder}/answers;
            fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
            include {folder}/site.conf;
        }}"
    )
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

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
        let url = format!("ws://127.0.0.1:{}{path}?userId=ada", nginx.port);
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
    let answers: Vec<_> = (0..400).map(|_| ask("192.0.2.4")).collect();
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
