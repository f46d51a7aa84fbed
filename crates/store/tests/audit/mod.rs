//! The audit log, violations and flags, of every backend.

mod clock;

use std::time::Duration;

use letscode_model::{
    AuditAction, AuditEvent, DeniedCall, FlagSubject, JobId, LanguageId, NewViolation,
    OutputExcerpt, RunSpec, RunStage, UserId, ViolationEvidence, ViolationKind, WatchMode,
};
use letscode_store::{AuditFilter, EvidenceLimits, FlagChange, FlagRule, Store, ViolationFilter};

use crate::samples;

const ADDRESS: &str = "203.0.113.7";

fn violation(user: &str, counts_against: &[FlagSubject]) -> NewViolation {
    NewViolation {
        kind: ViolationKind::DeniedCall,
        stage: RunStage::Run,
        call: Some(DeniedCall {
            name: "socket".to_owned(),
            number: 41,
            arguments: vec!["0x2".to_owned(); 6],
            stage: RunStage::Run,
        }),
        user_id: UserId(user.to_owned()),
        address: Some(ADDRESS.to_owned()),
        language: LanguageId("python".to_owned()),
        problem_id: None,
        submission_id: None,
        judgement: None,
        run_id: Some(JobId::random()),
        test: Some(1),
        count: 2,
        counts_against: counts_against.to_vec(),
        worker: "worker-1".to_owned(),
        work_age: Duration::ZERO,
    }
}

fn evidence(source: &[u8]) -> ViolationEvidence {
    ViolationEvidence {
        run: RunSpec::of_source("python", source.to_vec()),
        is_truncated: false,
        execution_time: 1.5,
        wall_time: 2.5,
        memory_used: 1 << 20,
        activity: None,
        watch: WatchMode::Observe,
        stdout: OutputExcerpt::of(b"before\0\xff"),
        stderr: OutputExcerpt::default(),
        toolchain: "Python 3.11".to_owned(),
        policy: "1".to_owned(),
    }
}

async fn violate(store: &dyn Store, user: &str, against: &[FlagSubject]) -> Vec<FlagSubject> {
    let (new, rule) = (violation(user, against), FlagRule::default());
    let recorded = store.record_violation(&new, evidence(b"x"), &rule);
    let flags = recorded.await.unwrap().flags;
    flags.into_iter().map(|flag| flag.subject).collect()
}

fn user(name: &str) -> FlagSubject {
    FlagSubject::user(&UserId(name.to_owned()))
}

async fn actions(store: &dyn Store, user: Option<&str>) -> Vec<AuditAction> {
    let filter = AuditFilter {
        user: user.map(str::to_owned),
        ..AuditFilter::default()
    };
    let page = store.list_audit(&filter).await.unwrap();
    page.entries
        .iter()
        .map(|entry| entry.event.action)
        .collect()
}

/// Sweeps all that is in the audit log now.
async fn sweep(store: &dyn Store, limit: u32) -> u64 {
    tokio::time::sleep(Duration::from_millis(5)).await;
    store.delete_audit(Duration::ZERO, limit).await.unwrap()
}

async fn events_are_listed_by_user_and_action_in_stable_pages(store: &dyn Store) {
    for number in 0..5 {
        let event = AuditEvent::new(AuditAction::LogIn, "ada")
            .from_address(Some(ADDRESS))
            .with("number", number);
        store.record_audit(&event).await.unwrap();
    }
    let other = AuditEvent::new(AuditAction::RoleChange, AuditEvent::OPERATOR).on("ada");
    store.record_audit(&other).await.unwrap();
    store
        .record_audit(&AuditEvent::new(AuditAction::LogIn, "bob\0"))
        .await
        .unwrap();
    let filter = |limit, before| AuditFilter {
        user: Some("ada".to_owned()),
        limit: Some(limit),
        before,
        ..AuditFilter::default()
    };
    let first = store.list_audit(&filter(3, None)).await.unwrap();
    assert_eq!(first.entries[0].event, other);
    assert!(
        first.entries[0].time > 1_700_000_000_000,
        "Unix milliseconds"
    );
    // What comes meanwhile is on a new first page.
    store.record_audit(&other).await.unwrap();
    let second = store.list_audit(&filter(3, first.next_before)).await;
    let second = second.unwrap();
    assert_eq!((second.entries.len(), second.next_before), (3, None));
    let numbers: Vec<&str> = second
        .entries
        .iter()
        .map(|e| &*e.event.details["number"])
        .collect();
    assert_eq!(numbers, ["2", "1", "0"]);
    let log_ins = AuditFilter {
        action: Some(AuditAction::LogIn),
        since: Some(first.entries[2].time),
        ..AuditFilter::default()
    };
    let log_ins = store.list_audit(&log_ins).await.unwrap().entries;
    assert!(
        log_ins
            .iter()
            .all(|entry| entry.event.action == AuditAction::LogIn)
    );
    assert_eq!(log_ins[0].event.actor, "bob\u{2400}");
}

/// Evidence has the person's code. The audit log has no code, and stays.
async fn erased_users_leave_no_evidence(store: &dyn Store) {
    let rule = FlagRule::default();
    let record = async |name: &str| {
        let new = violation(name, &[user(name)]);
        store
            .record_violation(&new, evidence(b"x"), &rule)
            .await
            .unwrap()
            .id
    };
    let (erased, other) = (record("ada").await, record("eve").await);
    let event = AuditEvent::new(AuditAction::AccountDeleted, AuditEvent::OPERATOR).on("ada");
    let erasure = store.erase_user(&UserId("ada".to_owned()), &event).await;
    assert_eq!(erasure.unwrap(), letscode_store::ErasedUser::default());
    assert_eq!(store.violation(erased).await.unwrap(), None);
    assert_eq!(store.evidence(erased).await.unwrap(), None);
    assert!(store.evidence(other).await.unwrap().is_some());
    let events = store.list_audit(&AuditFilter::default()).await.unwrap();
    assert_eq!(events.entries.len(), 2);
}

async fn violations_are_recorded_once_with_their_evidence(store: &dyn Store) {
    let new = violation("ada", &[user("ada")]);
    let rule = FlagRule::default();
    let first = store
        .record_violation(&new, evidence(b"import socket"), &rule)
        .await;
    let first = first.unwrap();
    let again = store
        .record_violation(&new, evidence(b"other"), &rule)
        .await
        .unwrap();
    assert_eq!(
        (first.is_new, again.is_new, again.id),
        (true, false, first.id)
    );
    let stored = store.violation(first.id).await.unwrap().unwrap();
    assert_eq!(stored.record, new);
    let kept = store.evidence(first.id).await.unwrap();
    assert_eq!(kept, Some(evidence(b"import socket")));
    // The setter's checker is another violation of the same run.
    let checker = NewViolation {
        stage: RunStage::Check,
        counts_against: vec![],
        ..new
    };
    assert!(
        store
            .record_violation(&checker, evidence(b"x"), &rule)
            .await
            .unwrap()
            .is_new
    );
    violate(store, "bob", &[]).await;

    let of_ada = ViolationFilter {
        user_id: Some(UserId("ada".to_owned())),
        ..ViolationFilter::default()
    };
    assert_eq!(
        store
            .list_violations(&of_ada)
            .await
            .unwrap()
            .violations
            .len(),
        2
    );
    let page = ViolationFilter {
        limit: Some(1),
        ..ViolationFilter::default()
    };
    let newest = store.list_violations(&page).await.unwrap();
    assert_eq!(newest.violations[0].record.user_id.0, "bob");
    assert_eq!(newest.next_before, Some(newest.violations[0].id));
    assert_eq!(
        actions(store, Some("ada")).await,
        [AuditAction::Violation; 2]
    );
    assert_eq!(store.violation(999).await.unwrap(), None);
    assert_eq!(store.evidence(999).await.unwrap(), None);
}

async fn evidence_of_any_size_is_kept_bounded(store: &dyn Store) {
    let huge = evidence(&vec![b'x'; 100 << 20]);
    let rule = FlagRule::default();
    let recorded = store
        .record_violation(&violation("ada", &[]), huge, &rule)
        .await;
    let kept = store.evidence(recorded.unwrap().id).await.unwrap().unwrap();
    assert!(kept.is_truncated);
    assert_eq!(kept.run.size_bytes(), ViolationEvidence::MAX_RUN_BYTES);
}

/// Whoever does it again and again fills no disk with it, and is counted all the same.
async fn evidence_is_bounded_for_a_day_and_in_all(store: &dyn Store) {
    let record = async |user: &str, address: Option<&str>, limits: EvidenceLimits| {
        let address = address.map(FlagSubject::address);
        let against: Vec<_> = address.into_iter().collect();
        let rule = FlagRule {
            threshold: 1000,
            evidence: limits,
            ..FlagRule::default()
        };
        let new = violation(user, &against);
        let recorded = store.record_violation(&new, evidence(user.as_bytes()), &rule);
        let id = recorded.await.unwrap().id;
        let stored = store.violation(id).await.unwrap().unwrap();
        let kept = store.evidence(id).await.unwrap();
        assert_eq!(stored.has_evidence, kept.is_some());
        stored.has_evidence
    };
    let a_day = EvidenceLimits {
        per_day: 3,
        ..EvidenceLimits::default()
    };
    for number in 0..5 {
        assert_eq!(record("ada", None, a_day).await, number < 3);
    }
    // Names that cost nothing share what their address has.
    for number in 0..5 {
        let name = format!("user-{number}");
        assert_eq!(record(&name, Some(ADDRESS), a_day).await, number < 3);
    }
    assert!(record("eve", Some("203.0.113.8"), a_day).await);
    let full = EvidenceLimits {
        total_bytes: 100,
        ..EvidenceLimits::default()
    };
    assert!(!record("bob", None, full).await);
    let all = store.list_violations(&ViolationFilter::default()).await;
    let all = all.unwrap().violations;
    assert_eq!(all.len(), 12, "each is recorded");
    assert_eq!(
        all.iter()
            .filter(|violation| violation.has_evidence)
            .count(),
        7
    );
}

async fn five_violations_flag_until_lifted(store: &dyn Store) {
    let address = FlagSubject::address(ADDRESS);
    let both = [user("ada"), address.clone()];
    for _ in 0..4 {
        assert_eq!(violate(store, "ada", &both).await, []);
    }
    // Others' violations, and those that count against nobody, don't count.
    assert_eq!(violate(store, "bob", &[user("bob")]).await, []);
    assert_eq!(violate(store, "ada", &[]).await, []);
    assert_eq!(store.active_flag(&both).await.unwrap(), None);
    assert_eq!(violate(store, "ada", &both).await, both);
    let flag = store
        .active_flag(&[user("eve"), user("ada")])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (&flag.subject, flag.until - flag.since),
        (&both[0], 24 * 3_600_000)
    );
    assert_eq!(store.active_flag(&[user("bob")]).await.unwrap(), None);
    assert_eq!(store.list_flags().await.unwrap().len(), 2);

    let lift = FlagChange {
        subject: user("ada"),
        duration: None,
        reason: "a mistake".to_owned(),
        actor: "root".to_owned(),
        address: None,
    };
    assert_eq!(store.change_flag(&lift).await.unwrap(), Some(flag));
    assert_eq!(store.change_flag(&lift).await.unwrap(), None);
    assert_eq!(store.active_flag(&both[..1]).await.unwrap(), None);
    assert_eq!(store.list_flags().await.unwrap()[0].subject, address);
    // Counting begins anew.
    for _ in 0..4 {
        assert_eq!(violate(store, "ada", &both[..1]).await, []);
    }
    assert_eq!(violate(store, "ada", &both[..1]).await, &both[..1]);
    assert_eq!(
        actions(store, Some("root")).await,
        [AuditAction::Unflag],
        "the flag that was not there is no event"
    );
}

async fn flags_end_by_themselves(store: &dyn Store) {
    let set = FlagChange {
        subject: user("ada"),
        duration: Some(Duration::from_millis(300)),
        reason: "a test".to_owned(),
        actor: "root".to_owned(),
        address: Some(ADDRESS.to_owned()),
    };
    let flag = store.change_flag(&set).await.unwrap();
    assert_eq!(store.active_flag(&[user("ada")]).await.unwrap(), flag);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(store.active_flag(&[user("ada")]).await.unwrap(), None);
    assert_eq!(store.list_flags().await.unwrap(), []);
    // Violations from before the window don't flag.
    let rule = FlagRule {
        threshold: 2,
        window: Duration::from_millis(100),
        ..FlagRule::default()
    };
    for _ in 0..3 {
        let against = violation("bob", &[user("bob")]);
        let recorded = store
            .record_violation(&against, evidence(b"x"), &rule)
            .await;
        assert_eq!(recorded.unwrap().flags, []);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Of violations that come at once, exactly one is the fifth.
async fn violations_at_once_flag_once(store: &dyn Store) {
    let ada = [user("ada")];
    let attempts = (0..9).map(|_| violate(store, "ada", &ada));
    let attempts = futures_util::future::join_all(attempts).await;
    assert_eq!(attempts.concat(), [user("ada")]);
}

async fn old_rows_are_swept_and_flags_stay(store: &dyn Store) {
    for _ in 0..6 {
        violate(store, "ada", &[user("ada")]).await;
    }
    let page = store.list_violations(&ViolationFilter::default()).await;
    let newest = page.unwrap().violations[0].id;
    let year = Duration::from_secs(365 * 24 * 3600);
    for keep in [year, Duration::MAX] {
        assert_eq!(store.delete_audit(keep, 100).await.unwrap(), 0);
    }
    // In two parts, as a sweep does it. Violations come meanwhile.
    assert_eq!(sweep(store, 4).await, 8);
    let bob = [user("bob")];
    let (deleted, recorded) = futures_util::join!(sweep(store, 100), violate(store, "bob", &bob));
    assert_eq!(recorded, []);
    assert!((5..=7).contains(&deleted));
    assert_eq!(store.evidence(newest).await.unwrap(), None);
    assert_eq!(store.violation(newest).await.unwrap(), None);
    assert!(store.active_flag(&[user("ada")]).await.unwrap().is_some());
    // One that has ended goes as well.
    let short = FlagChange {
        subject: user("eve"),
        duration: Some(Duration::from_millis(1)),
        reason: "a test".to_owned(),
        actor: "root".to_owned(),
        address: None,
    };
    sweep(store, 100).await;
    store.change_flag(&short).await.unwrap();
    assert_eq!(sweep(store, 100).await, 2, "with its event");
}

/// Swept with the last flag, a lifting can't bring an earlier flag back.
async fn lifted_flags_stay_lifted(store: &dyn Store) {
    let change = |duration| FlagChange {
        subject: user("ada"),
        duration,
        reason: "a test".to_owned(),
        actor: "root".to_owned(),
        address: None,
    };
    let year = Duration::from_secs(365 * 24 * 3600);
    store.change_flag(&change(Some(year))).await.unwrap();
    store.change_flag(&change(None)).await.unwrap();
    sweep(store, 100).await;
    assert_eq!(store.active_flag(&[user("ada")]).await.unwrap(), None);
}

contract!(
    erased_users_leave_no_evidence,
    events_are_listed_by_user_and_action_in_stable_pages,
    violations_are_recorded_once_with_their_evidence,
    evidence_of_any_size_is_kept_bounded,
    evidence_is_bounded_for_a_day_and_in_all,
    five_violations_flag_until_lifted,
    flags_end_by_themselves,
    violations_at_once_flag_once,
    old_rows_are_swept_and_flags_stay,
    lifted_flags_stay_lifted,
);
