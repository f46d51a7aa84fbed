//! Who may do what: each operation of the OpenAPI document as each kind of caller, compared with the
//! table in docs/API.md. A new operation without a row fails.
//!
//! `LETSCODE_REWRITE=1` writes the table as it is; whoever does that reads the difference.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::StatusCode;
use letscode_model::{
    Account, AccountIdentity, JobId, Judgement, KeptRun, KeyOwner, KeyScope, LanguageId,
    NewSubmission, ProblemDetail, ProblemId, RandomSecret, Role, RunStatus, SecretHash,
    ShareHolder, SubmissionId, TextEncoding, UserId, Verdict, VerdictSummary,
};
use letscode_queue::Replies;
use letscode_server::{AuthMode, openapi};
use letscode_store::{
    AccessStore, IdentityStore, KeyStore, NewKey, NewSession, SessionStore, Store,
};
use serde_json::Value;

use crate::common::people::{PASSWORD, account, as_page, key, namespace, send, started};
use crate::common::{Answer, TestServer, problem};

/// The callers, as the table's columns name them. Submissions, runs and keys of accounts are the
/// owner's; problems are the setter's. For a back end they are those of a user that it vouches for.
const COLUMNS: [&str; 10] = [
    "nobody",
    "link",
    "other user",
    "owner",
    "other setter",
    "its setter",
    "admin",
    "other back end",
    "its back end",
    "no scope",
];

const ALL_SCOPES: [KeyScope; 3] = [KeyScope::Run, KeyScope::Submit, KeyScope::Read];

struct Cast {
    server: TestServer,
    accounts: BTreeMap<&'static str, Account>,
    keys: BTreeMap<&'static str, String>,
}

impl Cast {
    async fn start() -> Cast {
        let server = started(AuthMode::Accounts).await;
        let mut accounts = BTreeMap::new();
        for (column, name, role) in [
            ("other user", "bob", Role::User),
            ("owner", "ada", Role::User),
            ("other setter", "carl", Role::Setter),
            ("its setter", "dora", Role::Setter),
            ("admin", "root", Role::Admin),
        ] {
            accounts.insert(column, account(&server, name, role).await);
        }
        let mut keys = BTreeMap::new();
        for (column, owner, scopes) in [
            ("other back end", "grader", ALL_SCOPES.as_slice()),
            ("its back end", "moodle", ALL_SCOPES.as_slice()),
            ("no scope", "moodle", &[]),
        ] {
            keys.insert(column, key(&server, namespace(owner), scopes).await);
        }
        Cast {
            server,
            accounts,
            keys,
        }
    }

    /// User that things belong to in the requests of a column.
    fn owner(&self, column: &str) -> UserId {
        if self.keys.contains_key(column) {
            UserId("moodle/ada".to_owned())
        } else {
            self.accounts["owner"].id.clone()
        }
    }

    async fn add_problem(&self) -> ProblemId {
        let id = ProblemId::parse(&format!("p{}", &SubmissionId::random().to_string()[..8]));
        let id = id.unwrap();
        let setter = ShareHolder::Account(self.accounts["its setter"].id.clone());
        let store = &self.server.store;
        assert!(store.claim_problem(&id, &setter).await.unwrap());
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join(id.as_str());
        std::fs::create_dir(&package).unwrap();
        std::fs::write(package.join("problem.yaml"), "name: A+B\n").unwrap();
        let mut detail: ProblemDetail = problem();
        detail.summary.id = id.clone();
        store.import_problem(&package, &detail).await.unwrap();
        id
    }

    /// Adds a submission that was judged, and a link to it.
    async fn add_submission(&self, owner: &UserId, problem: &ProblemId) -> (SubmissionId, String) {
        let new = NewSubmission {
            id: SubmissionId::random(),
            user_id: owner.clone(),
            problem_id: problem.clone(),
            language: LanguageId("python".into()),
            code: "print(1)".into(),
            is_custom_test: false,
            run_all: false,
            terms: Default::default(),
        };
        let store = &self.server.store;
        store.insert_submission(&new).await.unwrap();
        let verdict = VerdictSummary {
            status: Verdict::Accepted,
            passed_tests: 1,
            total_tests: 1,
            max_time: 1.0,
            max_memory: 1,
            score: None,
            max_score: None,
        };
        let judgement = Judgement {
            verdict,
            test_results: vec![],
            compiler_output: String::new(),
            internal_error: None,
        };
        store.finish(new.id, &judgement).await.unwrap();
        let link = RandomSecret::new();
        store.add_link(new.id, &link.hash()).await.unwrap();
        (new.id, link.as_text().to_owned())
    }

    async fn add_run(&self, owner: &UserId) -> JobId {
        let run = KeptRun {
            id: JobId::random(),
            status: RunStatus::Running,
            encoding: TextEncoding::default(),
            report: None,
        };
        let keep = self
            .server
            .queue
            .keep_run(owner, &run, Duration::from_secs(60), Duration::ZERO);
        keep.await.unwrap();
        run.id
    }

    /// Links an identity to the owner's account, unless it is there.
    async fn link_identity(&self) -> String {
        let identity = AccountIdentity {
            issuer: "https://login.example".into(),
            subject: "7".into(),
        };
        let owner = &self.accounts["owner"].id;
        let linked = self.server.store.link_identity(owner, &identity).await;
        linked.unwrap();
        let hash = SecretHash::of(&format!("{} {}", identity.issuer, identity.subject));
        hash.as_str()[..16].to_owned()
    }

    async fn add_own_key(&self) -> String {
        let owner = &self.accounts["owner"].id;
        for key in self.server.store.keys(Some(owner)).await.unwrap() {
            // Those of earlier cells: an account has at most 50.
            self.server.store.revoke_key(key.id).await.unwrap();
        }
        let new = NewKey {
            hash: RandomSecret::new_key().hash(),
            name: "mine".into(),
            owner: KeyOwner::Account(owner.clone()),
            scopes: [KeyScope::Run].into(),
            quota: None,
            expires_at: None,
        };
        self.server
            .store
            .add_key(&new)
            .await
            .unwrap()
            .unwrap()
            .id
            .to_string()
    }

    /// Returns the path of an operation with things that are there, and the parameters that it needs.
    async fn address(&self, path: &str, column: &str) -> String {
        let owner = self.owner(column);
        let problem = self.add_problem().await;
        let (submission, link) = self.add_submission(&owner, &problem).await;
        let id = match path.split('/').nth(2).unwrap_or_default() {
            "submission" => submission.to_string(),
            "run" => self.add_run(&owner).await.to_string(),
            "problems" => problem.to_string(),
            "account" if path.contains("/identities") => self.link_identity().await,
            "account" => self.add_own_key().await,
            "admin" => self.accounts["owner"].id.to_string(),
            _ => String::new(),
        };
        let address = path.replace("{id}", &id).replace("{name}", "ada");
        let address = address.replace("{file}", "picture.png");
        let address = address.replace("{user}", &self.accounts["owner"].id.0);
        assert!(
            !address.contains('{'),
            "{path}: say what stands in its place"
        );
        let mut query = Vec::new();
        if path == "/ws" {
            query.push(format!("submissionId={submission}"));
        }
        if column == "link" && (path == "/ws" || path.starts_with("/api/submission/")) {
            query.push(format!("link={link}"));
        }
        if query.is_empty() {
            address
        } else {
            format!("{address}?{}", query.join("&"))
        }
    }

    async fn call(&self, method: &str, path: &str, column: &str) -> Answer {
        let mut address = self.address(path, column).await;
        if method == "delete" && path == "/api/submission/{id}" {
            address += if address.contains('?') { "&" } else { "?" };
            address += "cancel=true";
        }
        let method = method.to_uppercase();
        let call = (method.as_str(), address.as_str());
        if let Some(account) = self.accounts.get(column) {
            let secret = RandomSecret::new();
            let session = NewSession {
                hash: secret.hash(),
                account: account.id.clone(),
                expires_at: i64::MAX,
            };
            self.server.store.add_session(&session).await.unwrap();
            let cookie = format!("letscode_session={}", secret.as_text());
            let body = if path.contains("/identities/") {
                serde_json::json!({"password": PASSWORD})
            } else {
                Value::Null
            };
            return as_page(&self.server, call, &cookie, &body).await;
        }
        let bearer = self.keys.get(column).map(|key| format!("Bearer {key}"));
        let headers = bearer.as_deref().map(|bearer| ("authorization", bearer));
        send(&self.server, call, headers.as_slice(), &Value::Null).await
    }
}

/// True for each column that may call an operation. What is answered as not there is denied, if it is
/// there for others.
async fn allowed(cast: &Cast, method: &str, path: &str) -> Vec<bool> {
    let mut statuses = Vec::new();
    for column in COLUMNS {
        statuses.push(cast.call(method, path, column).await.status);
    }
    let is_refused =
        |status: &StatusCode| [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(status);
    let exists = |status: &StatusCode| !is_refused(status) && *status != StatusCode::NOT_FOUND;
    let exists_for_some = statuses.iter().any(exists);
    statuses
        .iter()
        .map(|status| exists(status) || (!is_refused(status) && !exists_for_some))
        .collect()
}

fn document() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/API.md")
}

const HEADING: &str = "| Operation | ";

/// Reads the table: each operation with the cells of its row.
fn documented(text: &str) -> BTreeMap<String, String> {
    let table = text.lines().skip_while(|line| !line.starts_with(HEADING));
    let rows = table.skip(2).take_while(|line| line.starts_with('|'));
    rows.filter_map(|row| {
        let (call, cells) = row.trim_matches('|').split_once('|')?;
        Some((call.trim().trim_matches('`').to_owned(), cells.to_owned()))
    })
    .collect()
}

fn table(rows: &BTreeMap<String, String>) -> String {
    let mut table = format!("{HEADING}{} |\n|---|", COLUMNS.join(" | "));
    table += &"---|".repeat(COLUMNS.len());
    for (call, cells) in rows {
        let _ = write!(table, "\n| `{call}` |{cells}|");
    }
    table
}

#[tokio::test]
async fn each_caller_may_do_what_the_table_says() {
    let cast = Cast::start().await;
    let mut actual = BTreeMap::new();
    let document_of_api = openapi();
    for (path, item) in document_of_api["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let cells = allowed(&cast, method, path).await;
            let cells = cells
                .iter()
                .map(|is_allowed| if *is_allowed { " ✓ " } else { " – " });
            let call = format!("{} {path}", method.to_uppercase());
            actual.insert(call, cells.collect::<Vec<_>>().join("|"));
        }
    }
    let text = std::fs::read_to_string(document()).unwrap();
    let expected = documented(&text);
    if std::env::var_os("LETSCODE_REWRITE").is_some() {
        let changed = text.replace(&table(&expected), &table(&actual));
        std::fs::write(document(), changed).unwrap();
        return;
    }
    for (call, cells) in &actual {
        let row = expected.get(call);
        let row = row.unwrap_or_else(|| panic!("{call} is not in the table of docs/API.md"));
        assert_eq!(row, cells, "{call}: documented, and as it is; {COLUMNS:?}");
    }
    let unknown = expected.keys().find(|call| !actual.contains_key(*call));
    assert_eq!(unknown, None, "in the table, and not in the document");
    println!("{} cells", actual.len() * COLUMNS.len());
}
