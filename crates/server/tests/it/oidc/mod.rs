//! Log-ins at an OpenID provider.

mod provider;
mod scene;

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use letscode_model::{AuditAction, Invitation, RandomSecret, Role, SecretHash, UserName};
use letscode_queue::QueueSettings;
use letscode_server::{AuthMode, RegistrationMode};
use letscode_store::AccountStore;
use rstest::rstest;
use serde_json::{Value, json};

use self::provider::{CLIENT_ID, Health, Signature};
use self::scene::{BEGIN, Browser, Scene, at_provider};
use crate::common::TestServer;
use crate::common::people::{PASSWORD, account, as_page, login, send, settings};

const IDENTITIES: &str = "/api/account/identities";

#[rstest]
#[case(Signature::Rs256(0))]
#[case(Signature::Es256)]
#[tokio::test]
async fn people_log_in_at_the_provider(#[case] signature: Signature) {
    let scene = Scene::start().await;
    scene.provider.behaviour().signature = signature;
    let config = send(&scene.server, ("GET", "/api/config"), &[], &Value::Null).await;
    assert_eq!(config.json()["auth"]["provider"], "School");
    let mut browser = Browser::default();
    let next = "/problems/aplusb?lang=en";
    let page = scene.log_in(&mut browser, json!({"next": next})).await;
    assert_eq!(page, next);
    assert_eq!(browser.name(&scene).await.as_deref(), Some("ada"));
    assert_eq!(
        browser.0.keys().collect::<Vec<_>>(),
        ["letscode_browser", "letscode_session"]
    );
    let ada = scene.account_of("7").await.unwrap();
    // The name at the provider may change: the subject decides.
    scene.person("7", "Countess");
    let page = scene.log_in(&mut Browser::default(), json!({})).await;
    assert_eq!(page, "/");
    assert_eq!(scene.account_of("7").await, Some(ada));
    assert_eq!(
        scene.actions().await,
        [
            AuditAction::AccountCreated,
            AuditAction::LogIn,
            AuditAction::LogIn
        ]
    );
    assert_eq!(scene.provider.requests("discovery"), 1, "is kept");
}

#[tokio::test]
async fn names_that_somebody_has_get_a_number() {
    let scene = Scene::start().await;
    let bill = account(&scene.server, "bill", Role::Admin).await;
    scene.provider.behaviour().person = json!({
        "sub": "8", "email": "BIL1@school.example", "email_verified": true,
    });
    let mut browser = Browser::default();
    assert_eq!(scene.log_in(&mut browser, json!({})).await, "/");
    assert_eq!(browser.name(&scene).await.as_deref(), Some("bil12"));
    // No address at the provider makes anybody somebody who is here already.
    let stranger = scene.account_of("8").await.unwrap();
    assert_ne!(stranger.id, bill.id);
    assert_eq!(stranger.role, Role::User);
}

#[rstest]
#[case::nonce(json!({"nonce": "another"}))]
#[case::no_nonce(json!({"nonce": null}))]
#[case::audience(json!({"aud": "another"}))]
#[case::further_audience(json!({"aud": [CLIENT_ID, "another"]}))]
#[case::no_audience(json!({"aud": null}))]
#[case::issuer(json!({"iss": "https://evil.example"}))]
#[case::no_issuer(json!({"iss": null}))]
#[case::expired(json!({"exp": 1_700_000_000, "iat": 1_699_999_000}))]
#[case::no_expiry(json!({"exp": null}))]
#[case::no_subject(json!({"sub": null}))]
#[tokio::test]
async fn tokens_with_wrong_claims_prove_nothing(#[case] claims: Value) {
    let scene = Scene::start().await;
    scene.provider.behaviour().claims = claims;
    refused(&scene).await;
}

#[rstest]
#[case(Signature::None)]
#[case(Signature::Hs256)]
#[case(Signature::Forged)]
#[case(Signature::Rs256(1))]
#[tokio::test]
async fn tokens_that_the_provider_did_not_sign_prove_nothing(#[case] signature: Signature) {
    let scene = Scene::start().await;
    scene.provider.behaviour().signature = signature;
    refused(&scene).await;
}

/// Asserts that a log-in comes to nothing, and that the next honest one succeeds.
async fn refused(scene: &Scene) {
    let mut browser = Browser::default();
    let page = scene.log_in(&mut browser, json!({"next": "/status"})).await;
    let failed = [
        "/login?failed=provider-refused",
        "/login?failed=provider-unavailable",
    ];
    assert!(failed.contains(&page.as_str()), "{page}");
    assert!(browser.0.is_empty(), "{:?}", browser.cookies());
    assert_eq!(scene.account_of("7").await, None);
    if page.ends_with("refused") {
        assert_eq!(scene.actions().await, [AuditAction::FailedLogIn]);
    }
    {
        let mut behaviour = scene.provider.behaviour();
        behaviour.signature = Signature::Rs256(0);
        behaviour.claims = json!({});
    }
    assert_eq!(scene.log_in(&mut browser, json!({})).await, "/");
}

#[tokio::test]
async fn log_ins_belong_to_the_browser_that_began_them() {
    let scene = Scene::start().await;
    let mut victim = Browser::default();
    let begun = victim.page(&scene, BEGIN, &json!({})).await;
    let stolen = at_provider(&begun).await;
    // Somebody else's browser: without a log-in, and with one of its own.
    let mut thief = Browser::default();
    let expired = "/login?failed=login-expired";
    assert_eq!(thief.come_back(&scene, &stolen).await, expired);
    thief.page(&scene, BEGIN, &json!({})).await;
    assert_eq!(thief.come_back(&scene, &stolen).await, expired);
    // Nobody is logged in as the attacker by opening his link.
    scene.person("666", "mallory");
    let begun = thief.page(&scene, BEGIN, &json!({})).await;
    let planted = at_provider(&begun).await;
    assert_eq!(victim.clone().come_back(&scene, &planted).await, expired);
    // The one it belongs to is not disturbed; a second time is too late.
    assert_eq!(victim.come_back(&scene, &stolen).await, "/");
    assert_eq!(victim.come_back(&scene, &stolen).await, expired);
    for address in [
        "/login/callback",
        "/login/callback?state=x&code=y",
        "/login/callback?code=y",
        "/login/callback?code=a&code=b",
        "/login/callback?userId=%00&state=x",
    ] {
        assert_eq!(thief.come_back(&scene, address).await, expired, "{address}");
    }
    assert_eq!(scene.account_of("666").await, None);
}

#[tokio::test]
async fn a_code_of_another_log_in_is_worth_nothing() {
    let scene = Scene::start().await;
    let (mut victim, mut thief) = (Browser::default(), Browser::default());
    let begun = victim.page(&scene, BEGIN, &json!({})).await;
    let stolen = at_provider(&begun).await;
    let code = stolen
        .split(['?', '&'])
        .find(|part| part.starts_with("code="))
        .unwrap();
    let begun = thief.page(&scene, BEGIN, &json!({})).await;
    let own = at_provider(&begun).await;
    let state = own
        .split(['?', '&'])
        .find(|part| part.starts_with("state="))
        .unwrap();
    // The verifier (PKCE) is that of the thief's log-in.
    let page = thief
        .come_back(&scene, &format!("/login/callback?{state}&{code}"))
        .await;
    assert_eq!(page, "/login?failed=provider-refused");
    // A person who says no at the provider.
    let begun = thief.page(&scene, BEGIN, &json!({})).await;
    let own = at_provider(&begun).await;
    let state = own
        .split(['?', '&'])
        .find(|part| part.starts_with("state="))
        .unwrap();
    let denied = format!("/login/callback?{state}&error=access_denied");
    assert_eq!(
        thief.come_back(&scene, &denied).await,
        "/login?failed=provider-refused"
    );
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let scene = Scene::start().await;
    for next in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "",
        "/x\r\nset-cookie: letscode_session=1",
    ] {
        let answer = as_page(&scene.server, BEGIN, "", &json!({"next": next})).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{next:?}");
        assert_eq!(answer.json()["field"], "next");
    }
    // A page of another site begins none.
    let headers = [
        ("host", "judge.example"),
        ("origin", "https://evil.example"),
    ];
    let answer = send(&scene.server, BEGIN, &headers, &json!({})).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[rstest]
#[case(Health::Slow)]
#[case(Health::Gigantic)]
#[case(Health::Broken)]
#[case(Health::Garbage)]
#[case(Health::Redirecting)]
#[tokio::test]
async fn a_provider_that_fails_hinders_nobody_else(#[case] health: Health) {
    let scene = Scene::start().await;
    account(&scene.server, "grace", Role::User).await;
    scene.provider.behaviour().health = health;
    let mut browser = Browser::default();
    let before = Instant::now();
    for _ in 0..5 {
        let answer = browser.page(&scene, BEGIN, &json!({})).await;
        assert_eq!(
            answer.status,
            StatusCode::SERVICE_UNAVAILABLE,
            "{}",
            answer.text
        );
        assert!(
            answer.text.contains("provider-unavailable"),
            "{}",
            answer.text
        );
    }
    login(&scene.server, "grace").await;
    // One attempt of three seconds at a time, and a second between two.
    let elapsed = before.elapsed();
    assert!(elapsed < Duration::from_secs(20), "{elapsed:?}");
    assert!(scene.provider.requests("discovery") <= 1 + elapsed.as_secs() as usize);
    // Well again, and ill when the code is redeemed.
    scene.provider.behaviour().health = Health::Well;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let begun = browser.page(&scene, BEGIN, &json!({})).await;
    let back = at_provider(&begun).await;
    scene.provider.behaviour().health = health;
    assert_eq!(
        browser.come_back(&scene, &back).await,
        "/login?failed=provider-unavailable"
    );
    scene.provider.behaviour().health = Health::Well;
    assert_eq!(scene.log_in(&mut browser, json!({})).await, "/");
}

#[tokio::test]
async fn a_provider_that_is_away_is_not_asked_by_each() {
    let scene = Scene::start().await;
    scene.provider.behaviour().health = Health::Broken;
    let attempts = (0..50).map(|_| async {
        let body = json!({});
        as_page(&scene.server, BEGIN, "", &body).await.status
    });
    let statuses = futures_util::future::join_all(attempts).await;
    assert!(
        statuses
            .iter()
            .all(|status| *status == StatusCode::SERVICE_UNAVAILABLE)
    );
    assert!(scene.provider.requests("discovery") <= 4);
}

#[tokio::test]
async fn a_provider_of_another_name_is_not_believed() {
    let scene = Scene::start().await;
    scene.provider.behaviour().published_issuer = Some("https://evil.example".into());
    let answer = as_page(&scene.server, BEGIN, "", &json!({})).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn new_keys_of_the_provider_are_fetched_at_a_bounded_rate() {
    let scene = Scene::start().await;
    let mut browser = Browser::default();
    assert_eq!(scene.log_in(&mut browser, json!({})).await, "/");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    {
        let mut behaviour = scene.provider.behaviour();
        behaviour.published_key = 1;
        behaviour.signature = Signature::Rs256(1);
    }
    assert_eq!(scene.log_in(&mut browser, json!({})).await, "/");
    assert_eq!(scene.provider.requests("keys"), 2);
    // The old key is worth nothing any more, and many unknown ones are not many requests.
    scene.provider.behaviour().signature = Signature::Rs256(0);
    let before = Instant::now();
    for _ in 0..5 {
        let page = scene.log_in(&mut browser, json!({})).await;
        assert_eq!(page, "/login?failed=provider-refused");
    }
    let allowed = 3 + before.elapsed().as_secs() as usize;
    assert!(scene.provider.requests("keys") <= allowed);
}

#[tokio::test]
async fn registration_is_as_the_operator_wants_it() {
    let scene = Scene::with(RegistrationMode::Closed).await;
    let mut browser = Browser::default();
    let page = scene.log_in(&mut browser, json!({})).await;
    assert_eq!(page, "/login?failed=registration-closed");

    let scene = Scene::with(RegistrationMode::Invitation).await;
    let page = scene.log_in(&mut browser, json!({})).await;
    assert_eq!(page, "/login?failed=not-invited");
    let wrong = json!({"invitation": RandomSecret::new().as_text()});
    assert_eq!(
        scene.log_in(&mut browser, wrong).await,
        "/login?failed=not-invited"
    );
    assert_eq!(scene.account_of("7").await, None);
    let code = RandomSecret::new();
    let invitation = Invitation {
        name: Some(UserName::parse("countess").unwrap()),
        role: Role::Setter,
        created_by: "operator".into(),
        created_at: 1,
        expires_at: i64::MAX,
    };
    let store = &scene.server.store;
    store
        .add_invitation(&SecretHash::of(code.as_text()), &invitation)
        .await
        .unwrap();
    let invited = json!({"invitation": code.as_text()});
    assert_eq!(scene.log_in(&mut browser, invited.clone()).await, "/");
    let countess = scene.account_of("7").await.unwrap();
    assert_eq!(
        (countess.name.as_str(), countess.role),
        ("countess", Role::Setter)
    );
    // Once, and who has an account needs none.
    assert_eq!(scene.log_in(&mut browser, invited.clone()).await, "/");
    scene.person("8", "eve");
    assert_eq!(
        scene.log_in(&mut browser, invited).await,
        "/login?failed=not-invited"
    );
}

#[tokio::test]
async fn accounts_link_and_unlink_identities() {
    let scene = Scene::start().await;
    account(&scene.server, "grace", Role::User).await;
    let mut browser = Browser::default();
    let log_in = ("POST", "/api/auth/login");
    browser
        .page(
            &scene,
            log_in,
            &json!({"name": "grace", "password": PASSWORD}),
        )
        .await;
    for body in [json!({}), json!({"password": "wrong"})] {
        let answer = browser.page(&scene, ("POST", IDENTITIES), &body).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    }
    let confirmed = json!({"password": PASSWORD});
    let begun = browser.page(&scene, ("POST", IDENTITIES), &confirmed).await;
    let back = at_provider(&begun).await;
    // Without the session that began it, it is worth nothing.
    let mut logged_out = browser.clone();
    logged_out.0.remove("letscode_session");
    let page = logged_out.come_back(&scene, &back).await;
    assert_eq!(page, "/account?failed=credentials-required");
    let begun = browser.page(&scene, ("POST", IDENTITIES), &confirmed).await;
    let back = at_provider(&begun).await;
    assert_eq!(browser.come_back(&scene, &back).await, "/account");
    assert_eq!(scene.account_of("7").await.unwrap().name.as_str(), "grace");
    let mut elsewhere = Browser::default();
    assert_eq!(scene.log_in(&mut elsewhere, json!({})).await, "/");
    assert_eq!(elsewhere.name(&scene).await.as_deref(), Some("grace"));

    // Somebody else's identity can't be taken.
    scene.person("8", "eve");
    let mut eve = Browser::default();
    scene.log_in(&mut eve, json!({})).await;
    let begun = browser.page(&scene, ("POST", IDENTITIES), &confirmed).await;
    let back = at_provider(&begun).await;
    assert_eq!(
        browser.come_back(&scene, &back).await,
        "/account?failed=identity-taken"
    );

    let list = browser
        .page(&scene, ("GET", IDENTITIES), &Value::Null)
        .await
        .json();
    assert_eq!(list["hasPassword"], true);
    assert_eq!(list["identities"].as_array().unwrap().len(), 1, "{list}");
    let own = format!(
        "{IDENTITIES}/{}",
        list["identities"][0]["id"].as_str().unwrap()
    );
    let list = eve
        .page(&scene, ("GET", IDENTITIES), &Value::Null)
        .await
        .json();
    assert_eq!(list["hasPassword"], false);
    let eves = format!(
        "{IDENTITIES}/{}",
        list["identities"][0]["id"].as_str().unwrap()
    );
    for (path, status) in [(&own, 404), (&eves, 409)] {
        let answer = eve.page(&scene, ("DELETE", path), &json!({})).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    }
    let unlinked = browser.page(&scene, ("DELETE", &own), &confirmed).await;
    assert_eq!(unlinked.status, StatusCode::NO_CONTENT, "{}", unlinked.text);
    assert_eq!(scene.account_of("7").await, None);
    let actions = scene.actions().await;
    assert!(
        actions.contains(&AuditAction::IdentityLinked),
        "{actions:?}"
    );
    assert_eq!(actions.last(), Some(&AuditAction::IdentityUnlinked));
}

#[tokio::test]
async fn services_without_a_provider_say_so() {
    let server = TestServer::with(settings(AuthMode::Accounts), QueueSettings::default()).await;
    let answer = as_page(&server, BEGIN, "", &json!({})).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.text.contains("no-provider"), "{}", answer.text);
    let config = send(&server, ("GET", "/api/config"), &[], &Value::Null).await;
    assert_eq!(config.json()["auth"]["provider"], Value::Null);
}
