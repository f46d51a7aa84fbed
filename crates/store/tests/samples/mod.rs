//! Made-up submissions, judgements and packages.
#![allow(dead_code, reason = "each test file uses some of it")]

pub mod postgres;

/// Makes a test of each promise for each backend.
#[allow(
    unused_macros,
    reason = "not every test file is about promises of both"
)]
macro_rules! contract {
    ($($promise:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $promise() {
                let data = tempfile::tempdir().unwrap();
                let store = letscode_store::SqliteStore::open(data.path()).await.unwrap();
                super::$promise(&store).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $promise() {
                let scene = super::samples::postgres::scene().await;
                super::$promise(&scene.store).await;
            })+
        }
    };
}

use std::fs;
use std::path::{Path, PathBuf};

use letscode_model::{
    Judgement, LanguageId, NewSubmission, ProblemDetail, ProblemId, ProblemSummary, SubmissionId,
    TestResult, Trust, UserId, Verdict, VerdictSummary,
};
use letscode_store::{PackageDigest, Store, StoreError};

pub fn submission(user: &str) -> NewSubmission {
    NewSubmission {
        id: SubmissionId::random(),
        user_id: UserId(user.into()),
        problem_id: ProblemId::parse("aplusb").unwrap(),
        language: LanguageId("python".into()),
        code: "print(sum(map(int, input().split())))  # åß∂\n".into(),
        is_custom_test: false,
        run_all: false,
        terms: Default::default(),
    }
}

pub fn judgement(verdict: Verdict) -> Judgement {
    Judgement {
        verdict: VerdictSummary {
            status: verdict,
            passed_tests: 1,
            total_tests: 2,
            max_time: 12.345678901234567,
            max_memory: 12_582_912,
            score: None,
            max_score: None,
        },
        test_results: vec![TestResult {
            test_case_number: 1,
            passed: verdict == Verdict::Accepted,
            verdict,
            execution_time: 12.345678901234567,
            memory_used: 12_582_912,
            wall_time: 0.1 + 0.2,
            is_sample: true,
            message: None,
            denied_call: None,
            activity: None,
        }],
        compiler_output: "note: looks fine".into(),
        internal_error: None,
    }
}

pub fn detail(id: &str) -> ProblemDetail {
    ProblemDetail {
        summary: ProblemSummary {
            id: ProblemId::parse(id).unwrap(),
            title: "A+B".into(),
            time_limit: 1000.0,
            memory_limit: 512 << 20,
            total_tests: 1,
            keywords: vec!["math".into()],
            scoring: false,
            interactive: false,
            code_limit: 128 << 10,
        },
        time_limit_from: ".timelimit".to_owned(),
        statements: vec![],
        statement_files: vec![],
        samples: vec![],
        trust: Trust::default(),
        author: Some("Ada".into()),
        source: None,
        license: None,
    }
}

/// A package folder in a temporary folder of its own.
pub struct Package {
    temporary: tempfile::TempDir,
    pub detail: ProblemDetail,
}

impl Package {
    pub fn of(id: &str) -> Self {
        let package = Package {
            temporary: tempfile::tempdir().unwrap(),
            detail: detail(id),
        };
        package.write("problem.yaml", "name: A+B\n");
        package.write("data/secret/1.in", "1 2\n");
        package.write("data/secret/1.ans", "3\n");
        package
    }

    pub fn parent(&self) -> &Path {
        self.temporary.path()
    }

    pub fn path(&self) -> PathBuf {
        self.parent().join(self.detail.summary.id.as_str())
    }

    fn place(&self, name: &str) -> PathBuf {
        let place = self.path().join(name);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        place
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.place(name), text).unwrap();
    }

    pub fn link(&self, target: &str, name: &str) {
        std::os::unix::fs::symlink(target, self.place(name)).unwrap();
    }

    pub fn fifo(&self, name: &str) {
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        let kind = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, self.place(name), kind, mode, 0).unwrap();
    }

    pub async fn import(&self, store: &dyn Store) -> PackageDigest {
        self.try_import(store).await.unwrap()
    }

    pub async fn try_import(&self, store: &dyn Store) -> Result<PackageDigest, StoreError> {
        store.import_problem(&self.path(), &self.detail).await
    }
}
