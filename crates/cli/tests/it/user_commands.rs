//! `letscode user` and `letscode key`, also while a service runs on the store, and the modes that they
//! are for.

use std::process::Command;

use letscode_test_servers::PostgresServer;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::service::Service;
use crate::support::{LETSCODE, Ran, letscode, letscode_with_input};

const PASSWORD: &str = "correct horse battery";

/// Calls a command with the options that name a store.
fn call(store: [&str; 2], arguments: &[&str]) -> Ran {
    letscode_with_input(PASSWORD, arguments.iter().copied().chain(store))
}

fn succeed(store: [&str; 2], arguments: &[&str]) -> String {
    let ran = call(store, arguments);
    assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:#?}");
    assert!(!ran.stdout.contains(PASSWORD) && !ran.stderr.contains(PASSWORD));
    ran.stdout
}

fn json_of(store: [&str; 2], arguments: &[&str]) -> Value {
    serde_json::from_str(&succeed(store, arguments)).unwrap()
}

fn operators_manage_people_and_keys(store: [&str; 2]) {
    succeed(store, &["user", "add", "Ada", "--role", "admin"]);
    for name in ["ada", "ADA"] {
        let refusal = call(store, &["user", "add", name]);
        assert!(refusal.refusal().contains("looks like it"), "{refusal:#?}");
    }
    let bad = letscode_with_input("short", ["user", "add", "eve", store[0], store[1]]);
    assert!(bad.refusal().contains("at least 8 characters"), "{bad:#?}");
    let link = succeed(
        store,
        &["user", "add", "eve", "--role", "setter", "--invite"],
    );
    assert!(link.starts_with("/register?invitation="), "{link}");

    for last in [
        &["user", "role", "ada", "setter"][..],
        &["user", "delete", "ada", "--yes"],
    ] {
        let refusal = call(store, last);
        assert!(refusal.refusal().contains("the only admin"), "{refusal:#?}");
        assert!(
            refusal.stderr.contains("letscode user role NAME admin"),
            "{refusal:#?}"
        );
    }
    succeed(store, &["user", "add", "root", "--role", "admin"]);
    succeed(store, &["user", "role", "ada", "setter"]);
    let users = json_of(store, &["user", "list", "--json"]);
    assert_eq!(users["users"][0]["name"], "ada");
    assert_eq!(users["users"][0]["role"], "setter");
    assert_eq!(
        users["users"].as_array().unwrap().len(),
        2,
        "invited is not registered"
    );
    let open = json_of(store, &["user", "invitations", "--json"]);
    assert_eq!(open["invitations"][0]["name"], "eve", "{open}");
    let code = succeed(store, &["user", "invite", "--days", "2"]);
    assert!(code.starts_with("/register?invitation="), "{code}");
    let open = json_of(store, &["user", "invitations", "--json"]);
    assert!(
        !open
            .to_string()
            .contains(code.trim().rsplit('=').next().unwrap())
    );
    let id = open["invitations"][0]["id"].as_str().unwrap();
    succeed(store, &["user", "invitations", "--revoke", id]);
    let again = call(store, &["user", "invitations", "--revoke", id]);
    assert!(again.refusal().contains("no invitation"), "{again:#?}");
    let open = json_of(store, &["user", "invitations", "--json"]);
    assert_eq!(open["invitations"].as_array().unwrap().len(), 1);

    let set = succeed(store, &["user", "password", "ada"]);
    assert!(set.contains("all its sessions have ended"), "{set}");
    let nobody = call(store, &["user", "password", "nobody"]);
    assert!(
        nobody.refusal().contains("no account `nobody`"),
        "{nobody:#?}"
    );
    let audit = succeed(store, &["audit", "--json"]);
    for action in ["invitation-added", "invitation-revoked", "password-change"] {
        assert!(audit.contains(action), "{action}: {audit}");
    }

    let secret = succeed(store, &["key", "add", "moodle", "--scope", "run,read"]);
    assert!(secret.starts_with("lc_"), "{secret}");
    let more = [
        "--scope",
        "run",
        "--user",
        "ada",
        "--expires",
        "90d",
        "--quota",
        "10/day",
    ];
    succeed(store, &[&["key", "add", "laptop"][..], &more].concat());
    let keys = json_of(store, &["key", "list", "--json"]);
    assert!(
        !keys.to_string().contains(secret.trim()),
        "secrets are not stored"
    );
    assert_eq!(keys["keys"][1]["namespace"], "moodle");
    assert_eq!(keys["keys"][1]["scopes"], json!(["run", "read"]));
    assert_eq!(
        (&keys["keys"][0]["quota"], &keys["keys"][0]["state"]),
        (&json!("10/day"), &json!("valid"))
    );
    let shown = json_of(store, &["user", "show", "ada", "--json"]);
    assert_eq!(shown["keys"][0]["name"], "laptop");
    succeed(store, &["key", "revoke", "moodle"]);
    let again = call(store, &["key", "revoke", "moodle"]);
    assert!(
        again
            .refusal()
            .contains("no key `moodle` that is not revoked"),
        "{again:#?}"
    );

    let asked = call(store, &["user", "delete", "ada"]);
    assert!(asked.refusal().contains("--yes"), "{asked:#?}");
    succeed(store, &["user", "delete", "ada", "--yes"]);
    let gone = call(store, &["user", "delete", "ada", "--yes"]);
    assert!(gone.refusal().contains("nothing is stored"), "{gone:#?}");
    let keys = json_of(store, &["key", "list", "--json"]);
    assert_eq!(
        keys["keys"].as_array().unwrap().len(),
        1,
        "those of the account are gone"
    );
}

#[test]
fn folders_have_people_and_keys() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path().join("data");
    operators_manage_people_and_keys(["--data", data.to_str().unwrap()]);
}

#[test]
fn databases_have_people_and_keys() {
    let server = PostgresServer::start();
    operators_manage_people_and_keys(["--database", &server.url()]);
}

#[rstest]
#[case(&["key", "add", "a/b", "--scope", "run"], "--namespace")]
#[case(&["key", "add", "x"], "--scope")]
#[case(&["key", "add", "x", "--scope", "root"], "root")]
#[case(&["key", "add", "x", "--scope", "run", "--expires", "soon"], "90d")]
#[case(&["key", "add", "x", "--scope", "run", "--quota", "many"], "10000/day")]
#[case(&["key", "add", "x", "--scope", "run", "--user", "nobody"], "no account `nobody`")]
#[case(&["user", "add", "аdmin"], "letters of one script")]
#[case(&["user", "role", "nobody", "admin"], "no account `nobody`")]
#[case(&["user", "show", "nobody"], "letscode user list")]
fn mistakes_say_what_to_do(#[case] arguments: &[&str], #[case] reason: &str) {
    let data = tempfile::tempdir().unwrap();
    let store = ["--data", data.path().to_str().unwrap()];
    succeed(store, &["user", "add", "first"]);
    let ran = call(store, arguments);
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    assert!(ran.stderr.contains(reason), "{ran:#?}");
}

/// An id that a key vouches for is longer than one that a request states.
#[test]
fn users_with_long_ids_are_erased_and_flagged() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--auth", "keys"]);
    let store = ["--data", data.path().to_str().unwrap()];
    let back_end = "b".repeat(60);
    let key = succeed(store, &["key", "add", &back_end, "--scope", "submit"]);
    let stated = "u".repeat(128);
    let submission = json!({
        "problemId": "aplusb", "language": "python", "code": "print(1)", "userId": stated,
    });
    let (status, answer) = service.post_with_key("/api/submit", key.trim(), &submission);
    assert_eq!(status, 201, "{answer}");
    let id = format!("{back_end}/{stated}");
    let flagged = succeed(store, &["user", "flag", &id, "--reason", "a bot"]);
    assert!(flagged.contains(&id), "{flagged}");
    let erased = succeed(store, &["user", "delete", &id, "--yes"]);
    assert!(erased.contains("1 submissions"), "{erased}");
    for unknown in [
        format!("{id}x"),
        format!("B/{stated}"),
        format!("{back_end}/a\u{200b}"),
    ] {
        let refusal = call(store, &["user", "delete", &unknown, "--yes"]);
        assert!(
            refusal.refusal().contains("nothing is stored"),
            "{refusal:#?}"
        );
    }
}

/// A password that the operator sets works at once, and whoever was logged in is no more.
#[test]
fn forgotten_passwords_are_set_anew() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--auth", "accounts"]);
    let store = ["--data", data.path().to_str().unwrap()];
    succeed(store, &["user", "add", "ada"]);
    let log_in = |password: &str| {
        let body = json!({"name": "ada", "password": password});
        service.send_as_page("post", "/api/auth/login", "", Some(&body))
    };
    let cookie = log_in(PASSWORD).cookie.unwrap();
    let new = "another horse battery";
    let set = letscode_with_input(new, ["user", "password", "ada", store[0], store[1]]);
    assert_eq!(set.code, Some(0), "{set:#?}");
    assert!(!set.stdout.contains(new) && !set.stderr.contains(new));
    let answer = service.send_as_page("get", "/api/account", &cookie, None);
    assert_eq!(answer.status, 401, "{}", answer.body);
    assert_eq!(log_in(PASSWORD).status, 401);
    assert_eq!(log_in(new).status, 200);
    for bad in ["", "short", "ada"] {
        let refused = letscode_with_input(bad, ["user", "password", "ada", store[0], store[1]]);
        assert!(
            refused.refusal().contains("at least 8 characters"),
            "{refused:#?}"
        );
    }
    assert_eq!(log_in(new).status, 200);
}

#[test]
fn a_running_service_knows_new_people_and_keys_at_once() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--auth", "accounts"]);
    let store = ["--data", data.path().to_str().unwrap()];
    let log_in = json!({"name": "ada", "password": PASSWORD});
    assert_eq!(service.post("/api/auth/login", &log_in).0, 401);
    succeed(store, &["user", "add", "ada", "--role", "admin"]);
    let answer = service.send_as_page("post", "/api/auth/login", "", Some(&log_in));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let cookie = answer.cookie.unwrap();
    let run = json!({"language": "python", "code": "print(6 * 7)"});
    let answer = service.send_as_page("post", "/api/run", &cookie, Some(&run));
    assert_eq!(answer.body["runs"][0]["stdout"], "42\n", "{}", answer.body);
    assert_eq!(service.post("/api/run", &run).0, 401, "without a session");

    let link = succeed(store, &["user", "add", "eve", "--invite"]);
    let code = link.trim().rsplit('=').next().unwrap();
    let register = json!({"name": "eve", "password": PASSWORD, "invitation": code});
    let answer = service.send_as_page("post", "/api/auth/register", "", Some(&register));
    assert_eq!(answer.status, 201, "{}", answer.body);
    succeed(store, &["user", "role", "eve", "admin"]);
    succeed(store, &["user", "delete", "ada", "--yes"]);
    let answer = service.send_as_page("get", "/api/account", &cookie, None);
    assert_eq!(answer.status, 401, "{}", answer.body);
}

#[rstest]
#[case::open(&["--listen", "0.0.0.0:0"], Some("--open-to-everybody"))]
#[case::open_6(&["--listen", "[::]:0"], Some("--auth keys"))]
#[case::adapter(&["--adapter", "judge0=0.0.0.0:0"], Some("--auth accounts"))]
#[case::adapter_key(&["--auth", "keys", "--adapter-key", "a-secret-of-an-adapter"], Some("letscode key add"))]
#[case::mode(&["--auth", "closed"], Some("open, keys and accounts"))]
#[case::provider_without_accounts(&["--oidc-issuer", "https://login.example", "--public-url", "https://judge.example", "--oidc-client-id", "x"], Some("--auth accounts"))]
#[case::provider_alone(&["--auth", "accounts", "--oidc-issuer", "https://login.example"], Some("--public-url"))]
#[case::no_provider(&["--auth", "accounts", "--oidc-client-id", "x"], Some("--oidc-issuer"))]
#[case::plain_provider(&["--auth", "accounts", "--oidc-issuer", "http://login.example", "--public-url", "https://judge.example", "--oidc-client-id", "x"], Some("https URL"))]
#[case::plain_service(&["--auth", "accounts", "--oidc-issuer", "https://login.example", "--public-url", "http://judge.example", "--oidc-client-id", "x"], Some("such as https://judge.example"))]
#[case::provider_that_is_away(&["--listen", "127.0.0.1:0", "--auth", "accounts", "--oidc-issuer", "http://127.0.0.1:9", "--public-url", "http://localhost:3001", "--oidc-client-id", "x"], None)]
#[case::said_so(&["--listen", "0.0.0.0:0", "--open-to-everybody"], None)]
#[case::keys(&["--listen", "0.0.0.0:0", "--auth", "keys"], None)]
#[case::adapter_with_key(&["--listen", "127.0.0.1:0", "--adapter", "judge0=0.0.0.0:0", "--adapter-key", "a-secret-of-an-adapter"], None)]
fn nobody_is_let_in_by_accident(#[case] options: &[&str], #[case] reason: Option<&str>) {
    let data = tempfile::tempdir().unwrap();
    let serve = ["serve", "--data", data.path().to_str().unwrap()];
    let arguments = serve.iter().chain(options);
    let Some(reason) = reason else {
        let mut command = Command::new(LETSCODE);
        command.args(arguments);
        return drop(Service::spawn(command));
    };
    let ran = letscode(arguments);
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    assert!(ran.stderr.contains(reason), "{ran:#?}");
}

#[test]
fn doctor_names_the_mode() {
    let ran = letscode([
        "doctor",
        "--json",
        "--auth",
        "accounts",
        "--registration",
        "closed",
    ]);
    assert_eq!(
        ran.json()["auth"],
        "accounts and API keys; registration: closed"
    );
}
