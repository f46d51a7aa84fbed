//! What an outsider tries who knows every id of a victim, has an account and keys of their own, and finds
//! credentials that have ended. None of it may succeed: no answer has what only the victim may see, and
//! at the end nothing of the victim's has changed.

mod scene;

use axum::http::StatusCode;
use letscode_model::{KeyOwner, KeyScope, RandomSecret, Role};
use letscode_store::{AccessStore, KeyStore, NewKey, NewSession, SessionStore};
use serde_json::{Value, json};

use self::scene::{Headers, MARKER, Scene, state_of_victim};
use crate::common::Answer;
use crate::common::people::{key, logged_in, namespace};

fn bearer(secret: &str) -> Headers {
    vec![("authorization", format!("Bearer {secret}"))]
}

fn page(cookie: &str) -> Headers {
    vec![
        ("host", "judge.example".into()),
        ("origin", "http://judge.example".into()),
        ("sec-fetch-site", "same-origin".into()),
        ("cookie", cookie.into()),
    ]
}

/// A page of another site, in the browser of somebody who is logged in.
fn foreign_page(cookie: &str, origin: &str, site: &str) -> Headers {
    vec![
        ("host", "judge.example".into()),
        ("origin", origin.into()),
        ("sec-fetch-site", site.into()),
        ("cookie", cookie.into()),
    ]
}

/// Credentials of the outsider, some of which have ended.
async fn credentials(scene: &Scene) -> Vec<(&'static str, Headers)> {
    let server = &scene.server;
    let own_session = logged_in(server, "mallory", Role::User).await;
    let all = [KeyScope::Run, KeyScope::Submit, KeyScope::Read];
    let other_back_end = key(server, namespace("evil"), &all).await;
    let no_read = key(server, namespace("moodle"), &[KeyScope::Run]).await;
    let revoked = RandomSecret::new_key();
    let expired = RandomSecret::new_key();
    for (secret, expires_at) in [(&revoked, None), (&expired, Some(1))] {
        let new = NewKey {
            hash: secret.hash(),
            name: "old".into(),
            owner: KeyOwner::Account(scene.victim.clone()),
            scopes: all.into(),
            quota: None,
            expires_at,
        };
        let id = server.store.add_key(&new).await.unwrap().unwrap().id;
        if expires_at.is_none() {
            server.store.revoke_key(id).await.unwrap();
        }
    }
    let stolen = RandomSecret::new();
    let session = NewSession {
        hash: stolen.hash(),
        account: scene.victim.clone(),
        expires_at: i64::MAX,
    };
    server.store.add_session(&session).await.unwrap();
    server.store.end_session(&stolen.hash()).await.unwrap();
    let stolen = format!("letscode_session={}", stolen.as_text());
    vec![
        ("without credentials", vec![]),
        ("with a session of their own", page(&own_session)),
        ("with a key of another back end", bearer(&other_back_end)),
        ("with a key without the scope", bearer(&no_read)),
        (
            "with a revoked key of the victim",
            bearer(revoked.as_text()),
        ),
        (
            "with an expired key of the victim",
            bearer(expired.as_text()),
        ),
        ("with a session that was logged out", page(&stolen)),
        (
            "with a key that was made up",
            bearer("lc_00112233445566778899aabbccddeeff"),
        ),
    ]
}

/// Calls that are tried with each credential.
fn calls(scene: &Scene) -> Vec<(&'static str, String)> {
    let [of_account, of_back_end] = scene.submissions;
    let (victim, run) = (&scene.victim, scene.run);
    let mut calls = vec![
        (
            "GET",
            format!("/api/submissions?ids={of_account},{of_back_end}"),
        ),
        ("GET", format!("/api/submissions?userId={victim}")),
        ("GET", "/api/submissions?userId=moodle/ada".to_owned()),
        ("GET", format!("/api/run/{run}")),
        ("DELETE", format!("/api/run/{run}")),
        ("GET", "/api/problems/aplusb/submissions".to_owned()),
        (
            "GET",
            "/api/problems/aplusb/submissions?format=csv&code=true".to_owned(),
        ),
        ("GET", "/api/problems/aplusb/package".to_owned()),
        ("PUT", "/api/problems/aplusb".to_owned()),
        ("DELETE", "/api/problems/aplusb".to_owned()),
        ("POST", "/api/problems/aplusb/rejudge".to_owned()),
        ("GET", "/api/admin/users".to_owned()),
        ("GET", "/api/admin/keys".to_owned()),
        ("GET", "/api/admin/violations".to_owned()),
        ("GET", "/api/admin/audit".to_owned()),
        ("GET", "/api/admin/flags".to_owned()),
        ("GET", "/api/admin/invitations".to_owned()),
        (
            "DELETE",
            format!("/api/admin/invitations/{}", scene.invitation),
        ),
        (
            "DELETE",
            format!("/api/account/identities/{}", scene.victims_identity),
        ),
        ("DELETE", format!("/api/account/keys/{}", scene.victims_key)),
        ("DELETE", format!("/api/admin/keys/{}", scene.victims_key)),
    ];
    for id in scene.submissions {
        for (method, path) in [
            ("GET", ""),
            ("GET", "/source"),
            ("GET", "/events"),
            ("GET", "/comparison"),
            ("POST", "/rejudge"),
            ("POST", "/links"),
            ("DELETE", "/links"),
            ("DELETE", "?cancel=true"),
        ] {
            calls.push((method, format!("/api/submission/{id}{path}")));
        }
    }
    calls
}

/// Links that were guessed, and what the store knows of real ones.
async fn links(scene: &mut Scene) {
    let [of_account, of_back_end] = scene.submissions;
    let link = RandomSecret::new();
    let store = scene.server.store.clone();
    store.add_link(of_back_end, &link.hash()).await.unwrap();
    let hash = link.hash().as_str().to_owned();
    for (name, link) in [
        ("an empty link", String::new()),
        ("a link that was made up", "0".repeat(64)),
        ("the link of another submission", link.as_text().to_owned()),
        ("the hash of a link", hash),
        ("a link with SQL", "'%20OR%201=1--".to_owned()),
        ("a link with a NUL", "%00".to_owned()),
    ] {
        for call in ["", "/source", "/events"] {
            let path = format!("/api/submission/{of_account}{call}?link={link}");
            scene.attempt(name, ("GET", &path), vec![], Value::Null);
        }
    }
}

/// Headers that claim to be from the operator's machine or another user.
fn header_games(scene: &mut Scene, own: &Headers) {
    let [id, _] = scene.submissions;
    let games: Vec<(&str, Headers)> = vec![
        (
            "x-forwarded-for",
            vec![("x-forwarded-for", "127.0.0.1".into())],
        ),
        ("x-real-ip", vec![("x-real-ip", "127.0.0.1".into())]),
        (
            "forwarded",
            vec![("forwarded", "for=127.0.0.1;host=localhost".into())],
        ),
        ("host localhost", vec![("host", "localhost".into())]),
        ("a user header", vec![("x-user-id", scene.victim.0.clone())]),
        ("a remote user", vec![("x-remote-user", "root".into())]),
        (
            "a method override",
            vec![("x-http-method-override", "DELETE".into())],
        ),
        (
            "a secret",
            vec![("x-letscode-secret", "correct-horse-battery".into())],
        ),
        (
            "an id as a secret",
            vec![("x-letscode-secret", scene.victim.0.clone())],
        ),
        (
            "two authorizations",
            [bearer("lc_0011"), bearer("lc_0022")].concat(),
        ),
        (
            "basic",
            vec![("authorization", "Basic cm9vdDpyb290".into())],
        ),
        ("an empty bearer", vec![("authorization", "Bearer ".into())]),
        (
            "an id as a cookie",
            page(&format!("letscode_session={}", scene.victim)),
        ),
        ("the other cookie", page("__Host-letscode=0")),
        (
            "the cookie of a known browser",
            page(&format!(
                "letscode_browser={0}; letscode_session={0}",
                scene.victims_browser
            )),
        ),
        (
            "the cookie of a pending log-in",
            page(&format!(
                "letscode_login={0}; letscode_session={0}",
                scene.victims_browser
            )),
        ),
        (
            "two cookies",
            page("letscode_session=a; letscode_session=b"),
        ),
    ];
    for (name, headers) in games {
        let source = format!("/api/submission/{id}/source");
        scene.attempt(name, ("GET", &source), headers.clone(), Value::Null);
        scene.attempt(
            name,
            ("GET", "/api/admin/users"),
            headers.clone(),
            Value::Null,
        );
        let with_own = [own.clone(), headers].concat();
        scene.attempt(name, ("GET", "/api/admin/audit"), with_own, Value::Null);
    }
}

/// Other spellings of addresses that are refused.
fn spellings(scene: &mut Scene, own: &Headers) {
    for path in [
        "//api/admin/users",
        "/api//admin/users",
        "/API/admin/users",
        "/api/admin/users/",
        "/api/problems/../admin/users",
        "/api/problems/%2e%2e/admin/users",
        "/api/admin%2fusers",
        "/api/admin/users%00",
        "/api/./admin/users",
        "/compat/../api/admin/users",
    ] {
        scene.attempt("another spelling", ("GET", path), own.clone(), Value::Null);
        scene.attempt("another spelling", ("GET", path), vec![], Value::Null);
    }
    for method in ["HEAD", "OPTIONS", "PATCH", "TRACE"] {
        let path = format!("/api/submission/{}/source", scene.submissions[0]);
        scene.attempt("another method", (method, &path), own.clone(), Value::Null);
    }
}

/// Pages of other sites in the victim's browser, which sends the victim's cookie with their requests.
fn foreign_pages(scene: &mut Scene, victims_cookie: &str) {
    let sites = [
        ("https://evil.example", "cross-site"),
        ("http://judge.example.evil.example", "cross-site"),
        ("http://judge.example:81", "same-site"),
        ("null", "cross-site"),
    ];
    for (origin, site) in sites {
        let headers = foreign_page(victims_cookie, origin, site);
        let identity = format!("/api/account/identities/{}", scene.victims_identity);
        for (method, path, body) in [
            (
                "DELETE",
                "/api/account",
                json!({"password": "correct horse battery"}),
            ),
            ("POST", "/api/auth/logout-everywhere", Value::Null),
            (
                "POST",
                "/api/account/identities",
                json!({"password": "correct horse battery"}),
            ),
            (
                "DELETE",
                identity.as_str(),
                json!({"password": "correct horse battery"}),
            ),
            (
                "POST",
                "/api/auth/password",
                json!({"old": "correct horse battery", "new": "a horse that is stolen"}),
            ),
            (
                "POST",
                "/api/account/keys",
                json!({"name": "x", "scopes": ["run"]}),
            ),
            (
                "POST",
                "/api/submit",
                json!({"problemId": "aplusb", "language": "python", "code": "print(1)"}),
            ),
        ] {
            let name = format!("a page of {origin}");
            scene.attempt(&name, (method, path), headers.clone(), body);
        }
        let mut socket = headers;
        socket.extend([
            ("connection", "upgrade".into()),
            ("upgrade", "websocket".into()),
            ("sec-websocket-version", "13".into()),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==".into()),
        ]);
        let name = format!("a socket of {origin}");
        scene.attempt(&name, ("GET", "/ws"), socket, Value::Null);
    }
}

/// Names and roles that nobody may have by asking.
fn names(scene: &mut Scene, own: &Headers, other_back_end: &Headers, same_back_end: &Headers) {
    let password = "a long enough password";
    for name in [
        "ada",
        "ADA",
        "Ada",
        "аda",
        "ada\u{0}",
        " ada",
        "ada\u{200b}",
        "ａda",
        "a d a\n",
        "ada\u{feff}",
        "ada\u{0}root",
        "\u{202e}ada",
        "ádá\u{200d}",
        "𝐚𝐝𝐚",
        "operator",
        "0perator",
        "anonymous",
    ] {
        let body = json!({"name": name, "password": password});
        let headers = page("");
        scene.attempt(
            "a name that is taken",
            ("POST", "/api/auth/register"),
            headers,
            body,
        );
    }
    let me = json!({"name": "mallory2", "password": password, "role": "admin"});
    scene.attempt("a role", ("POST", "/api/auth/register"), page(""), me);
    let victim = scene.victim.clone();
    for path in [
        format!("/api/admin/users/{victim}"),
        "/api/admin/users/mallory".to_owned(),
    ] {
        let body = json!({"role": "admin"});
        scene.attempt("a role", ("POST", &path), own.clone(), body);
    }
    let code = json!({
        "name": "mallory3", "password": password, "invitation": scene.invitation.as_str(),
    });
    let register = ("POST", "/api/auth/register");
    scene.attempt("an invitation's id as its code", register, page(""), code);
    let invitation = json!({"role": "admin"});
    let path = "/api/admin/invitations";
    scene.attempt("an invitation", ("POST", path), own.clone(), invitation);
    let unflag = json!({"flagged": false, "reason": "I am innocent"});
    let path = "/api/admin/flags/mallory";
    scene.attempt("lifting a flag", ("POST", path), own.clone(), unflag);
    for id in [victim.0.as_str(), "pub-00112233445566778899aabbccddeeff"] {
        let body = json!({
            "problemId": "aplusb", "language": "python", "code": "print(1)", "userId": id
        });
        let call = ("POST", "/api/submit");
        scene.attempt("another's id", call, other_back_end.clone(), body);
    }
    let of_back_end = scene.submissions[1];
    for user in ["anonymous", "bob", "", "ada/", "moodle/ada"] {
        for path in ["", "/source"] {
            let path = format!("/api/submission/{of_back_end}{path}?userId={user}");
            let call = ("GET", path.as_str());
            scene.attempt(
                "another user of the key",
                call,
                same_back_end.clone(),
                Value::Null,
            );
        }
    }
    let claim = json!({"secret": victim.0});
    scene.attempt(
        "a claim",
        ("POST", "/api/account/claim"),
        own.clone(),
        claim,
    );
}

#[tokio::test]
async fn outsiders_have_no_success() {
    let mut scene = Scene::start().await;
    let credentials = credentials(&scene).await;
    for (name, headers) in &credentials {
        for (method, path) in calls(&scene) {
            scene.attempt(name, (method, &path), headers.clone(), Value::Null);
        }
    }
    let (own, other_back_end) = (credentials[1].1.clone(), credentials[2].1.clone());
    let victims_cookie = crate::common::people::login(&scene.server, "ada").await;
    links(&mut scene).await;
    header_games(&mut scene, &own);
    spellings(&mut scene, &own);
    foreign_pages(&mut scene, &victims_cookie);
    let all = [KeyScope::Run, KeyScope::Submit, KeyScope::Read];
    let same_back_end = bearer(&key(&scene.server, namespace("moodle"), &all).await);
    names(&mut scene, &own, &other_back_end, &same_back_end);
    let before = state_of_victim(&scene).await;
    let mut successes = Vec::new();
    for attempt in &scene.attempts {
        let answer = scene.perform(attempt).await;
        // A list or page that anybody may have, without anything of the victim's in it.
        let is_harmless = attempt.method == "GET"
            && (attempt.path.starts_with("/api/submissions?") || is_page(&answer));
        // A secret that nobody has submitted with.
        let is_empty = answer.text == r#"{"submissions":0}"#;
        let is_success = answer.status.is_success() && !is_harmless && !is_empty;
        let says_it = answer.text.contains(MARKER)
            || scene
                .submissions
                .iter()
                .any(|id| answer.status.is_success() && answer.text.contains(&id.to_string()));
        if is_success || says_it {
            successes.push(format!(
                "{} {} {}: {} {}",
                attempt.name, attempt.method, attempt.path, answer.status, answer.text
            ));
        }
    }
    println!("{} attempts", scene.attempts.len());
    assert!(successes.is_empty(), "{}", successes.join("\n"));
    assert_eq!(state_of_victim(&scene).await, before);
}

/// True for the page's own files, which everybody gets.
fn is_page(answer: &Answer) -> bool {
    answer.status == StatusCode::OK && answer.header("content-type").starts_with("text/html")
}
