//! Where the time goes between `POST /api/submit?wait=true` and its answer.
//!
//! ```sh
//! cargo run --release --example path -- [ROUNDS] [SECRET TESTS]
//! ```
//!
//! The whole service in one process, over loopback, with real cells: a Python program that adds two
//! numbers, on a problem with one sample and four secret tests. It prints each stretch of the way, and how
//! many submissions a second become durable, one at a time and many at once.

#![allow(clippy::unwrap_used, reason = "a measurement may panic")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use async_trait::async_trait;
use letscode_judge::{Engine, HelperCommand, builtin_languages};
use letscode_model::{
    Event, Judgement, LanguageId, NewSubmission, ProblemDetail, ProblemId, ProblemSummary,
    StatusUpdate, Submission, SubmissionId, SubmissionStatus, UserId,
};
use letscode_package::Package;
use letscode_queue::{Delivery, InProcessQueue, Queue, QueueSettings};
use letscode_sandbox::Isolation;
use letscode_server::{AppState, Settings};
use letscode_store::{
    Claim, OpenSubmission, PackageDigest, ProblemPackage, SqliteStore, Store, StoreError,
    SubmissionFilter, SubmissionPage, ToJudge,
};
use letscode_worker::Worker;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

const PROGRAM: &str = "a, b = map(int, input().split())\nprint(a + b)\n";
const USER: &str = "path";

fn main() {
    if std::env::args().nth(1).as_deref() == Some("jail-helper") {
        letscode_sandbox::run_helper().unwrap();
        return;
    }
    let mut numbers = std::env::args().skip(1).map(|word| word.parse().unwrap());
    let rounds = numbers.next().unwrap_or(200);
    let secret = numbers.next().unwrap_or(4);
    // Before the runtime has threads.
    let helper = HelperCommand {
        program: PathBuf::from("/proc/self/exe"),
        args: vec!["jail-helper".to_owned()],
    };
    let mut languages = builtin_languages().unwrap();
    languages.retain(|language| language.id.as_str() == "python");
    let engine = Engine::start(helper, languages, Isolation::default()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(measure(Arc::new(engine), rounds, secret));
}

async fn measure(engine: Arc<Engine>, rounds: usize, secret: usize) {
    let data = tempfile::tempdir().unwrap();
    let sqlite = SqliteStore::open(&data.path().join("data")).await.unwrap();
    import(&sqlite, data.path(), secret).await;
    let store = Arc::new(Timed {
        store: sqlite.clone(),
        inserts: Mutex::default(),
    });
    let queue = Arc::new(InProcessQueue::new(QueueSettings::default()));
    let cores = std::thread::available_parallelism().unwrap().get() as u32;
    let worker = Worker::new(engine, store.clone(), queue.clone(), cores);
    worker.prepare().await.unwrap();
    let (stop, stopped) = watch::channel(false);
    let judging = tokio::spawn(worker.run(stopped));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "http://{}/api/submit?wait=true",
        listener.local_addr().unwrap()
    );
    let state = AppState::new(store.clone(), queue.clone(), Settings::default());
    let serving = tokio::spawn(letscode_server::serve(
        listener,
        state,
        std::future::pending(),
    ));

    let mut stretches: Vec<(String, Vec<f64>)> = Vec::new();
    let agent = ureq::Agent::new_with_defaults();
    for round in 0..rounds + 5 {
        let walked = one(&agent, &url, &*queue, &store).await;
        // The first ones warm up.
        for (at, (name, milliseconds)) in walked.into_iter().enumerate().filter(|_| round >= 5) {
            match stretches.get_mut(at) {
                Some((_, all)) => all.push(milliseconds),
                None => stretches.push((name, vec![milliseconds])),
            }
        }
    }
    println!(
        "{:34} {:>9} {:>9} {:>9}",
        "milliseconds", "median", "p95", "p99"
    );
    for (name, all) in &mut stretches {
        all.sort_by(f64::total_cmp);
        let at = |part: f64| all[((all.len() - 1) as f64 * part) as usize];
        println!(
            "{name:34} {:9.3} {:9.3} {:9.3}",
            at(0.5),
            at(0.95),
            at(0.99)
        );
    }
    stop.send(true).unwrap();
    judging.await.unwrap();
    serving.abort();
    writes(&sqlite).await;
}

/// One submission, as the stretches of its way with their milliseconds.
async fn one(
    agent: &ureq::Agent,
    url: &str,
    queue: &dyn Queue,
    store: &Timed,
) -> Vec<(String, f64)> {
    let user = UserId(USER.to_owned());
    let mut events = queue.subscribe(&user, None).await.unwrap();
    let (agent, url) = (agent.clone(), url.to_owned());
    let posting = tokio::task::spawn_blocking(move || {
        let body = json!({
            "code": PROGRAM, "language": "python", "problemId": "five", "userId": USER,
        });
        let begun = Instant::now();
        let mut answer = agent.post(url).send_json(body).unwrap();
        let answer: Value = answer.body_mut().read_json().unwrap();
        (begun, Instant::now(), answer)
    });
    let mut marks: Vec<(StatusUpdate, Instant)> = Vec::new();
    while marks
        .last()
        .is_none_or(|(update, _)| !update.status.is_final())
    {
        let delivery = events.next().await.unwrap();
        if let Delivery::Event { event, .. } = delivery
            && let Event::StatusUpdate(update) = &*event
        {
            marks.push((update.clone(), Instant::now()));
        }
    }
    let (begun, answered, answer) = posting.await.unwrap();
    assert_eq!(answer["verdict"]["status"], "Accepted", "{answer}");
    let (insert_begun, inserted) = store.inserts.lock().unwrap().pop().unwrap();
    let when = |status: SubmissionStatus| {
        let first = marks.iter().find(|(update, _)| update.status == status);
        first.unwrap().1
    };
    let (compiling, running) = (
        when(SubmissionStatus::Compiling),
        when(SubmissionStatus::Running),
    );
    let judged = when(SubmissionStatus::Completed);
    let ms = |from: Instant, to: Instant| to.saturating_duration_since(from).as_secs_f64() * 1e3;
    let mut walked = vec![
        ("request to admission".to_owned(), ms(begun, insert_begun)),
        ("durable write".to_owned(), ms(insert_begun, inserted)),
        ("queue, lease, reading".to_owned(), ms(inserted, compiling)),
        ("compile (syntax check)".to_owned(), ms(compiling, running)),
    ];
    let mut before = running;
    let mut own = 0.0;
    for (update, at) in &marks {
        if let Some(result) = &update.test_result {
            let number = result.test_case_number;
            walked.push((format!("until test {number} is told"), ms(before, *at)));
            own += result.wall_time;
            before = *at;
        }
    }
    walked.push(("judgement written and told".to_owned(), ms(before, judged)));
    walked.push(("told to answered".to_owned(), ms(judged, answered)));
    walked.push(("whole".to_owned(), ms(begun, answered)));
    walked.push(("all runs, their own wall times".to_owned(), own));
    walked.push((
        "all runs, from first to last".to_owned(),
        ms(running, before),
    ));
    walked
}

/// A package with one sample and so many secret tests.
async fn import(store: &SqliteStore, folder: &Path, secret: usize) {
    let package = folder.join("five");
    let write = |name: &str, text: String| {
        let path = package.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("problem.yaml", "name: Five\n".to_owned());
    write(".timelimit", "1\n".to_owned());
    for number in 0..=secret {
        let group = if number == 0 { "sample" } else { "secret" };
        write(
            &format!("data/{group}/{number}.in"),
            format!("{number} 1\n"),
        );
        write(
            &format!("data/{group}/{number}.ans"),
            format!("{}\n", number + 1),
        );
    }
    let detail = Package::load(&package).unwrap().detail();
    store.import_problem(&package, &detail).await.unwrap();
}

/// How many submissions a second become durable.
async fn writes(store: &SqliteStore) {
    const COUNT: usize = 2048;
    for at_once in [1, 8, 64] {
        let begun = Instant::now();
        let mut clients = JoinSet::new();
        for _ in 0..at_once {
            let store = store.clone();
            clients.spawn(async move {
                for _ in 0..COUNT / at_once {
                    store.insert_submission(&submission()).await.unwrap();
                }
            });
        }
        clients.join_all().await;
        let rate = COUNT as f64 / begun.elapsed().as_secs_f64();
        println!("durable submissions a second, {at_once:2} at once: {rate:8.0}");
    }
}

fn submission() -> NewSubmission {
    NewSubmission {
        id: SubmissionId::random(),
        user_id: UserId(USER.to_owned()),
        problem_id: ProblemId::parse("five").unwrap(),
        language: LanguageId("python".to_owned()),
        code: PROGRAM.to_owned(),
        is_custom_test: false,
    }
}

/// A store that notes when a submission came to it and when it was durable.
struct Timed {
    store: SqliteStore,
    inserts: Mutex<Vec<(Instant, Instant)>>,
}

#[async_trait]
impl Store for Timed {
    async fn insert_submission(&self, new: &NewSubmission) -> Result<(), StoreError> {
        let begun = Instant::now();
        let inserted = self.store.insert_submission(new).await;
        self.inserts.lock().unwrap().push((begun, Instant::now()));
        inserted
    }

    async fn insert_claimed(&self, new: &NewSubmission, claim: &Claim) -> Result<(), StoreError> {
        self.store.insert_claimed(new, claim).await
    }

    async fn is_believed(&self, user: &UserId) -> Result<bool, StoreError> {
        self.store.is_believed(user).await
    }

    async fn submission(&self, id: SubmissionId) -> Result<Option<Submission>, StoreError> {
        self.store.submission(id).await
    }

    async fn new_submission(&self, id: SubmissionId) -> Result<Option<NewSubmission>, StoreError> {
        self.store.new_submission(id).await
    }

    async fn to_judge(&self, id: SubmissionId) -> Result<Option<ToJudge>, StoreError> {
        self.store.to_judge(id).await
    }

    async fn set_status(
        &self,
        id: SubmissionId,
        status: SubmissionStatus,
    ) -> Result<bool, StoreError> {
        self.store.set_status(id, status).await
    }

    async fn finish(&self, id: SubmissionId, judgement: &Judgement) -> Result<bool, StoreError> {
        self.store.finish(id, judgement).await
    }

    async fn open_submissions(&self) -> Result<Vec<OpenSubmission>, StoreError> {
        self.store.open_submissions().await
    }

    async fn list_submissions(
        &self,
        filter: &SubmissionFilter,
    ) -> Result<SubmissionPage, StoreError> {
        self.store.list_submissions(filter).await
    }

    async fn import_problem(
        &self,
        folder: &Path,
        detail: &ProblemDetail,
    ) -> Result<PackageDigest, StoreError> {
        self.store.import_problem(folder, detail).await
    }

    async fn problems(&self) -> Result<Vec<ProblemSummary>, StoreError> {
        self.store.problems().await
    }

    async fn problem(&self, id: &ProblemId) -> Result<Option<ProblemDetail>, StoreError> {
        self.store.problem(id).await
    }

    async fn problem_package(&self, id: &ProblemId) -> Result<Option<ProblemPackage>, StoreError> {
        self.store.problem_package(id).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }
}
