//! deploy/nginx/letscode.conf in Debian's nginx, in front of a real service.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::service::{Service, Stream, submission};
use crate::support::{PATIENCE, eventually, repository};
use serde_json::{Value, json};

/// Ended when it is dropped, and by the kernel when the test is killed.
struct Nginx {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Nginx {
    /// The shipped file, with just the addresses, and `change`, made this test's.
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
        eventually("nginx is up", PATIENCE, || {
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
            .timeout_global(Some(PATIENCE))
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

    /// Waits until the log holds all of this: a line is written after its answer was sent.
    fn log_with(&self, parts: &[&str]) -> String {
        eventually("it is in the log", PATIENCE, || {
            let log = fs::read_to_string(self.folder.path().join("letscode.log")).unwrap();
            match parts.iter().all(|part| log.contains(part)) {
                true => Ok(log),
                false => Err(log),
            }
        })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        // The workers end with it, which they do not when it is killed.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}

fn configuration(folder: &Path) -> String {
    let user = match rustix::process::geteuid().is_root() {
        true => "user root;",
        false => "",
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

/// One test for all that needs the service, which takes longer to start than all of it to try.
#[test]
fn the_service_behind_nginx() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(
        data.path(),
        &["--workers", "2", "--max-waiting-of-user", "1"],
    );
    // One of the two is not there: it is asked as well, and must cost nobody a submission.
    let gone = format!("127.0.0.1:{}", free_port());
    let upstreams = [gone, service.address().to_owned()];
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
    // As it was sent, without what was asked for, and from whom the proxy in front says.
    let log = nginx.log_with(&["192.0.2.1 [", " POST /api/submit 200 "]);
    assert!(!log.contains("userId"), "{log}");
}

fn passes_on_refusals(nginx: &Nginx, service: &Service) {
    let (status, answer) = nginx.post("/api/submit", "{", "192.0.2.2");
    assert_eq!(
        (status, &answer["type"]),
        (400, &json!("urn:letscode:problem:invalid-json"))
    );
    // When its hands are full, one more may wait, and not another one.
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
    let kept = mine["submissions"].as_array().unwrap().len();
    assert_eq!(
        kept, accepted,
        "each once, although half of them were tried twice"
    );
}

fn bounds_bodies(nginx: &Nginx) {
    // The service's own bound, in its words, and nginx's far above in the same form.
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
fn without_a_server_the_answer_is_not_ready() {
    let gone = || format!("127.0.0.1:{}", free_port());
    let nginx = Nginx::start(&[gone(), gone()], |site| site);
    let (status, answer) = nginx.post("/api/submit", &solution(), "203.0.113.9");
    assert_eq!(status, 503, "{answer}");
    assert_eq!(answer["type"], "urn:letscode:problem:not-ready");
    // Nobody is believed who was not named.
    let log = nginx.log_with(&["127.0.0.1 [", " POST /api/submit 503 "]);
    assert!(!log.contains("203.0.113.9"), "{log}");
}
