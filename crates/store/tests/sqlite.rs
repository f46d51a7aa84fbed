//! The store of one machine: its folder, its locks, its sweeping.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod samples;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use letscode_model::{ProblemId, SubmissionStatus, UserSecret, Verdict};
use letscode_store::{ClientVerdict, SqliteStore, Store, StoreError, SubmissionFilter};
use samples::{Package, judgement, submission};

async fn open(data: &Path) -> SqliteStore {
    SqliteStore::open(data).await.unwrap()
}

#[tokio::test]
async fn the_data_folder_is_made_for_its_owner_only() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("deep/data");
    open(&data).await;
    let mode = std::fs::metadata(&data).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn only_one_serves_but_others_may_import() {
    let data = tempfile::tempdir().unwrap();
    let serving = open(data.path()).await;
    let lock = serving.lock_for_serving().await.unwrap();

    let second = open(data.path()).await;
    let refused = second.lock_for_serving().await.unwrap_err();
    assert!(matches!(refused, StoreError::AlreadyServed { .. }));
    assert!(
        refused.to_string().contains("in use by another"),
        "{refused}"
    );
    Package::of("aplusb").import(&second).await;
    assert_eq!(serving.problems().await.unwrap().len(), 1);

    drop(lock);
    second.lock_for_serving().await.unwrap();
}

#[tokio::test]
async fn stored_data_survives_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let new = submission("ada");
    {
        let store = open(data.path()).await;
        Package::of("aplusb").import(&store).await;
        store.insert_submission(&new).await.unwrap();
        store
            .set_status(new.id, SubmissionStatus::Running)
            .await
            .unwrap();
        // No close: a process that is killed does not close either.
    }
    let store = open(data.path()).await;
    let open = store.open_submissions().await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].id, &open[0].user_id), (new.id, &new.user_id));
    // How far judging had come is not kept, and it can be told anew.
    let status = store.submission(new.id).await.unwrap().unwrap().status;
    assert_eq!(status, SubmissionStatus::Queued);
    assert!(
        store
            .set_status(new.id, SubmissionStatus::Compiling)
            .await
            .unwrap()
    );
    assert!(
        store
            .finish(new.id, &judgement(Verdict::Accepted))
            .await
            .unwrap()
    );
    store.close().await;
}

#[tokio::test]
async fn distrust_survives_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let new = submission("liar");
    {
        let store = open(data.path()).await;
        Package::of("aplusb").import(&store).await;
        let claim = ClientVerdict::Unverified(judgement(Verdict::Accepted).verdict);
        store.insert_client_result(&new, &claim).await.unwrap();
    }
    // The claim outlives the process that took it.
    let store = open(data.path()).await;
    let wrong = judgement(Verdict::WrongAnswer);
    assert!(store.finish(new.id, &wrong).await.unwrap());
    drop(store);
    let store = open(data.path()).await;
    assert!(!store.is_trusted(&new.user_id).await.unwrap());
}

#[tokio::test]
async fn old_trees_go_only_when_nobody_serves() {
    let data = tempfile::tempdir().unwrap();
    let store = open(data.path()).await;
    let package = Package::of("aplusb");
    package.import(&store).await;
    let id = ProblemId::parse("aplusb").unwrap();
    let dir = async |store: &SqliteStore| -> PathBuf {
        store.problem_package(&id).await.unwrap().unwrap().dir
    };
    let old = dir(&store).await;
    package.write("data/secret/2.in", "5 6\n");
    package.import(&store).await;
    let half_done = data.path().join("packages/.building-killed/aplusb");
    std::fs::create_dir_all(&half_done).unwrap();
    open(data.path()).await;
    assert!(old.exists() && half_done.exists(), "opening does not sweep");

    let _lock = store.lock_for_serving().await.unwrap();
    assert!(!old.exists() && !half_done.exists());
    assert!(dir(&store).await.join("data/secret/2.in").exists());
}

#[tokio::test]
async fn a_refused_package_leaves_nothing_behind() {
    let data = tempfile::tempdir().unwrap();
    let store = open(data.path()).await;
    let package = Package::of("aplusb");
    package.link("/etc/hostname", "data/secret/2.in");
    package.try_import(&store).await.unwrap_err();
    let left = std::fs::read_dir(data.path().join("packages"))
        .unwrap()
        .count();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn many_write_and_read_at_once() {
    let data = tempfile::tempdir().unwrap();
    let store = open(data.path()).await;
    let other_process = open(data.path()).await;
    Package::of("aplusb").import(&store).await;
    let mut writers = tokio::task::JoinSet::new();
    for index in 0..40 {
        let store = if index % 2 == 0 {
            store.clone()
        } else {
            other_process.clone()
        };
        writers.spawn(async move {
            let new = submission("ada");
            store.insert_submission(&new).await.unwrap();
            store.submission(new.id).await.unwrap().unwrap();
            store
                .finish(new.id, &judgement(Verdict::Accepted))
                .await
                .unwrap()
        });
    }
    assert!(writers.join_all().await.into_iter().all(|first| first));
    assert_eq!(store.open_submissions().await.unwrap(), []);
}

#[tokio::test]
async fn no_page_is_found_by_reading_every_submission() {
    let data = tempfile::tempdir().unwrap();
    open(data.path()).await.close().await;
    let url = format!("sqlite://{}", data.path().join("letscode.db").display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    let page = "EXPLAIN QUERY PLAN SELECT s.id, j.verdict FROM submissions s \
        LEFT JOIN judgements j ON j.submission = s.number WHERE 1";
    for (query, index) in [
        (format!("{page} AND s.user_id = 'u' AND s.number < 9 ORDER BY s.number DESC"), "submissions_of_user"),
        (format!("{page} AND s.user_id = 'u' AND s.problem_id = 'p' ORDER BY s.number DESC"), "submissions_of_user_to_problem"),
        (format!("{page} AND s.problem_id = 'p' ORDER BY s.number DESC"), "submissions_to_problem"),
        ("EXPLAIN QUERY PLAN SELECT id FROM submissions WHERE status IN ('Queued', 'Compiling', 'Running') ORDER BY number".into(), "open_submissions"),
        ("EXPLAIN QUERY PLAN SELECT EXISTS (SELECT 1 FROM submissions WHERE rejudge_due = 1 AND status IN ('Completed', 'Failed'))".into(), "due_rejudges"),
    ] {
        let rows: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(query.clone())).fetch_all(&pool).await.unwrap();
        let plan: String = rows.into_iter().map(|row| row.3 + "\n").collect();
        assert!(plan.contains(&format!("INDEX {index} ")) || plan.contains(&format!("INDEX {index}\n")), "{query}\n{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{query}\n{plan}");
    }
}

/// The page's users were known by an id that nobody else could guess. It is their secret now.
#[tokio::test]
async fn submissions_of_old_ids_move_to_public_ids() {
    let data = tempfile::tempdir().unwrap();
    let store = open(data.path()).await;
    Package::of("aplusb").import(&store).await;
    let old = "web-0b6f1c1e-5d0f-4c3a-9c67-0d2f8f6d3a11";
    let new = submission(old);
    store.insert_submission(&new).await.unwrap();
    let public = UserSecret::from_old_user_id(old).unwrap().public_id();
    // Even before the next start, nobody sees the secret.
    let shown = store.submission(new.id).await.unwrap().unwrap();
    assert_eq!(shown.user_id, public);
    store.close().await;

    let store = open(data.path()).await;
    let filter = SubmissionFilter {
        user_id: Some(public.clone()),
        ..SubmissionFilter::default()
    };
    let page = store.list_submissions(&filter).await.unwrap();
    let owners = page.submissions.iter().map(|s| (s.id, s.user_id.clone()));
    assert_eq!(owners.collect::<Vec<_>>(), [(new.id, public)]);
}
