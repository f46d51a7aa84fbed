//! A running `letscode serve`, and its clients.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::stream::MaybeTlsStream;
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};
use ureq::config::ConfigBuilder;
use ureq::middleware::MiddlewareNext;
use ureq::typestate::AgentScope;

use super::host::{descendants, jail_helper};
use super::{LETSCODE, TIMEOUT, eventually};

/// The operator's token of tests, and the header that DOMjudge's clients send it in.
pub const ADMIN_TOKEN: &str = "a-token-of-the-operator";
const ADMIN_BASIC: &str = "Basic YWRtaW46YS10b2tlbi1vZi10aGUtb3BlcmF0b3I=";

/// An answer to the page.
pub struct PageAnswer {
    pub status: u16,
    /// The cookie that it sets, as a browser sends it.
    pub cookie: Option<String>,
    pub body: Value,
}

/// A running service, which is killed when the value is dropped.
pub struct Service {
    child: Child,
    address: String,
    agent: ureq::Agent,
    /// Held open, because the service may write to it.
    _stdout: BufReader<ChildStdout>,
}

impl Service {
    /// Starts it with two workers and returns once it serves.
    pub fn start(data: &Path) -> Self {
        Service::start_with(data, &["--workers", "2"])
    }

    /// Starts it with its standard error captured for [`Service::last_words`].
    pub fn start_heard(data: &Path) -> Self {
        let mut command = command(data);
        command.args(["--workers", "2"]).stderr(Stdio::piped());
        Service::spawn(command)
    }

    /// Starts it with its own folder for temporary files.
    pub fn start_in(data: &Path, temporary: &Path) -> Self {
        let mut command = command(data);
        command.env("TMPDIR", temporary);
        Service::spawn(command)
    }

    pub fn start_with(data: &Path, more: &[&str]) -> Self {
        let mut command = command(data);
        command.args(more);
        Service::spawn(command)
    }

    pub fn spawn(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let greetings = [
            "Let'sCode serves on http://",
            "Let'sCode judges; its metrics are at http://",
        ];
        let address = greetings
            .iter()
            .find_map(|greeting| line.trim().strip_prefix(greeting));
        let Some(address) = address else {
            panic!("{line:?}, then {:?}", child.wait());
        };
        Service {
            child,
            address: address.to_owned(),
            agent: agent().build().into(),
            _stdout: stdout,
        }
    }

    /// Sends an API key with all requests from now on.
    pub fn with_key(mut self, key: &str) -> Self {
        let key: ureq::http::HeaderValue = key.parse().unwrap();
        let add_key = move |mut request: ureq::http::Request<ureq::SendBody<'_>>,
                            next: MiddlewareNext<'_>| {
            request.headers_mut().insert("x-api-key", key.clone());
            next.handle(request)
        };
        self.agent = agent().middleware(add_key).build().into();
        self
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns status and body.
    pub fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.agent.get(self.url(path)).call();
        read(answer)
    }

    /// Returns the text of `/metrics`.
    pub fn metrics(&self) -> String {
        let mut answer = self.agent.get(self.url("/metrics")).call().unwrap();
        answer.body_mut().read_to_string().unwrap()
    }

    /// Returns a value of `/metrics` by its name with labels; 0 if it is not there yet.
    pub fn metric(&self, name: &str) -> u64 {
        let text = self.metrics();
        let value = text.lines().find_map(|line| line.strip_prefix(name));
        value.map_or(0, |value| value.trim().parse().unwrap())
    }

    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.agent.post(self.url(path)).send_json(body);
        read(answer)
    }

    /// Posts as a back end that has a key.
    pub fn post_with_key(&self, path: &str, key: &str, body: &Value) -> (u16, Value) {
        let request = self.agent.post(self.url(path)).header("x-api-key", key);
        read(request.send_json(body))
    }

    /// Sends a request as the service's own page does.
    pub fn send_as_page(
        &self,
        method: &str,
        path: &str,
        cookie: &str,
        body: Option<&Value>,
    ) -> PageAnswer {
        let request = ureq::http::Request::builder()
            .method(method.to_uppercase().as_str())
            .uri(self.url(path))
            .header("origin", self.url(""))
            .header("cookie", cookie);
        let request = match body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(body.to_string()),
            None => request.body(String::new()),
        };
        let agent = &self.agent;
        // With a body: DELETE is not expected to have one.
        let request = agent.configure_request(request.unwrap());
        let answer = agent.run(request.allow_non_standard_methods(true).build());
        let cookie = answer.as_ref().unwrap().headers().get("set-cookie");
        let cookie = cookie.map(|cookie| cookie.to_str().unwrap());
        let cookie = cookie
            .and_then(|cookie| cookie.split(';').next())
            .map(str::to_owned);
        let (status, body) = read(answer);
        PageAnswer {
            status,
            cookie,
            body,
        }
    }

    pub fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.agent.put(self.url(path)).send_json(body);
        read(answer)
    }

    pub fn get_bytes(&self, path: &str) -> Vec<u8> {
        let mut answer = self.agent.get(self.url(path)).call().unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.body_mut().read_to_vec().unwrap()
    }

    /// Sends a problem package with POST or PUT.
    pub fn send_archive(&self, method: &str, path: &str, archive: &[u8]) -> (u16, Value) {
        let url = self.url(path);
        let request = if method == "put" {
            self.agent.put(url)
        } else {
            self.agent.post(url)
        };
        read(request.content_type("application/zip").send(archive))
    }

    /// Sends a text, and returns the status and the text of the answer.
    pub fn post_text(&self, path: &str, content_type: &str, text: &str) -> (u16, String) {
        let request = self.agent.post(self.url(path));
        let mut answer = request.content_type(content_type).send(text).unwrap();
        let body = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), body)
    }

    pub fn delete(&self, path: &str) -> (u16, Value) {
        let answer = self.agent.delete(self.url(path)).call();
        read(answer)
    }

    /// Sends a zip by POST.
    pub fn post_zip(&self, path: &str, zip: &[u8]) -> (u16, Value) {
        let request = self.agent.post(self.url(path));
        read(request.header("content-type", "application/zip").send(zip))
    }

    /// Sends a zip by PUT.
    pub fn put_zip(&self, path: &str, zip: &[u8]) -> (u16, Value) {
        let request = self.agent.put(self.url(path));
        read(request.header("content-type", "application/zip").send(zip))
    }

    /// Sends a form with an archive and texts, with the token as the password of Basic authentication.
    pub fn post_form(
        &self,
        path: &str,
        zip: (&str, &[u8]),
        texts: &[(&str, &str)],
    ) -> (u16, Value) {
        let mut body = Vec::new();
        for (name, text) in texts {
            let part =
                format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let (file_name, bytes) = zip;
        let head = format!(
            "--X\r\nContent-Disposition: form-data; name=\"zip\"; filename=\"{file_name}\"\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--X--\r\n");
        let request = self.agent.post(self.url(path));
        let request = request.header("content-type", "multipart/form-data; boundary=X");
        read(request.header("authorization", ADMIN_BASIC).send(&body[..]))
    }

    /// Returns the status of a DELETE.
    pub fn delete_status(&self, path: &str) -> u16 {
        let answer = self.agent.delete(self.url(path)).call();
        answer.unwrap().status().as_u16()
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Submits and waits for the verdict.
    pub fn judge(&self, problem: &str, language: &str, code: &str) -> Value {
        let body = submission(problem, language, code);
        let (status, answer) = self.post("/api/submit?wait=true", &body);
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Submits and returns the submission's id at once.
    pub fn submit(&self, problem: &str, language: &str, code: &str) -> String {
        let (status, answer) = self.post("/api/submit", &submission(problem, language, code));
        assert_eq!(status, 201, "{answer}");
        answer["submissionId"].as_str().unwrap().to_owned()
    }

    pub fn submission(&self, id: &str) -> Value {
        let (status, answer) = self.get(&format!("/api/submission/{id}"));
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Waits until a submission is final.
    pub fn verdict(&self, id: &str) -> Value {
        eventually("a verdict", TIMEOUT, || {
            let submission = self.submission(id);
            if is_final(&submission) {
                Ok(submission)
            } else {
                Err(submission.to_string())
            }
        })
    }

    /// Waits until no job is queued and none is running.
    pub fn wait_until_idle(&self) {
        eventually("it is idle", TIMEOUT, || {
            let (_, status) = self.get("/api/status");
            match (status["queued"].as_u64(), status["running"].as_u64()) {
                (Some(0), Some(0)) => Ok(()),
                _ => Err(status.to_string()),
            }
        });
    }

    pub fn stream(&self) -> Stream {
        Stream::open(&format!("ws://{}/?userId={USER}", self.address))
    }

    /// Returns host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap();
    }

    /// Kills the service with SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Kills the jail helper with SIGKILL.
    pub fn kill_helper(&self) {
        let keeper = jail_helper(self.pid()).unwrap();
        let family = descendants(keeper);
        let helper = family.iter().find(|process| process.parent == keeper);
        self.kill_descendant(helper.unwrap().pid);
    }

    fn kill_descendant(&self, process: u32) {
        let pid = Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
        kill_process(pid, Signal::KILL).unwrap();
        eventually("it ends", TIMEOUT, || {
            let living = descendants(self.pid());
            if living.iter().any(|helper| helper.pid == process) {
                Err(format!("{living:?}"))
            } else {
                Ok(())
            }
        });
    }

    /// Kills the jail helper and its monitor at the same time.
    pub fn kill_helper_and_keeper(&self) {
        let keeper = jail_helper(self.pid()).unwrap();
        let family = descendants(keeper);
        let helper = family.iter().find(|process| process.parent == keeper);
        let helper = helper.unwrap().pid;
        self.kill_descendant(keeper);
        let pid = Pid::from_raw(i32::try_from(helper).unwrap()).unwrap();
        kill_process(pid, Signal::KILL).unwrap();
    }

    /// Waits until the service has ended by itself; returns its exit status and its log.
    pub fn last_words(mut self) -> (ExitStatus, String) {
        let status = self.wait();
        let mut log = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut log).unwrap();
        (status, log)
    }

    /// Sends SIGTERM and waits until the service has ended.
    pub fn terminate(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }

    pub fn wait(&mut self) -> ExitStatus {
        eventually("the service ends", TIMEOUT, || {
            let ended = self.child.try_wait().unwrap();
            ended.ok_or_else(|| "it runs".to_owned())
        })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the command of a service that compiles without caches.
pub fn command(data: &Path) -> Command {
    let mut command = Command::new(LETSCODE);
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .env("RUST_LOG", "warn")
        // Precompiling headers keeps a core busy for seconds, so that it is off unless a test needs it.
        .env("LETSCODE_COMPILE_CACHE", "0")
        .env("LETSCODE_WARM_CELLS", "0");
    command
}

fn agent() -> ConfigBuilder<AgentScope> {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(TIMEOUT))
}

/// User of all submissions: each test has a service of its own.
const USER: &str = "ada";

pub fn submission(problem: &str, language: &str, code: &str) -> Value {
    json!({"problemId": problem, "language": language, "code": code, "userId": USER})
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> (u16, Value) {
    let mut answer = answer.unwrap();
    let status = answer.status().as_u16();
    if status == 204 {
        return (status, Value::Null);
    }
    (status, answer.body_mut().read_json().unwrap())
}

/// Fails unless a submission to A+B was accepted, with one result of each test.
pub fn assert_judged_once(submission: &Value) {
    assert_eq!(submission["status"], "Completed", "{submission}");
    assert_eq!(submission["verdict"]["status"], "Accepted", "{submission}");
    assert_eq!(submission["verdict"]["passedTests"], 13, "{submission}");
    let results = submission["testResults"].as_array().unwrap();
    let numbers: Vec<u64> = results
        .iter()
        .map(|result| result["testCaseNumber"].as_u64().unwrap())
        .collect();
    assert!(numbers.iter().copied().eq(1..=13), "{numbers:?}");
}

pub fn is_final(submission: &Value) -> bool {
    matches!(
        submission["status"].as_str(),
        Some("Completed" | "Failed" | "Cancelled")
    )
}

/// A WebSocket.
pub struct Stream(WebSocket<MaybeTlsStream<TcpStream>>);

impl Stream {
    pub fn open(url: &str) -> Self {
        let (socket, _) = tungstenite::connect(url).unwrap();
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        }
        Stream(socket)
    }

    pub fn next(&mut self) -> Value {
        loop {
            match self.0.read().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Returns the next status update of a submission.
    pub fn update_of(&mut self, id: &str) -> Value {
        loop {
            let message = self.next();
            let data = &message["data"];
            if message["type"] == "status_update" && data["submissionId"] == id {
                return message;
            }
        }
    }

    /// Waits until a submission's first test is finished, that is, in the middle of judging.
    pub fn first_test_of(&mut self, id: &str) {
        while self.update_of(id)["data"]["currentTest"] != 1 {}
    }
}
