//! The contract of a store about accounts: who may log in, for how long, and what is left of them.

mod bounds;
mod erasure;

use std::time::Duration;

use crate::samples::{self, Package, judgement, submission};
use futures_util::StreamExt;
use letscode_model::{
    Account, AccountIdentity, AuditAction, AuditEvent, Invitation, KeyNamespace, KeyOwner,
    KeyQuota, KeyScope, RandomSecret, Role, SecretHash, UserId, UserName, Verdict,
};
use letscode_store::{
    AttemptLimit, ErasedUser, MAX_IDENTITIES, NewAccount, NewKey, NewRegistration, NewSession,
    PendingLogin, Store,
};

const FUTURE: i64 = i64::MAX;

fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

fn new_account(text: &str) -> NewAccount {
    NewAccount {
        name: name(text),
        role: Role::User,
        password_hash: Some(format!("hash of {text}")),
        identity: None,
    }
}

async fn registered(store: &dyn Store, text: &str) -> Account {
    match store.register(&new_account(text), None).await.unwrap() {
        NewRegistration::Registered(account) => account,
        refused => panic!("{refused:?}"),
    }
}

async fn session(store: &dyn Store, account: &Account, expires_at: i64) -> SecretHash {
    let new = NewSession {
        hash: RandomSecret::new().hash(),
        account: account.id.clone(),
        expires_at,
    };
    store.add_session(&new).await.unwrap();
    new.hash
}

fn new_key(owner: KeyOwner) -> NewKey {
    NewKey {
        hash: RandomSecret::new_key().hash(),
        name: "moodle".into(),
        owner,
        scopes: [KeyScope::Run, KeyScope::Read].into(),
        quota: Some("2/day".parse().unwrap()),
        expires_at: None,
    }
}

fn namespace(text: &str) -> KeyOwner {
    KeyOwner::Namespace(KeyNamespace::parse(text).unwrap())
}

async fn accounts_are_found_by_id_and_name(store: &dyn Store) {
    let ada = registered(store, "Ada").await;
    assert!(ada.id.is_account(), "{ada:?}");
    assert_eq!(store.account(&ada.id).await.unwrap(), Some(ada.clone()));
    let stored = store.account_by_name(&name("ADA")).await.unwrap();
    assert_eq!(stored, Some(ada.clone()));
    let hash = store.password_hash(&ada.id).await.unwrap();
    assert_eq!(hash.as_deref(), Some("hash of Ada"));
    assert_eq!(store.account_by_name(&name("eve")).await.unwrap(), None);
    assert_eq!(
        store.password_hash(&UserId::new_account()).await.unwrap(),
        None
    );
}

async fn names_that_look_alike_are_taken(store: &dyn Store) {
    let bill = registered(store, "bill").await;
    for taken in ["bill", "BILL", "bil1"] {
        let again = store.register(&new_account(taken), None).await.unwrap();
        assert_eq!(again, NewRegistration::NameTaken, "{taken}");
    }
    // A name that looks like another is nobody's.
    assert_eq!(store.account_by_name(&name("bil1")).await.unwrap(), None);
    let eve = registered(store, "eve").await;
    assert!(!store.rename(&eve.id, &name("bil1")).await.unwrap());
    assert!(store.rename(&bill.id, &name("william")).await.unwrap());
    assert!(store.rename(&eve.id, &name("bil1")).await.unwrap());
    let renamed = store.account(&bill.id).await.unwrap().unwrap();
    assert_eq!(renamed.name.as_str(), "william");
}

async fn accounts_are_listed_in_pages(store: &dyn Store) {
    for text in ["carl", "ada", "bea"] {
        registered(store, text).await;
    }
    let first = store.accounts(None, 2).await.unwrap();
    let names: Vec<&str> = first
        .accounts
        .iter()
        .map(|account| account.name.as_str())
        .collect();
    assert_eq!(
        (names.as_slice(), first.next.as_deref()),
        (&["ada", "bea"][..], Some("bea"))
    );
    let second = store.accounts(first.next.as_deref(), 2).await.unwrap();
    assert_eq!((second.accounts.len(), second.next), (1, None));
}

async fn invitations_work_once_and_for_their_name(store: &dyn Store) {
    let invite = async |role, text: Option<&str>, expires_at| {
        let hash = RandomSecret::new().hash();
        let invitation = Invitation {
            name: text.map(name),
            role,
            created_by: "operator".into(),
            created_at: 1,
            expires_at,
        };
        store.add_invitation(&hash, &invitation).await.unwrap();
        hash
    };
    let hash = invite(Role::Admin, Some("root"), FUTURE).await;
    let refused = store
        .register(&new_account("eve"), Some(&hash))
        .await
        .unwrap();
    assert_eq!(refused, NewRegistration::NotInvited, "another's name");
    assert!(
        store.invitation(&hash).await.unwrap().is_some(),
        "is not used up"
    );
    let joined = store
        .register(&new_account("root"), Some(&hash))
        .await
        .unwrap();
    let NewRegistration::Registered(root) = joined else {
        panic!("{joined:?}")
    };
    assert_eq!(root.role, Role::Admin);
    assert_eq!(store.invitation(&hash).await.unwrap(), None);
    let again = store
        .register(&new_account("eve"), Some(&hash))
        .await
        .unwrap();
    assert_eq!(again, NewRegistration::NotInvited);

    let taken = invite(Role::User, None, FUTURE).await;
    let refused = store
        .register(&new_account("root"), Some(&taken))
        .await
        .unwrap();
    assert_eq!(refused, NewRegistration::NameTaken);
    assert!(
        store.invitation(&taken).await.unwrap().is_some(),
        "is not used up"
    );
    let expired = invite(Role::User, None, 1).await;
    let refused = store
        .register(&new_account("eve"), Some(&expired))
        .await
        .unwrap();
    assert_eq!(refused, NewRegistration::NotInvited);
}

async fn sessions_end(store: &dyn Store) {
    let ada = registered(store, "ada").await;
    let first = session(store, &ada, FUTURE).await;
    let second = session(store, &ada, FUTURE).await;
    let expired = session(store, &ada, 1).await;
    assert_eq!(
        store.session_account(&first).await.unwrap(),
        Some(ada.clone())
    );
    assert_eq!(store.session_account(&expired).await.unwrap(), None);
    store.set_role(&ada.id, Role::Setter).await.unwrap();
    let now = store.session_account(&first).await.unwrap().unwrap();
    assert_eq!(now.role, Role::Setter, "roles are those of now");

    assert!(store.end_session(&first).await.unwrap());
    assert!(!store.end_session(&first).await.unwrap());
    assert_eq!(store.session_account(&first).await.unwrap(), None);
    store.forget_expired().await.unwrap();
    assert_eq!(
        store.end_sessions(&ada.id).await.unwrap(),
        1,
        "expired ones are forgotten"
    );
    assert_eq!(store.session_account(&second).await.unwrap(), None);
}

async fn another_password_ends_other_sessions(store: &dyn Store) {
    let ada = registered(store, "ada").await;
    let own = session(store, &ada, FUTURE).await;
    let stolen = session(store, &ada, FUTURE).await;
    assert!(
        store
            .set_password(&ada.id, "new", Some(&own))
            .await
            .unwrap()
    );
    assert!(store.session_account(&own).await.unwrap().is_some());
    assert_eq!(store.session_account(&stolen).await.unwrap(), None);
    assert!(store.set_password(&ada.id, "newer", None).await.unwrap());
    assert_eq!(store.session_account(&own).await.unwrap(), None);
    let stranger = UserId::new_account();
    assert!(!store.set_password(&stranger, "new", None).await.unwrap());
    assert!(!store.set_role(&stranger, Role::Admin).await.unwrap());
}

async fn pending_logins_are_taken_once(store: &dyn Store) {
    let pending = |expires_at| PendingLogin {
        address: None,
        hash: RandomSecret::new().hash(),
        details: "{}".into(),
        expires_at,
    };
    let (login, late) = (pending(FUTURE), pending(1));
    store.add_pending_login(&login).await.unwrap();
    store.add_pending_login(&late).await.unwrap();
    let taken = store.take_pending_login(&login.hash).await.unwrap();
    assert_eq!(taken.as_deref(), Some("{}"));
    for hash in [&login.hash, &late.hash] {
        assert_eq!(store.take_pending_login(hash).await.unwrap(), None);
    }
}

fn identity(issuer: &str, subject: &str) -> AccountIdentity {
    AccountIdentity {
        issuer: issuer.into(),
        subject: subject.into(),
    }
}

async fn identities_have_one_account(store: &dyn Store) {
    let (ada, eve) = (
        registered(store, "ada").await,
        registered(store, "eve").await,
    );
    let seven = identity("https://login.example", "7");
    let elsewhere = identity("https://other.example", "7");
    assert!(store.link_identity(&ada.id, &seven).await.unwrap());
    assert!(!store.link_identity(&eve.id, &seven).await.unwrap());
    assert!(store.link_identity(&eve.id, &elsewhere).await.unwrap());
    let stored = store.account_by_identity(&seven).await.unwrap();
    assert_eq!(stored, Some(ada.clone()));
    let unknown = identity("https://login.example", "8");
    assert_eq!(store.account_by_identity(&unknown).await.unwrap(), None);
    let mut new = new_account("bob");
    new.identity = Some(seven.clone());
    let refused = store.register(&new, None).await.unwrap();
    assert_eq!(refused, NewRegistration::IdentityTaken);
    assert_eq!(store.account_by_name(&name("bob")).await.unwrap(), None);
    assert_eq!(store.identities(&ada.id).await.unwrap(), [seven]);
    for number in 0..MAX_IDENTITIES {
        let more = identity("https://third.example", &number.to_string());
        let linked = store.link_identity(&ada.id, &more).await.unwrap();
        assert_eq!(linked, number + 1 < MAX_IDENTITIES, "{number}");
    }
    let stranger = UserId::new_account();
    assert!(!store.link_identity(&stranger, &unknown).await.unwrap());
}

async fn keys_are_found_by_their_secret(store: &dyn Store) {
    let ada = registered(store, "ada").await;
    let new = new_key(namespace("moodle"));
    let key = store.add_key(&new).await.unwrap().unwrap();
    let own = store
        .add_key(&new_key(KeyOwner::Account(ada.id.clone())))
        .await
        .unwrap()
        .unwrap();
    let stored = store.key_by_secret(&new.hash).await.unwrap().unwrap();
    assert_eq!(stored, key);
    let used = store.key_by_secret(&new.hash).await.unwrap().unwrap();
    assert!(used.last_used_at.is_some());
    let unknown = RandomSecret::new_key().hash();
    assert_eq!(store.key_by_secret(&unknown).await.unwrap(), None);
    assert_eq!(store.keys(Some(&ada.id)).await.unwrap(), [own]);
    assert_eq!(store.keys(None).await.unwrap().len(), 2);

    assert!(key.is_valid_at(FUTURE));
    assert!(store.revoke_key(key.id).await.unwrap());
    assert!(!store.revoke_key(key.id).await.unwrap());
    let revoked = store.key_by_secret(&new.hash).await.unwrap().unwrap();
    assert!(!revoked.is_valid_at(1), "{revoked:?}");
}

async fn quotas_of_keys_are_used_up(store: &dyn Store) {
    let new = new_key(namespace("moodle"));
    let key = store.add_key(&new).await.unwrap().unwrap();
    let quota: KeyQuota = new.quota.unwrap();
    let uses = async || store.count_key_use(key.id, quota).await.unwrap();
    assert_eq!((uses().await, uses().await), (None, None));
    let next = uses().await.unwrap();
    assert_eq!(next % quota.period.millis(), 0);
    assert!(next > key.created_at && next <= key.created_at + 2 * quota.period.millis());
    assert_eq!(uses().await, Some(next));
    let more = KeyQuota { uses: 3, ..quota };
    assert_eq!(store.count_key_use(key.id, more).await.unwrap(), None);
}

fn limit(subject: &str, max: u32, window: Duration) -> AttemptLimit {
    AttemptLimit {
        subject: subject.into(),
        max,
        window,
    }
}

async fn attempts_are_bounded(store: &dyn Store) {
    let hour = Duration::from_secs(3600);
    let limits = [limit("ada at home", 3, hour), limit("home", 4, hour)];
    for _ in 0..3 {
        assert_eq!(store.count_attempt_within(&limits).await.unwrap(), None);
    }
    let wait = store.count_attempt_within(&limits).await.unwrap().unwrap();
    assert!(wait > hour / 2 && wait <= hour, "{wait:?}");
    let bob = [limit("bob at home", 3, hour), limit("home", 4, hour)];
    assert_eq!(store.count_attempt_within(&bob).await.unwrap(), None);
    assert!(store.count_attempt_within(&bob).await.unwrap().is_some());
    // A success is no attempt.
    store.discount_attempts(&bob).await.unwrap();
    assert_eq!(store.count_attempt_within(&bob).await.unwrap(), None);
    store.forget_attempts(Duration::ZERO).await.unwrap();
    assert_eq!(store.count_attempt_within(&limits).await.unwrap(), None);
}

async fn windows_of_attempts_end(store: &dyn Store) {
    let limits = [limit("ada", 1, Duration::from_millis(300))];
    assert_eq!(store.count_attempt_within(&limits).await.unwrap(), None);
    let wait = store.count_attempt_within(&limits).await.unwrap().unwrap();
    tokio::time::sleep(wait).await;
    assert_eq!(store.count_attempt_within(&limits).await.unwrap(), None);
}

/// Ten thousand guesses, many at once: no more than the limit come through.
async fn ten_thousand_attempts_get_no_further(store: &dyn Store) {
    let hour = Duration::from_secs(3600);
    let limits = [limit("ada at home", 10, hour), limit("ada", 100, hour)];
    let attempts = (0..10_000).map(|_| store.count_attempt_within(&limits));
    let mut attempts = futures_util::stream::iter(attempts).buffer_unordered(16);
    let mut admitted = 0;
    while let Some(attempt) = attempts.next().await {
        admitted += u32::from(attempt.unwrap().is_none());
    }
    assert_eq!(admitted, 10);
}

async fn profiles_count_submissions(store: &dyn Store) {
    Package::of("aplusb").import(store).await;
    let mut wrong = submission("ada");
    wrong.language = letscode_model::LanguageId("cpp".into());
    let (right, other) = (submission("ada"), submission("eve"));
    for (new, verdict) in [
        (&wrong, Verdict::WrongAnswer),
        (&right, Verdict::Accepted),
        (&submission("ada"), Verdict::Accepted),
        (&other, Verdict::Accepted),
    ] {
        store.insert_submission(new).await.unwrap();
        store.finish(new.id, &judgement(verdict)).await.unwrap();
    }
    let profile = store.profile(&UserId("ada".into()), 0).await.unwrap();
    let solved: Vec<&str> = profile.solved.iter().map(|id| id.as_str()).collect();
    assert_eq!(solved, ["aplusb"]);
    let languages: Vec<(&str, u64)> = profile
        .languages
        .iter()
        .map(|count| (count.language.as_str(), count.submissions))
        .collect();
    assert_eq!(languages, [("python", 2), ("cpp", 1)]);
    assert_eq!(profile.activity.values().sum::<u64>(), 3);
    let later = store.profile(&UserId("ada".into()), FUTURE).await.unwrap();
    assert!(later.activity.is_empty());
}

async fn submissions_move_with_their_distrust(store: &dyn Store) {
    Package::of("aplusb").import(store).await;
    let new = submission("pub-browser");
    let claim = letscode_store::ClientVerdict::Unverified(judgement(Verdict::Accepted).verdict);
    store.insert_client_result(&new, &claim).await.unwrap();
    store
        .finish(new.id, &judgement(Verdict::WrongAnswer))
        .await
        .unwrap();
    let (from, to) = (new.user_id.clone(), registered(store, "ada").await.id);
    assert_eq!(store.move_submissions(&from, &to).await.unwrap(), 1);
    assert_eq!(store.move_submissions(&from, &to).await.unwrap(), 0);
    let moved = store.submission(new.id).await.unwrap().unwrap();
    assert_eq!(moved.user_id, to);
    assert!(!store.is_trusted(&to).await.unwrap());
    assert!(store.is_trusted(&from).await.unwrap());
}

async fn erased_users_leave_nothing(store: &dyn Store) {
    let package = Package::of("aplusb");
    package.import(store).await;
    let (ada, eve) = (
        registered(store, "ada").await,
        registered(store, "eve").await,
    );
    let (mut finished, mut open, mut other) = (submission(""), submission(""), submission(""));
    for (new, account) in [(&mut finished, &ada), (&mut open, &ada), (&mut other, &eve)] {
        new.user_id = account.id.clone();
    }
    let claim = letscode_store::ClientVerdict::Unverified(judgement(Verdict::Accepted).verdict);
    store.insert_client_result(&finished, &claim).await.unwrap();
    store
        .finish(finished.id, &judgement(Verdict::WrongAnswer))
        .await
        .unwrap();
    store.insert_submission(&open).await.unwrap();
    store.insert_submission(&other).await.unwrap();
    let hash = session(store, &ada, FUTURE).await;
    let key = new_key(KeyOwner::Account(ada.id.clone()));
    store.add_key(&key).await.unwrap();
    let seven = identity("https://login.example", "7");
    store.link_identity(&ada.id, &seven).await.unwrap();
    let browser = RandomSecret::new().hash();
    store
        .remember_browser(&ada.id, &browser, None)
        .await
        .unwrap();

    let event = AuditEvent::new(AuditAction::AccountDeleted, &ada.id.0).on(&ada.id.0);
    let erased = store.erase_user(&ada.id, &event).await.unwrap();
    assert_eq!(
        erased,
        ErasedUser {
            account: true,
            submissions: 2,
            keys: 1,
            browsers: Vec::new(),
        }
    );
    for id in [finished.id, open.id] {
        assert_eq!(store.submission(id).await.unwrap(), None);
        assert_eq!(store.new_submission(id).await.unwrap(), None);
    }
    assert!(store.is_trusted(&ada.id).await.unwrap());
    assert_eq!(store.session_account(&hash).await.unwrap(), None);
    assert_eq!(store.key_by_secret(&key.hash).await.unwrap(), None);
    assert_eq!(store.account(&ada.id).await.unwrap(), None);
    assert_eq!(store.account_by_identity(&seven).await.unwrap(), None);
    assert!(!store.is_known_browser(&ada.id, &browser).await.unwrap());
    assert!(store.submission(other.id).await.unwrap().is_some());
    assert_eq!(
        store.erase_user(&ada.id, &event).await.unwrap(),
        ErasedUser::default()
    );
    registered(store, "ada").await;
}

contract!(
    accounts_are_found_by_id_and_name,
    names_that_look_alike_are_taken,
    accounts_are_listed_in_pages,
    invitations_work_once_and_for_their_name,
    sessions_end,
    another_password_ends_other_sessions,
    pending_logins_are_taken_once,
    identities_have_one_account,
    keys_are_found_by_their_secret,
    quotas_of_keys_are_used_up,
    attempts_are_bounded,
    windows_of_attempts_end,
    ten_thousand_attempts_get_no_further,
    profiles_count_submissions,
    submissions_move_with_their_distrust,
    erased_users_leave_nothing,
);
