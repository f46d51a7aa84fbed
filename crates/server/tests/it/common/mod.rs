//! A server with a real store and queue, and a consumer in place of the worker: it runs no code, and
//! decides by a word in it.
#![allow(dead_code, reason = "each test file uses some of it")]

mod contract;
pub mod people;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use letscode_model::{
    EditorInfo, Event, Job, Judgement, JudgementKey, LanguageId, LanguageInfo, LanguageStatus,
    NewSubmission, ProblemDetail, ProblemId, ProblemSample, ProblemSummary, RunOutcome, RunReport,
    RunSpec, StageReport, Statement, StatementFormat, StatusUpdate, SubmissionId, SubmissionStatus,
    TestResult, TestRunReport, Trust, Verdict, VerdictSummary,
};
use letscode_queue::{
    Broker, EventStream, InProcessBroker, JobQueue, QueueSettings, Replies, WorkerInfo,
    WorkerRegistry,
};
use letscode_server::{AppState, ServerSettings, router};
use letscode_store::{SqliteStore, Store};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt;

pub const TESTS: u32 = 3;

pub struct TestServer {
    data: tempfile::TempDir,
    pub store: Arc<SqliteStore>,
    pub queue: InProcessBroker,
    pub state: AppState,
}

impl TestServer {
    pub async fn start() -> Self {
        Self::with(ServerSettings::default(), QueueSettings::default()).await
    }

    pub async fn with(settings: ServerSettings, queue: QueueSettings) -> Self {
        let data = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(&data.path().join("data")).await.unwrap());
        let package = data.path().join("aplusb");
        std::fs::create_dir(&package).unwrap();
        std::fs::write(package.join("problem.yaml"), "name: A+B\n").unwrap();
        store.import_problem(&package, &problem()).await.unwrap();
        let queue = InProcessBroker::new(queue);
        let state = AppState::new(store.clone(), Broker::new(queue.clone()), settings);
        TestServer {
            data,
            store,
            queue,
            state,
        }
    }

    /// Starts another server on the same store and queue.
    pub fn restarted(self, settings: ServerSettings) -> Self {
        let broker = Broker::new(self.queue.clone());
        let state = AppState::new(self.store.clone(), broker, settings);
        TestServer { state, ..self }
    }

    /// Announces a worker without starting one.
    pub async fn withdraw_worker(&self) {
        self.queue.withdraw("test").await.unwrap();
    }

    pub async fn announce_worker(&self) {
        let language = |id: &str, name: &str, status, detail: Option<&str>| LanguageInfo {
            id: LanguageId(id.into()),
            name: name.into(),
            version: "1.0".into(),
            status,
            extensions: vec![],
            aliases: vec![],
            compiled: false,
            compile_options: Vec::new(),
            editor: EditorInfo::default(),
            peers: Default::default(),
            detail: detail.map(str::to_owned),
        };
        let worker = WorkerInfo {
            id: "test".into(),
            languages: vec![
                language("python", "Python", LanguageStatus::Available, None),
                language(
                    "rust",
                    "Rust",
                    LanguageStatus::Missing,
                    Some("no rustc on the path; install rustc"),
                ),
            ],
            capacity: 1,
        };
        self.queue.announce(worker).await.unwrap();
    }

    pub async fn start_worker(&self) {
        self.announce_worker().await;
        tokio::spawn(fake_worker(self.store.clone(), self.queue.clone()));
    }

    pub fn router(&self) -> Router {
        router(self.state.clone())
    }

    /// Sends a request, whose answer must be one that the OpenAPI document has.
    pub async fn call(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        };
        contract::assert_documented(&method, &path, &answer);
        answer
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    pub async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("content-type", "application/json")
            .body(body.into())
            .unwrap();
        self.call(request).await
    }

    pub async fn submit(&self, code: &str) -> SubmissionId {
        let answer = self.post("/api/submit", submission(code).to_string()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        serde_json::from_value(answer.json()["submissionId"].clone()).unwrap()
    }

    /// Serves on a free loopback port until the test ends or the sender is used.
    pub async fn listen(&self) -> (String, tokio::sync::oneshot::Sender<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let shutdown = async { drop(stopped.await) };
        tokio::spawn(letscode_server::serve(
            listener,
            self.state.clone(),
            shutdown,
        ));
        (address, stop)
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

pub fn submission(code: &str) -> Value {
    json!({
        "code": code, "language": "python", "problemId": "aplusb", "userId": "ada",
        "isCustomTest": false,
    })
}

pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), future)
        .await
        .expect("in time")
}

pub fn problem() -> ProblemDetail {
    ProblemDetail {
        summary: ProblemSummary {
            id: ProblemId::parse("aplusb").unwrap(),
            title: "A+B".into(),
            time_limit: 1000.0,
            memory_limit: 512 << 20,
            total_tests: TESTS,
            keywords: vec![],
            scoring: false,
            interactive: false,
            code_limit: 128 << 10,
        },
        time_limit_from: ".timelimit".to_owned(),
        statements: vec![Statement {
            language: "en".into(),
            format: StatementFormat::Markdown,
            text: "Add two numbers.".into(),
        }],
        statement_files: vec![],
        samples: vec![ProblemSample {
            name: "1".into(),
            input: "1 2\n".into(),
            output: "3\n".into(),
            interaction: false,
        }],
        trust: Trust::default(),
        author: None,
        source: None,
        license: None,
    }
}

/// Judges until it is dropped. Code that contains `slow` never finishes, code with `wrong` is wrong.
async fn fake_worker(store: Arc<SqliteStore>, queue: InProcessBroker) {
    loop {
        let lease = queue.lease().await.unwrap();
        match lease.job.clone() {
            Job::Judge {
                submission_id,
                judgement,
                ..
            } => {
                let new = store.new_submission(submission_id).await.unwrap().unwrap();
                if new.code.contains("slow") {
                    continue;
                }
                judge(&*store, &queue, &new, judgement).await;
            }
            Job::Run { id, spec, .. } => {
                if !spec.files[0].content.to_text().contains("slow") {
                    queue.publish_report(id, echo(&spec)).await.unwrap();
                }
            }
        }
        queue.ack(lease.id).await.unwrap();
    }
}

/// A report of a program that writes its input.
fn echo(spec: &RunSpec) -> RunReport {
    let stage = StageReport {
        outcome: RunOutcome::Exited,
        exit_code: Some(0),
        stdout: spec.stdin.clone(),
        execution_time: 1.5,
        wall_time: 2.5,
        memory_used: 4096,
        ..StageReport::sandbox_error("")
    };
    let run = TestRunReport {
        name: None,
        stage,
        verdict: None,
        message: None,
        files: Vec::new(),
        denied_check: None,
    };
    RunReport {
        compile: None,
        runs: vec![run; spec.run_count()],
        verdict: None,
        error: None,
    }
}

async fn judge(store: &dyn Store, queue: &dyn EventStream, new: &NewSubmission, number: u32) {
    let update = |status, test_result: Option<TestResult>, verdict| {
        Event::StatusUpdate(StatusUpdate {
            submission_id: new.id,
            judgement: number,
            status,
            current_test: test_result.as_ref().map(|test| test.test_case_number),
            test_result,
            verdict,
        })
    };
    for status in [SubmissionStatus::Compiling, SubmissionStatus::Running] {
        store.set_status(new.id, status).await.unwrap();
        queue
            .publish(&new.user_id, update(status, None, None))
            .await
            .unwrap();
    }
    let mut results = Vec::new();
    for number in 1..=TESTS {
        let result = test_result(number);
        results.push(result.clone());
        let event = update(SubmissionStatus::Running, Some(result), None);
        queue.publish(&new.user_id, event).await.unwrap();
    }
    let judgement = Judgement {
        verdict: VerdictSummary {
            status: if new.code.contains("wrong") {
                Verdict::WrongAnswer
            } else {
                Verdict::Accepted
            },
            passed_tests: TESTS,
            total_tests: TESTS,
            max_time: 45.0,
            max_memory: 12_582_912,
            score: None,
            max_score: None,
        },
        test_results: results,
        compiler_output: String::new(),
        internal_error: None,
    };
    let key = JudgementKey {
        submission_id: new.id,
        number,
    };
    store.finish_judgement(key, None, &judgement).await.unwrap();
    let last = update(SubmissionStatus::Completed, None, Some(judgement.verdict));
    queue.publish(&new.user_id, last).await.unwrap();
}

fn test_result(number: u32) -> TestResult {
    TestResult {
        test_case_number: number,
        passed: true,
        verdict: Verdict::Accepted,
        execution_time: 45.0,
        memory_used: 12_582_912,
        wall_time: 50.0,
        is_sample: number == 1,
        message: None,
        denied_call: None,
        activity: None,
    }
}
