//! Settings from files, variables and options; `config check` and `db`.

use crate::support::{LETSCODE, Ran, Source, TIMEOUT, letscode};
use letscode_test_servers::PostgresServer;
use rstest::rstest;

fn check(text: &str) -> Ran {
    let file = Source::new("letscode.toml", text);
    letscode(["config", "check", file.arg()])
}

#[test]
fn settings_are_shown_without_passwords() {
    let ran = check(
        "listen = '0.0.0.0:80'\nworkers = 3\ndatabase = 'postgres://judge:hunter2@db/judge'\n\
         allow-degraded = ['cgroups', 'network']\n\
         influx-token = 'hunter2'\nclient-recheck = 0.5\nno-speculative-compile = true\n",
    );
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert!(
        ran.stdout.contains("workers = 3   (serve, worker)"),
        "{ran:#?}"
    );
    assert!(ran.stdout.contains("client-recheck = 0.5"), "{ran:#?}");
    assert!(
        ran.stdout.contains("no-speculative-compile = true"),
        "{ran:#?}"
    );
    assert!(!ran.stdout.contains("hunter2"), "{ran:#?}");
    assert!(
        ran.stdout.contains("allow-degraded = cgroups, network"),
        "{ran:#?}"
    );
    assert!(
        ran.stdout.contains("postgres://judge:***@db/judge"),
        "{ran:#?}"
    );
}

#[rstest]
#[case("lisen = '0.0.0.0:80'", "`lisen` is not a setting")]
#[case("listen = 'everywhere'", "`listen`: invalid value 'everywhere'")]
#[case("workers = -1", "`workers`: invalid value '-1'")]
#[case("workers = 1.5", "`workers`: invalid value '1.5'")]
#[case(
    "workers = 2026-11-23",
    "`workers` is a text, a number, true or false, or a list"
)]
#[case("lease = 0", "`lease`: invalid value '0'")]
#[case(
    "allow-degraded = ['seatbelt']",
    "`allow-degraded`: invalid value 'seatbelt'"
)]
#[case("config = 'other.toml'", "`config` is not a setting")]
#[case("listen", "TOML")]
fn bad_settings_are_refused_by_key(#[case] text: &str, #[case] said: &str) {
    let ran = check(text);
    let refusal = ran.refusal();
    assert!(refusal.contains(said), "{refusal}");
    assert!(refusal.contains("letscode.toml"), "{refusal}");
}

#[test]
fn options_override_variables_override_the_file() {
    let file = Source::new(
        "letscode.toml",
        "database = 'mysql://file'\nredis = 'redis://r'\n",
    );
    let refusal = |variable: Option<&str>, option: &[&str]| {
        let data = tempfile::tempdir().unwrap();
        let mut command = assert_cmd::Command::new(LETSCODE);
        command
            .args(["api", "--config", file.arg(), "--data"])
            .arg(data.path())
            .args(option);
        command
            .env("RUST_LOG", "off")
            .env_remove("LETSCODE_DATABASE");
        if let Some(url) = variable {
            command.env("LETSCODE_DATABASE", url);
        }
        let output = command.timeout(TIMEOUT).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let first = "postgres://nobody@127.0.0.1:1/x";
    let second = "postgres://nobody@127.0.0.1:2/x";
    assert!(refusal(None, &[]).contains("`database`"));
    assert!(refusal(Some(first), &[]).contains("127.0.0.1:1"));
    assert!(refusal(Some(first), &["--database", second]).contains("127.0.0.1:2"));
}

#[rstest]
#[case("api")]
#[case("worker")]
fn missing_store_settings_are_named(#[case] role: &str) {
    let ran = letscode([role]);
    let refusal = ran.refusal();
    assert!(refusal.contains("`database` is not set"), "{refusal}");
    let ran = letscode([role, "--database", "postgres://x@127.0.0.1:1/x"]);
    assert!(ran.refusal().contains("`redis` is not set"), "{ran:#?}");
}

#[test]
fn migrations_are_listed_and_applied() {
    let server = PostgresServer::start();
    let data = tempfile::tempdir().unwrap();
    let data = data.path().join("data");
    let url = server.url();
    for place in [
        ["--database", url.as_str()],
        ["--data", data.to_str().unwrap()],
    ] {
        let run = |command: &str, more: &[&str]| {
            letscode(["db", command].iter().chain(&place).chain(more).copied())
        };
        let before = run("status", &["--json"]);
        assert_eq!(before.code, Some(1), "{before:#?}");
        assert_eq!(
            before.json()["pending"],
            before.json()["migrations"].as_array().unwrap().len()
        );
        assert_eq!(run("migrate", &[]).code, Some(0));
        let after = run("status", &["--json"]);
        assert_eq!(after.code, Some(0), "{after:#?}");
        assert_eq!(after.json()["migrations"][0]["state"], "applied");
    }
}
