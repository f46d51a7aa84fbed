//! The contract of a store about accounts: how many of what each has, and what can't be taken from it.

use std::time::Duration;

use letscode_model::{
    Account, AuditAction, AuditEvent, Invitation, InvitationId, KeyOwner, RandomSecret, Role,
};
use letscode_store::{
    MAX_KEYS, NewAccount, NewKey, NewRegistration, PendingLogin, Store, StoreError,
    UnlinkedIdentity,
};

use super::{FUTURE, identity, namespace, new_account, new_key, registered, session};
use crate::samples;

async fn the_last_way_in_stays(store: &dyn Store) {
    let (first, second) = (
        identity("https://login.example", "1"),
        identity("https://login.example", "2"),
    );
    let new = NewAccount {
        password_hash: None,
        identity: Some(first.clone()),
        ..new_account("ada")
    };
    let NewRegistration::Registered(ada) = store.register(&new, None).await.unwrap() else {
        panic!("not registered")
    };
    let unlink = async |identity| store.unlink_identity(&ada.id, identity).await.unwrap();
    assert_eq!(unlink(&second).await, UnlinkedIdentity::NotFound);
    assert_eq!(unlink(&first).await, UnlinkedIdentity::LastWayIn);
    assert!(store.link_identity(&ada.id, &second).await.unwrap());
    // Of two at once, one stays.
    let both = tokio::join!(unlink(&first), unlink(&second));
    let both = [both.0, both.1];
    assert!(both.contains(&UnlinkedIdentity::Unlinked), "{both:?}");
    assert!(both.contains(&UnlinkedIdentity::LastWayIn), "{both:?}");
    store.set_password(&ada.id, "hash", None).await.unwrap();
    let left = store.identities(&ada.id).await.unwrap();
    assert_eq!(unlink(&left[0]).await, UnlinkedIdentity::Unlinked);
}

async fn the_last_admin_stays(store: &dyn Store) {
    let (ada, eve) = (
        registered(store, "ada").await,
        registered(store, "eve").await,
    );
    for admin in [&ada, &eve] {
        store.set_role(&admin.id, Role::Admin).await.unwrap();
    }
    assert!(!store.is_last_admin(&ada.id).await.unwrap());
    // Of two who step down at once, one stays.
    let (first, second) = tokio::join!(
        store.set_role(&ada.id, Role::User),
        store.set_role(&eve.id, Role::Setter),
    );
    assert_ne!(first.is_ok(), second.is_ok(), "{first:?} {second:?}");
    let (last, other) = if first.is_ok() {
        (&eve, &ada)
    } else {
        (&ada, &eve)
    };
    assert!(store.is_last_admin(&last.id).await.unwrap());
    let event = AuditEvent::new(AuditAction::AccountDeleted, AuditEvent::OPERATOR);
    for refused in [
        store.set_role(&last.id, Role::User).await.map(drop),
        store.erase_user(&last.id, &event).await.map(drop),
    ] {
        assert!(matches!(refused, Err(StoreError::LastAdmin)), "{refused:?}");
    }
    assert!(store.set_role(&last.id, Role::Admin).await.unwrap());
    store.set_role(&other.id, Role::Admin).await.unwrap();
    let erased = tokio::join!(
        store.erase_user(&ada.id, &event),
        store.erase_user(&eve.id, &event)
    );
    assert_ne!(erased.0.is_ok(), erased.1.is_ok(), "{erased:?}");
}

async fn old_sessions_make_way(store: &dyn Store) {
    let (ada, eve) = (
        registered(store, "ada").await,
        registered(store, "eve").await,
    );
    let eves = session(store, &eve, FUTURE).await;
    let mut hashes = Vec::new();
    for _ in 0..60 {
        hashes.push(session(store, &ada, FUTURE).await);
    }
    let newest = hashes.last().unwrap();
    assert!(store.session_account(newest).await.unwrap().is_some());
    assert!(store.session_account(&eves).await.unwrap().is_some());
    assert_eq!(store.end_sessions(&ada.id).await.unwrap(), 50);
}

async fn browsers_are_known_by_one_account(store: &dyn Store) {
    let (ada, eve) = (
        registered(store, "ada").await,
        registered(store, "eve").await,
    );
    let hash = || RandomSecret::new().hash();
    let (first, second) = (hash(), hash());
    let is_known = async |account: &Account, browser| {
        store.is_known_browser(&account.id, browser).await.unwrap()
    };
    store.remember_browser(&ada.id, &first, None).await.unwrap();
    assert!(is_known(&ada, &first).await);
    assert!(!is_known(&eve, &first).await, "another account");
    assert!(!is_known(&ada, &second).await, "another browser");
    // The next person who logs in there takes it over.
    let taken = store.remember_browser(&eve.id, &second, Some(&first));
    taken.await.unwrap();
    assert!(!is_known(&ada, &first).await);
    assert!(is_known(&eve, &second).await);
    let mut browsers = Vec::new();
    for _ in 0..60 {
        let browser = hash();
        store
            .remember_browser(&ada.id, &browser, None)
            .await
            .unwrap();
        browsers.push(browser);
    }
    let mut count = 0;
    for browser in &browsers {
        count += usize::from(is_known(&ada, browser).await);
    }
    assert_eq!(count, 50);
    assert!(is_known(&ada, browsers.last().unwrap()).await);
    store
        .forget_browsers(Duration::from_secs(3600))
        .await
        .unwrap();
    assert!(is_known(&eve, &second).await);
    tokio::time::sleep(Duration::from_millis(5)).await;
    store.forget_browsers(Duration::ZERO).await.unwrap();
    assert!(!is_known(&eve, &second).await);
}

async fn pending_logins_are_bounded(store: &dyn Store) {
    let pending = |address: Option<&str>, expires_at| PendingLogin {
        hash: RandomSecret::new().hash(),
        details: "{}".into(),
        address: address.map(str::to_owned),
        expires_at,
    };
    let add = async |expires_at| {
        let pending = pending(None, expires_at);
        store.add_pending_login(&pending).await.unwrap()
    };
    // Those of one address take each other's places and nobody else's.
    let neighbour = pending(Some("192.0.2.2"), FUTURE);
    assert!(store.add_pending_login(&neighbour).await.unwrap());
    let mut flood = Vec::new();
    for number in 0..25 {
        let pending = pending(Some("192.0.2.1"), FUTURE - 25 + number);
        assert!(store.add_pending_login(&pending).await.unwrap());
        flood.push(pending.hash);
    }
    for (number, hash) in flood.iter().enumerate() {
        let taken = store.take_pending_login(hash).await.unwrap();
        assert_eq!(taken.is_some(), number >= 5, "{number}");
    }
    let taken = store.take_pending_login(&neighbour.hash).await.unwrap();
    assert!(taken.is_some());
    // Those whose time is over are not counted.
    for _ in 0..10 {
        assert!(add(1).await);
    }
    for _ in 0..10_000 {
        assert!(add(FUTURE).await);
    }
    assert!(!add(FUTURE).await);
}

async fn invitations_are_listed_and_revoked(store: &dyn Store) {
    let mut ids = Vec::new();
    for (created_at, expires_at) in [(1, FUTURE), (2, FUTURE), (3, 4)] {
        let secret = RandomSecret::new();
        let invitation = Invitation {
            name: None,
            role: Role::Setter,
            created_by: "root".into(),
            created_at,
            expires_at,
        };
        store
            .add_invitation(&secret.hash(), &invitation)
            .await
            .unwrap();
        ids.push((InvitationId::of(&secret.hash()), secret));
    }
    let listed = store.invitations().await.unwrap();
    let listed: Vec<&InvitationId> = listed.iter().map(|(id, _)| id).collect();
    assert_eq!(
        listed,
        [&ids[1].0, &ids[0].0],
        "newest first, none that has expired"
    );
    assert!(store.revoke_invitation(&ids[1].0).await.unwrap());
    for id in [&ids[1].0, &ids[2].0] {
        assert!(!store.revoke_invitation(id).await.unwrap());
    }
    let code = ids[1].1.hash();
    let refused = store
        .register(&new_account("eve"), Some(&code))
        .await
        .unwrap();
    assert_eq!(refused, NewRegistration::NotInvited);
    assert_eq!(store.invitations().await.unwrap().len(), 1);
}

async fn keys_of_an_account_are_bounded(store: &dyn Store) {
    let ada = registered(store, "ada").await;
    let own = || new_key(KeyOwner::Account(ada.id.clone()));
    let expired = NewKey {
        expires_at: Some(1),
        ..own()
    };
    assert!(store.add_key(&expired).await.unwrap().is_some());
    let mut last = None;
    for _ in 0..MAX_KEYS {
        last = store.add_key(&own()).await.unwrap();
        assert!(last.is_some());
    }
    assert_eq!(store.add_key(&own()).await.unwrap(), None);
    // Many at once are as bounded, and keys of back ends are the operator's.
    assert!(
        store
            .add_key(&new_key(namespace("moodle")))
            .await
            .unwrap()
            .is_some()
    );
    store.revoke_key(last.unwrap().id).await.unwrap();
    let (new, other) = (own(), own());
    let both = tokio::join!(store.add_key(&new), store.add_key(&other));
    let added = [both.0.unwrap(), both.1.unwrap()];
    assert_eq!(added.iter().flatten().count(), 1);

    assert_eq!(
        store.delete_ended_keys(2).await.unwrap(),
        1,
        "the expired one"
    );
    assert_eq!(
        store.delete_ended_keys(FUTURE).await.unwrap(),
        1,
        "the revoked one"
    );
    assert_eq!(store.keys(Some(&ada.id)).await.unwrap().len(), 50);
}

contract!(
    the_last_way_in_stays,
    the_last_admin_stays,
    old_sessions_make_way,
    browsers_are_known_by_one_account,
    pending_logins_are_bounded,
    invitations_are_listed_and_revoked,
    keys_of_an_account_are_bounded,
);
