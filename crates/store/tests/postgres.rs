//! The store of many machines: migrations, indexes, packages that travel.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod samples;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use letscode_model::{ProblemId, SubmissionId, SubmissionStatus, UserId, Verdict};
use letscode_store::{MigrationState, PostgresStore, Store, StoreError, SubmissionFilter};
use letscode_test_servers::PostgresServer;
use samples::postgres::{CACHE, machine, scene, scene_with};
use samples::{Package, judgement, submission};
use sqlx::{Connection, PgConnection};

fn aplusb() -> ProblemId {
    ProblemId::parse("aplusb").unwrap()
}

async fn package_of(store: &PostgresStore) -> PathBuf {
    let package = store.problem_package(&aplusb()).await.unwrap();
    package.unwrap().dir
}

#[tokio::test]
async fn many_processes_may_start_on_an_empty_database_at_once() {
    let server = PostgresServer::start();
    let pending = PostgresStore::migrations(&server.url()).await.unwrap();
    assert!(!pending.is_empty());
    assert!(
        pending
            .iter()
            .all(|migration| migration.state == MigrationState::Pending)
    );
    let starting = (0..8).map(|_| machine(&server, CACHE));
    let machines = futures_util::future::join_all(starting).await;
    for (_, store) in &machines {
        store.ping().await.unwrap();
    }
    let applied = PostgresStore::migrations(&server.url()).await.unwrap();
    assert_eq!(applied.len(), pending.len());
    assert!(
        applied
            .iter()
            .all(|migration| migration.state == MigrationState::Applied)
    );
}

/// Statements by which version 0.1 ends a judgement.
const OLD_FINISH: &str = "WITH closed AS ( \
         UPDATE submissions SET status = $2, is_open = false \
         WHERE id = $1 AND is_open RETURNING number, user_id) \
     INSERT INTO judgements (submission, verdict, test_results, compiler_output, \
         internal_error, judged_at) \
     SELECT number, $3, '[]', '', NULL, 7 FROM closed";
/// Statements by which version 0.1 inserts the trusted result of a client.
const OLD_TRUSTED: &str = "WITH submission AS ( \
         INSERT INTO submissions (id, user_id, problem_id, language, is_custom_test, created_at, \
             status, is_open) \
         VALUES ($1, 'ada', 'aplusb', 'python', false, 1, $2, false) RETURNING number), \
     source AS (INSERT INTO sources (submission, code) SELECT number, 'x' FROM submission) \
     INSERT INTO judgements (submission, verdict, test_results, compiler_output, \
         internal_error, judged_at, verified_by) \
     SELECT number, $3, '[]', '', NULL, 7, 'client' FROM submission";

/// Workers are replaced one after the other, and the old ones judge meanwhile.
#[tokio::test]
async fn judgements_of_old_processes_are_numbered() {
    let scene = scene().await;
    let store = &scene.store;
    Package::of("aplusb").import(store).await;
    let mut connection = PgConnection::connect(&scene.server.url()).await.unwrap();
    let mut write = async |sql: &'static str, id: SubmissionId, verdict: Verdict| {
        let verdict = judgement(verdict).verdict;
        let written = sqlx::query(sql)
            .bind(id.0)
            .bind(verdict.status.final_status().as_str())
            .bind(serde_json::to_string(&verdict).unwrap())
            .execute(&mut connection)
            .await;
        assert_eq!(written.unwrap().rows_affected(), 1);
    };
    let shown = async |id: SubmissionId, count: usize, verdict: Verdict| {
        let read = store.submission(id).await.unwrap().unwrap();
        assert_eq!(read.status, verdict.final_status());
        assert_eq!(read.verdict.unwrap().status, verdict);
        let last = read.judgements.last().unwrap();
        assert_eq!(
            (read.judgements.len(), last.number as usize),
            (count, count)
        );
        assert_eq!(last.status, verdict.final_status());
    };
    for (sql, verdict) in [
        (OLD_FINISH, Verdict::WrongAnswer),
        (OLD_FINISH, Verdict::InternalError),
        (OLD_TRUSTED, Verdict::Accepted),
    ] {
        let new = submission("ada");
        if sql == OLD_FINISH {
            store.insert_submission(&new).await.unwrap();
        }
        write(sql, new.id, verdict).await;
        shown(new.id, 1, verdict).await;
        // Judged again by a new worker, and by an old one after that.
        let reopened = store.reopen(new.id).await.unwrap();
        let key = reopened.submission.key();
        assert_eq!((key.number, reopened.is_new), (2, true));
        let accepted = judgement(Verdict::Accepted);
        assert!(store.finish_judgement(key, None, &accepted).await.unwrap());
        shown(new.id, 2, Verdict::Accepted).await;
        store.reopen(new.id).await.unwrap();
        write(OLD_FINISH, new.id, Verdict::WrongAnswer).await;
        shown(new.id, 3, Verdict::WrongAnswer).await;
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let scene = scene().await;
    let mut connection = PgConnection::connect(&scene.server.url()).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'of the future', true, '', 0)",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let url = scene.server.url();
    let last = PostgresStore::migrations(&url)
        .await
        .unwrap()
        .pop()
        .unwrap();
    assert_eq!((last.version, last.state), (9999, MigrationState::Unknown));
    let data = tempfile::tempdir().unwrap();
    let refused = PostgresStore::open(&url, data.path(), CACHE).await;
    assert!(
        matches!(refused, Err(StoreError::Migration(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_absent_server_is_an_outage() {
    let data = tempfile::tempdir().unwrap();
    let nowhere = "postgres://letscode@127.0.0.1:1/letscode";
    let refused = PostgresStore::open(nowhere, data.path(), CACHE).await;
    let error = refused.unwrap_err();
    assert!(error.is_outage(), "{error:?}");
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
    let nonsense = PostgresStore::open("mysql://x", data.path(), CACHE).await;
    assert!(
        matches!(nonsense, Err(StoreError::Address { .. })),
        "{nonsense:?}"
    );
}

/// The server itself says how it found what each method of the store asked for.
#[tokio::test]
async fn growing_tables_are_read_in_pages() {
    let scene = scene_with(&[
        "session_preload_libraries=auto_explain",
        "auto_explain.log_min_duration=0",
        "auto_explain.log_verbose=on",
    ])
    .await;
    let store = &scene.store;
    Package::of("aplusb").import(store).await;
    let verdict = judgement(Verdict::Accepted).verdict;
    let verdict = serde_json::to_string(&verdict).unwrap();
    // Enough that reading all of it would be the slower way.
    let mut connection = PgConnection::connect(&scene.server.url()).await.unwrap();
    for fill in [
        "INSERT INTO submissions (id, user_id, problem_id, language, is_custom_test, status, is_open, created_at) \
             SELECT gen_random_uuid(), 'user-' || n % 100, 'aplusb', 'python', false, 'Completed', false, n \
             FROM generate_series(1, 20000) n",
        "INSERT INTO sources SELECT number, 'x' FROM submissions",
        "INSERT INTO judgements SELECT number, $$VERDICT$$, '[]', '', NULL, 0 FROM submissions",
        "ANALYZE",
    ] {
        let fill = fill.replace("VERDICT", &verdict);
        let fill = sqlx::query(sqlx::AssertSqlSafe(fill));
        fill.execute(&mut connection).await.unwrap();
    }
    let before = scene.server.log().len();

    let new = submission("user-7");
    store.insert_submission(&new).await.unwrap();
    store
        .set_status(new.id, SubmissionStatus::Running)
        .await
        .unwrap();
    store.judge_input(new.id).await.unwrap().unwrap();
    assert_eq!(store.open_submissions().await.unwrap().len(), 1);
    store
        .finish(new.id, &judgement(Verdict::Accepted))
        .await
        .unwrap();
    assert!(
        !store
            .finish(new.id, &judgement(Verdict::Accepted))
            .await
            .unwrap()
    );
    store.submission(new.id).await.unwrap().unwrap();
    store.new_submission(new.id).await.unwrap().unwrap();
    let cursor = Some("a7f".to_owned());
    for (user_id, problem_id, cursor) in [
        (Some(UserId("user-7".into())), None, None),
        (
            Some(UserId("user-7".into())),
            Some(aplusb()),
            cursor.clone(),
        ),
        (Some(UserId("nobody".into())), Some(aplusb()), None),
        (None, Some(aplusb()), cursor),
        (None, None, None),
    ] {
        let filter = SubmissionFilter {
            user_id,
            problem_id,
            cursor,
            limit: Some(20),
        };
        store.list_submissions(&filter).await.unwrap();
    }
    let log = scene.server.log().split_off(before);
    // A package is read as a whole: it is what somebody asked for.
    let plans: Vec<&str> = log
        .split("LOG:")
        .filter(|entry| entry.contains("plan:") && !entry.contains("package_files"))
        .collect();
    assert!(plans.len() >= 13, "{} plans in {log}", plans.len());
    for plan in plans {
        for large in ["submissions", "sources", "judgements"] {
            assert!(
                !plan.contains(&format!("Seq Scan on public.{large}")),
                "{plan}"
            );
        }
        assert!(!plan.contains("Sort"), "{plan}");
    }
}

#[tokio::test]
async fn a_package_travels_to_another_machine() {
    let scene = scene().await;
    let package = Package::of("aplusb");
    package.write("data/secret/empty.in", "");
    package.write("data/secret/same.in", "1 2\n");
    // Several parts, and a rest.
    let large = "0123456789abcdef".repeat((5 << 20) / 32);
    package.write("data/secret/large.in", &large);
    package.write("output_validators/check.py", "exit(42)\n");
    let script = package.path().join("output_validators/check.py");
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
    package.import(&scene.store).await;

    let (_data, other) = machine(&scene.server, CACHE).await;
    let dir = package_of(&other).await;
    assert_eq!(dir.file_name().unwrap(), "aplusb");
    assert_eq!(tree(&dir), tree(&package.path()));
    let mut connection = PgConnection::connect(&scene.server.url()).await.unwrap();
    let (blobs, files): (i64, i64) =
        sqlx::query_as("SELECT (SELECT count(*) FROM blobs), (SELECT count(*) FROM package_files)")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!((blobs, files), (6, 7), "equal files are stored once");
}

/// Paths, contents and whether they can be executed.
fn tree(root: &Path) -> Vec<(PathBuf, Vec<u8>, bool)> {
    let mut entries = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let executable = std::fs::metadata(&path).unwrap().permissions().mode() & 0o111 != 0;
            let contents = std::fs::read(&path).unwrap();
            entries.push((
                path.strip_prefix(root).unwrap().to_owned(),
                contents,
                executable,
            ));
        }
    }
    entries.sort();
    entries
}

#[tokio::test]
async fn a_replaced_package_leaves_the_database_and_stays_while_used() {
    let scene = scene().await;
    let package = Package::of("aplusb");
    package.import(&scene.store).await;
    let (_data, judge) = machine(&scene.server, 0).await;
    let old = judge.problem_package(&aplusb()).await.unwrap().unwrap();
    package.write("data/secret/1.ans", "4\n");
    package.import(&scene.store).await;
    let new = judge.problem_package(&aplusb()).await.unwrap().unwrap();
    assert_ne!(old.dir, new.dir);
    let answer = |dir: &Path| std::fs::read_to_string(dir.join("data/secret/1.ans")).unwrap();
    assert_eq!(
        (answer(&old.dir).as_str(), answer(&new.dir).as_str()),
        ("3\n", "4\n")
    );

    let mut connection = PgConnection::connect(&scene.server.url()).await.unwrap();
    let counts: (i64, i64) =
        sqlx::query_as("SELECT (SELECT count(*) FROM packages), (SELECT count(*) FROM blobs)")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(counts, (1, 3));
}

#[tokio::test]
async fn the_cache_is_bounded_and_keeps_what_is_in_use() {
    let scene = scene().await;
    let ids = ["one", "two", "three"];
    for id in ids {
        let package = Package::of(id);
        package.write("data/secret/large.in", &id.repeat(100_000));
        package.import(&scene.store).await;
    }
    // Room for two and a half of them.
    let (_data, judge) = machine(&scene.server, 1_000_000).await;
    let get = async |id: &str| {
        let id = ProblemId::parse(id).unwrap();
        judge.problem_package(&id).await.unwrap().unwrap()
    };
    let used = get("one").await;
    let idle = get("two").await.dir;
    let newest = get("three").await.dir;
    assert!(used.dir.exists() && newest.exists());
    assert!(!idle.exists(), "the oldest that nobody uses goes");
    drop(used);
    assert!(get("two").await.dir.exists(), "it comes again");
}

#[tokio::test]
async fn damaged_files_are_fetched_again() {
    let scene = scene().await;
    Package::of("aplusb").import(&scene.store).await;
    let data = tempfile::tempdir().unwrap();
    let open = async || {
        let url = scene.server.url();
        PostgresStore::open(&url, data.path(), CACHE).await.unwrap()
    };
    let dir = package_of(&open().await).await;
    let answer = dir.join("data/secret/1.ans");
    std::fs::write(&answer, "5\n").unwrap();
    let half_done = data.path().join("packages/.building-killed");
    std::fs::create_dir(&half_done).unwrap();
    package_of(&open().await).await;
    assert_eq!(std::fs::read_to_string(&answer).unwrap(), "3\n");
    assert!(!half_done.exists());
}

#[tokio::test]
async fn one_folder_is_one_process_s() {
    let scene = scene().await;
    let second = PostgresStore::open(&scene.server.url(), scene.data.path(), CACHE).await;
    assert!(
        matches!(second, Err(StoreError::AlreadyServed { .. })),
        "{second:?}"
    );
}

#[tokio::test]
async fn the_store_is_there_again_when_the_server_is() {
    let mut scene = scene().await;
    Package::of("aplusb").import(&scene.store).await;
    let new = submission("ada");
    scene.store.insert_submission(&new).await.unwrap();
    scene.server.crash();
    let error = scene
        .store
        .insert_submission(&submission("ada"))
        .await
        .unwrap_err();
    assert!(error.is_outage(), "{error:?}");
    scene.server.start_again();
    let open = scene.store.open_submissions().await.unwrap();
    assert_eq!(
        open.iter()
            .map(|submission| submission.id)
            .collect::<Vec<_>>(),
        [new.id]
    );
}
