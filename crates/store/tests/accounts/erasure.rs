//! Erasure: everything of a user goes, and work from before stores nothing afterwards.

use letscode_model::{
    AuditAction, AuditEvent, FlagSubject, Invitation, JobId, Judgement, JudgementKey, LanguageId,
    NewViolation, OutputExcerpt, ProblemId, RandomSecret, Role, RunSpec, RunStage, ShareHolder,
    UserId, UserSecret, Verdict, ViolationEvidence, ViolationKind,
};
use letscode_store::{
    AuditFilter, FlagChange, FlagRule, MAX_CLAIMS, Store, StoreError, SubmissionFilter,
    ViolationFilter,
};
use std::time::Duration;

use super::{FUTURE, name, registered};
use crate::samples::{self, Package, judgement, submission};

fn violation(user: &UserId, work_age: Duration) -> NewViolation {
    NewViolation {
        kind: ViolationKind::DeniedCall,
        stage: RunStage::Run,
        call: None,
        user_id: user.clone(),
        address: None,
        language: LanguageId("python".to_owned()),
        problem_id: None,
        submission_id: None,
        judgement: None,
        run_id: Some(JobId::random()),
        test: None,
        count: 1,
        counts_against: vec![FlagSubject::user(user)],
        worker: "worker-1".to_owned(),
        work_age,
    }
}

async fn violate(store: &dyn Store, violation: &NewViolation) -> Result<(), StoreError> {
    let evidence = ViolationEvidence {
        run: RunSpec::of_source("python", "import socket"),
        is_truncated: false,
        activity: None,
        watch: letscode_model::WatchMode::Observe,
        execution_time: 1.0,
        wall_time: 1.0,
        memory_used: 1,
        stdout: OutputExcerpt::default(),
        stderr: OutputExcerpt::default(),
        toolchain: String::new(),
        policy: String::new(),
    };
    let rule = FlagRule::default();
    let recorded = store.record_violation(violation, evidence, &rule).await;
    recorded.map(drop)
}

fn browser() -> UserId {
    let secret = RandomSecret::new();
    UserSecret::parse(secret.as_text()).unwrap().public_id()
}

fn deleted(user: &UserId) -> AuditEvent {
    AuditEvent::new(AuditAction::AccountDeleted, &user.0).on(&user.0)
}

async fn violations_of(store: &dyn Store, user: &UserId) -> usize {
    let filter = ViolationFilter {
        user_id: Some(user.clone()),
        ..ViolationFilter::default()
    };
    store
        .list_violations(&filter)
        .await
        .unwrap()
        .violations
        .len()
}

async fn nothing_that_names_an_erased_user_stays(store: &dyn Store) {
    Package::of("aplusb").import(store).await;
    let ada = registered(store, "ada").await;
    let browser = browser();
    let setter = ShareHolder::Account(ada.id.clone());
    let owned = ProblemId::parse("of-ada").unwrap();
    assert!(store.claim_problem(&owned, &setter).await.unwrap());
    let mut new = submission("");
    new.user_id = browser.clone();
    store.insert_submission(&new).await.unwrap();
    violate(store, &violation(&browser, Duration::ZERO))
        .await
        .unwrap();
    assert_eq!(store.move_submissions(&browser, &ada.id).await.unwrap(), 1);
    let link = RandomSecret::new().hash();
    assert!(store.add_link(new.id, &link).await.unwrap());
    let (for_ada, by_ada) = (RandomSecret::new().hash(), RandomSecret::new().hash());
    for (hash, for_whom, by) in [
        (&for_ada, Some("ada"), "operator"),
        (&by_ada, None, &*ada.id.0),
    ] {
        let invitation = Invitation {
            name: for_whom.map(name),
            role: Role::User,
            created_by: by.to_owned(),
            created_at: 0,
            expires_at: FUTURE,
        };
        store.add_invitation(hash, &invitation).await.unwrap();
    }
    for (subject, actor) in [(&ada.id, "operator"), (&UserId("eve".into()), &ada.id.0)] {
        let flag = FlagChange {
            subject: FlagSubject::user(subject),
            duration: Some(Duration::from_secs(3600)),
            reason: "a test".to_owned(),
            actor: actor.to_owned(),
            address: None,
        };
        store.change_flag(&flag).await.unwrap();
    }
    for event in [
        AuditEvent::new(AuditAction::AccountCreated, "operator")
            .on(&ada.id.0)
            .with("name", "ada"),
        AuditEvent::new(AuditAction::FailedLogIn, "letscode").on("ada"),
        AuditEvent::new(AuditAction::ProblemAdded, "operator").on("ada"),
    ] {
        store.record_audit(&event).await.unwrap();
    }

    let erased = store.erase_user(&ada.id, &deleted(&ada.id)).await.unwrap();
    assert_eq!((erased.account, erased.submissions), (true, 1));
    assert!(!store.is_setter(&owned, &setter).await.unwrap());
    assert!(!store.has_link(new.id, &link).await.unwrap());
    assert_eq!(violations_of(store, &browser).await, 0);
    assert_eq!(store.invitation(&for_ada).await.unwrap(), None);
    let pseudonym = store.invitation(&by_ada).await.unwrap().unwrap().created_by;
    assert!(pseudonym.starts_with("erased-"), "{pseudonym}");
    let flags = store.list_flags().await.unwrap();
    assert_eq!((flags.len(), &flags[0].actor), (1, &pseudonym));
    let page = store.list_audit(&AuditFilter::default()).await.unwrap();
    let log = serde_json::to_string(&page.entries.iter().map(|e| &e.event).collect::<Vec<_>>());
    let log = log.unwrap();
    for id in [&ada.id.0, &browser.0] {
        assert!(!log.contains(id.as_str()), "{log}");
    }
    assert_eq!(log.matches("\"ada\"").count(), 1, "the problem: {log}");
    let of_pseudonym = AuditFilter {
        user: Some(pseudonym),
        ..AuditFilter::default()
    };
    let entries = store.list_audit(&of_pseudonym).await.unwrap().entries;
    assert_eq!(entries[0].event.action, AuditAction::AccountDeleted);
    assert_eq!(entries.len(), 6, "{log}");
    registered(store, "ada").await;
}

async fn claims_are_bounded(store: &dyn Store) {
    Package::of("aplusb").import(store).await;
    let ada = registered(store, "ada").await;
    // Secrets that nobody has submitted with leave nothing.
    for _ in 0..1100 {
        assert_eq!(
            store.move_submissions(&browser(), &ada.id).await.unwrap(),
            0
        );
    }
    let mut browsers = Vec::new();
    for number in 0..=MAX_CLAIMS {
        let mut new = submission("");
        new.user_id = browser();
        store.insert_submission(&new).await.unwrap();
        let event = AuditEvent::new(AuditAction::Violation, &new.user_id.0);
        store.record_audit(&event).await.unwrap();
        let moved = store.move_submissions(&new.user_id, &ada.id).await;
        if number < MAX_CLAIMS {
            assert_eq!(moved.unwrap(), 1);
            browsers.push(new.user_id);
            continue;
        }
        assert!(matches!(moved, Err(StoreError::TooManyClaims)), "{moved:?}");
        let unmoved = store.submission(new.id).await.unwrap().unwrap();
        assert_eq!(unmoved.user_id, new.user_id);
    }
    // Those that it has go on.
    let mut again = submission("");
    again.user_id = browsers[0].clone();
    store.insert_submission(&again).await.unwrap();
    assert_eq!(
        store.move_submissions(&browsers[0], &ada.id).await.unwrap(),
        1
    );

    let mut erased = store.erase_user(&ada.id, &deleted(&ada.id)).await.unwrap();
    assert_eq!(erased.submissions, MAX_CLAIMS.unsigned_abs() + 1);
    erased.browsers.sort_by_key(|id| id.0.clone());
    browsers.sort_by_key(|id| id.0.clone());
    assert_eq!(erased.browsers, browsers);
    let page = store.list_audit(&AuditFilter::default()).await.unwrap();
    for id in &browsers {
        assert!(page.entries.iter().all(|entry| entry.event.actor != id.0));
    }
}

async fn work_from_before_stores_nothing(store: &dyn Store) {
    Package::of("aplusb").import(store).await;
    let ada = registered(store, "ada").await;
    let mut open = submission("");
    open.user_id = ada.id.clone();
    store.insert_submission(&open).await.unwrap();
    store.erase_user(&ada.id, &deleted(&ada.id)).await.unwrap();
    let is_refused = |stored: Result<(), StoreError>| matches!(stored, Err(StoreError::ErasedUser));

    let finished = store.finish(open.id, &judgement(Verdict::Accepted)).await;
    assert!(matches!(finished, Err(StoreError::UnknownSubmission(_))));
    let mut late = submission("");
    late.user_id = ada.id.clone();
    assert!(is_refused(store.insert_submission(&late).await));
    for claim in [
        letscode_store::ClientVerdict::Trusted(judgement(Verdict::Accepted)),
        letscode_store::ClientVerdict::Unverified(judgement(Verdict::Accepted).verdict),
    ] {
        assert!(is_refused(store.insert_client_result(&late, &claim).await));
    }
    // An account never comes back, however young its work says that it is.
    assert!(is_refused(
        violate(store, &violation(&ada.id, Duration::ZERO)).await
    ));
    let of_submission = NewViolation {
        submission_id: Some(open.id),
        judgement: Some(JudgementKey::FIRST),
        run_id: None,
        ..violation(&UserId("bob".into()), Duration::ZERO)
    };
    assert!(is_refused(violate(store, &of_submission).await));
    let browser = browser();
    let moved = store.move_submissions(&browser, &ada.id).await;
    assert!(matches!(moved, Err(StoreError::ErasedUser)));
    assert_eq!(violations_of(store, &ada.id).await, 0);

    // Names that anybody may state do come back, with new work.
    let bob = UserId("moodle/bob".into());
    let hour = Duration::from_secs(3600);
    violate(store, &violation(&bob, Duration::ZERO))
        .await
        .unwrap();
    store.erase_user(&bob, &deleted(&bob)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(is_refused(violate(store, &violation(&bob, hour)).await));
    violate(store, &violation(&bob, Duration::ZERO))
        .await
        .unwrap();
    assert_eq!(violations_of(store, &bob).await, 1);
}

/// Whatever comes first of each two: afterwards nothing is there.
async fn erasure_wins_every_race(store: &dyn Store) {
    Package::of("aplusb").import(store).await;
    let verdict: &Judgement = &judgement(Verdict::Accepted);
    for round in 0..15 {
        let ada = registered(store, &format!("ada-{round}")).await;
        let id = &ada.id;
        let mut open = submission("");
        open.user_id = id.clone();
        store.insert_submission(&open).await.unwrap();
        let submit = async |delay: u64| {
            tokio::time::sleep(Duration::from_millis(delay)).await;
            let mut late = submission("");
            late.user_id = id.clone();
            let stored = store.insert_submission(&late).await;
            assert!(
                matches!(stored, Ok(()) | Err(StoreError::ErasedUser)),
                "{stored:?}"
            );
        };
        let finish = async {
            let finished = store.finish(open.id, verdict).await;
            let is_answer = matches!(finished, Ok(true) | Err(StoreError::UnknownSubmission(_)));
            assert!(is_answer, "{finished:?}");
        };
        let record = async {
            let recorded = violate(store, &violation(id, Duration::from_secs(1))).await;
            assert!(
                matches!(recorded, Ok(()) | Err(StoreError::ErasedUser)),
                "{recorded:?}"
            );
        };
        let erase = async {
            tokio::time::sleep(Duration::from_millis(round % 3)).await;
            store.erase_user(id, &deleted(id)).await.unwrap();
        };
        futures_util::join!(
            submit(0),
            submit(1),
            submit(2),
            submit(3),
            finish,
            record,
            erase
        );
        let of_ada = SubmissionFilter {
            user_id: Some(id.clone()),
            ..SubmissionFilter::default()
        };
        let left = store.list_submissions(&of_ada).await.unwrap();
        assert_eq!(left.submissions, [], "round {round}");
        assert_eq!(violations_of(store, id).await, 0, "round {round}");
        let erased = store.erase_user(id, &deleted(id)).await.unwrap();
        assert_eq!(erased, letscode_store::ErasedUser::default());
    }
}

contract!(
    nothing_that_names_an_erased_user_stays,
    claims_are_bounded,
    work_from_before_stores_nothing,
    erasure_wins_every_race,
);
