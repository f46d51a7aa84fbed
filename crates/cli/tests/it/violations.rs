//! Programs that make denied calls: recorded with evidence, flagged, and not lost by `kill -9`.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use letscode_test_servers::FakeClock;
use serde_json::{Value, json};

use crate::support::distributed::Stores;
use crate::support::service::{self, Service};
use crate::support::{Ran, TIMEOUT, eventually, letscode, letscode_with_input};

const SOCKET: &str = "import socket\nprint('before', flush=True)\nsocket.socket()\n";
const HONEST: &str = "print(sum(map(int, input().split())))";
/// Rounds of `kill -9`; more with the variable of `make chaos`.
const ROUNDS: u32 = 3;
const ROUNDS_VARIABLE: &str = "LETSCODE_CHAOS";

fn command(data: &Path, arguments: &[&str]) -> Ran {
    let folder = ["--data", data.to_str().unwrap()];
    letscode([arguments, &folder].concat())
}

fn violations(data: &Path) -> Vec<Value> {
    let listed = command(data, &["violations", "--json"]).json();
    listed["violations"].as_array().unwrap().clone()
}

fn run(service: &Service, user: &str, code: &str) -> (u16, Value) {
    let body = json!({"language": "python", "code": code, "userId": user});
    service.post("/api/run", &body)
}

/// Makes violations by ad-hoc runs.
fn violate(service: &Service, user: &str, count: usize) {
    for _ in 0..count {
        let (status, answer) = run(service, user, SOCKET);
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["runs"][0]["outcome"], "syscall_denied", "{answer}");
    }
}

fn own_flag(service: &Service, user: &str) -> Value {
    let (status, answer) = service.get(&format!("/api/flag?userId={user}"));
    assert_eq!(status, 200, "{answer}");
    answer["flag"].clone()
}

#[test]
fn violations_are_recorded_with_evidence_that_repeats_them() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let judged = service.judge("aplusb", "python", SOCKET);
    assert_eq!(judged["verdict"]["status"], "Security Violation");
    assert_eq!(violations(data.path()).len(), 1);
    run(&service, "ada", HONEST);
    service.judge("aplusb", "python", HONEST);
    let (_, answer) = run(&service, "bob", SOCKET);
    assert_eq!(answer["runs"][0]["outcome"], "syscall_denied", "{answer}");

    let listed = violations(data.path());
    assert_eq!(listed.len(), 2, "{listed:?}");
    let (of_run, of_submission) = (&listed[0], &listed[1]);
    assert_eq!(of_submission["submissionId"], judged["submissionId"]);
    assert_eq!(
        (&of_submission["userId"], &of_submission["test"]),
        (&json!("ada"), &json!(1))
    );
    assert_eq!(of_submission["problemId"], "aplusb");
    assert_eq!(of_run["userId"], "bob");
    assert_eq!(of_run["address"], "127.0.0.1");
    let by_user = command(
        data.path(),
        &["violations", "--user", "bob", "--since", "1h", "--json"],
    );
    assert_eq!(by_user.json()["violations"], json!([of_run]));

    let (status, detail) = service.get(&format!("/api/admin/violations/{}", of_submission["id"]));
    assert_eq!(status, 200, "{detail}");
    let evidence = &detail["evidence"];
    assert_eq!(evidence["run"]["files"][0]["content"], SOCKET);
    assert_eq!(evidence["stdout"]["first"], "before\n");
    assert!(!evidence["policy"].as_str().unwrap().is_empty());
    let (_, input) = service.get("/api/problems/aplusb");
    let sample = &input["samples"][0]["input"];
    assert_eq!(&evidence["run"]["stdin"], sample);

    let folder = data.path().join("evidence");
    let id = of_submission["id"].to_string();
    let export = [
        "violations",
        "show",
        &id,
        "--export",
        folder.to_str().unwrap(),
    ];
    assert_eq!(command(data.path(), &export).code, Some(0));
    assert!(
        command(data.path(), &export)
            .refusal()
            .contains("not empty")
    );
    let program = folder.join("program");
    let input = folder.join("input");
    let repeat = ["run", "--json", "--language", "python", "--input"];
    let files = [input.to_str().unwrap(), program.to_str().unwrap()];
    let repeated = letscode([&repeat[..], &files].concat());
    assert_eq!(repeated.code, Some(1), "{repeated:#?}");
    assert_eq!(repeated.json()["outcome"], "syscall_denied");
    let (again, call) = (&repeated.json()["deniedCall"], &of_submission["call"]);
    assert_eq!(
        (&again["name"], &call["name"]),
        (&json!("socket"), &json!("socket"))
    );
    // The call takes three; the others are whatever was in the registers.
    let arguments = |call: &Value| call["arguments"].as_array().unwrap()[..3].to_vec();
    assert_eq!(arguments(again), arguments(call));

    let audit = command(data.path(), &["audit", "--action", "violation", "--json"]).json();
    assert_eq!(audit["events"].as_array().unwrap().len(), 2, "{audit}");
    let absent = data.path().join("absent");
    let absent_export = [
        "violations",
        "show",
        "99",
        "--export",
        absent.to_str().unwrap(),
    ];
    assert!(
        command(data.path(), &absent_export)
            .refusal()
            .contains("no violation 99")
    );
    let again = command(data.path(), &absent_export);
    assert!(again.refusal().contains("no violation 99"), "{again:#?}");
}

#[test]
fn five_violations_flag_an_address_until_it_is_lifted() {
    let data = tempfile::tempdir().unwrap();
    let refusing = ["--workers", "2", "--on-flag", "refuse", "--flag-for", "2h"];
    let service = Service::start_with(data.path(), &refusing);
    // Names cost nothing, and may be others': the address is flagged.
    violate(&service, "eve", 1);
    violate(&service, "ada", 4);
    assert_eq!(own_flag(&service, "eve")["subject"]["kind"], "address");
    let unflag = [
        "user",
        "unflag",
        "127.0.0.1",
        "--address",
        "--reason",
        "a class",
    ];
    assert_eq!(command(data.path(), &unflag).code, Some(0));
    assert_eq!(own_flag(&service, "ada"), Value::Null);
    violate(&service, "ada", 5);
    let flag = own_flag(&service, "ada");
    assert_eq!(
        flag["subject"],
        json!({"kind": "address", "name": "127.0.0.1"})
    );
    let length = flag["until"].as_i64().unwrap() - flag["since"].as_i64().unwrap();
    assert_eq!(length, 2 * 3_600_000);
    assert_eq!(own_flag(&service, "bob"), flag, "at the same address");

    // Every way to a job is closed.
    let submission = service::submission("aplusb", "python", HONEST);
    let snippet = json!({"language": "python", "code": HONEST, "userId": "ada"});
    for (path, body) in [("/api/submit", &submission), ("/api/run", &snippet)] {
        let (status, answer) = service.post(path, body);
        assert_eq!(status, 403, "{path}: {answer}");
        assert_eq!(
            answer["type"], "urn:letscode:problem:account-flagged",
            "{answer}"
        );
    }
    assert_eq!(run(&service, "bob", HONEST).0, 403);

    let lift = json!({"flagged": false, "kind": "address", "reason": "an exercise about sockets"});
    let (status, lifted) = service.post("/api/admin/flags/127.0.0.1", &lift);
    assert_eq!((status, &lifted), (200, &flag));
    assert_eq!(run(&service, "ada", HONEST).0, 200);
    let (status, _) = service.post("/api/admin/flags/127.0.0.1", &lift);
    assert_eq!(status, 404, "there is nothing to lift");
    let (_, audit) = service.get("/api/admin/audit?action=unflag");
    let reasons: Vec<&Value> = audit["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["details"]["reason"])
        .collect();
    assert_eq!(reasons, ["an exercise about sockets", "a class"]);
    let no_reason = json!({"flagged": true, "reason": " "});
    assert_eq!(service.post("/api/admin/flags/ada", &no_reason).0, 400);
    assert!(service.metric(r#"letscode_flags_set_total{kind="address"}"#) >= 1);
}

/// A flagged user's jobs wait in the last lane and run one at a time, through whatever connection.
#[test]
fn flagged_users_run_one_at_a_time() {
    const SLEEP: &str = "import time\ntime.sleep(1.5)\nprint(1)";
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let flag = ["user", "flag", "ada", "--reason", "a test", "--for", "1h"];
    assert_eq!(command(data.path(), &flag).code, Some(0));
    let begin = std::time::Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(run(&service, "ada", SLEEP).0, 200));
        }
    });
    assert!(begin.elapsed().as_millis() >= 4500, "{:?}", begin.elapsed());
}

/// Nobody gets out of a violation by hanging up before the other tests have run.
#[test]
fn violations_of_cancelled_runs_are_recorded() {
    const THEN_SLEEP: &str = "if input() == '1':\n    import socket\n    socket.socket()\n\
        import time\ntime.sleep(4)\n";
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--workers", "1", "--reserve-slots", "0"]);
    let tests = json!([{"stdin": "1"}, {"stdin": "2"}]);
    let body = json!({"language": "python", "code": THEN_SLEEP, "userId": "ada", "tests": tests});
    let body = body.to_string();
    let mut connection = TcpStream::connect(service.address()).unwrap();
    let head = format!(
        "POST /api/run HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        service.address(),
        body.len()
    );
    connection.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_secs(2));
    drop(connection);
    eventually("it is recorded", TIMEOUT, || {
        match violations(data.path()).as_slice() {
            [only] => {
                assert_eq!(only["test"], 1);
                Ok(())
            }
            others => Err(format!("{others:?}")),
        }
    });
}

/// Neither a wall clock that jumps past the hour nor one that jumps back changes what counts.
#[test]
fn clock_jumps_let_nobody_off() {
    const HOURS: i64 = 3600;
    let data = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let mut command = service::command(data.path());
    command.args(["--workers", "2"]).envs(clock.variables());
    let service = Service::spawn(command);
    violate(&service, "ada", 2);
    clock.set_offset(2 * HOURS);
    violate(&service, "ada", 2);
    clock.set_offset(-5 * HOURS);
    assert_eq!(own_flag(&service, "ada"), Value::Null);
    violate(&service, "ada", 1);
    assert_eq!(own_flag(&service, "ada")["subject"]["kind"], "address");
    clock.set_offset(100 * HOURS);
    assert_eq!(own_flag(&service, "ada")["subject"]["kind"], "address");
}

const PASSWORD: &str = "a long passphrase";

/// Makes an admin's account, and returns a key of it.
fn new_admin(data: &Path, name: &str) -> String {
    let folder = ["--data", data.to_str().unwrap()];
    let add = [&["user", "add", name, "--role", "admin"][..], &folder].concat();
    let added = letscode_with_input(PASSWORD, add);
    assert_eq!(added.code, Some(0), "{added:#?}");
    let scopes = ["--scope", "run,submit,read,admin", "--user", name];
    let key = command(data, &[&["key", "add", name][..], &scopes].concat());
    assert_eq!(key.code, Some(0), "{key:#?}");
    key.stdout.trim().to_owned()
}

/// Answered requests survive `kill -9`, with accounts: violations, audit rows, log-ins and flags.
#[test]
fn answered_violations_survive_kill_9() {
    let rounds = std::env::var(ROUNDS_VARIABLE);
    let rounds = rounds.map_or(ROUNDS, |text| text.parse().unwrap());
    let data = tempfile::tempdir().unwrap();
    let key = new_admin(data.path(), "ada");
    let start = || Service::start_with(data.path(), &["--auth", "accounts"]).with_key(&key);
    let log_in = json!({"name": "ada", "password": PASSWORD});
    let mut answered = BTreeSet::new();
    let mut has_flag = false;
    for round in 0..rounds {
        let service = start();
        if has_flag {
            assert_ne!(own_flag(&service, "ada"), Value::Null, "round {round}");
        }
        let judged = service.judge("aplusb", "python", SOCKET);
        assert_eq!(judged["verdict"]["status"], "Security Violation");
        answered.insert(judged["submissionId"].to_string());
        let (status, _) = run(&service, "ada", SOCKET);
        assert_eq!(status, 200);
        let logged_in = service.send_as_page("post", "/api/auth/login", "", Some(&log_in));
        assert!(logged_in.cookie.is_some(), "round {round}");
        has_flag |= own_flag(&service, "ada") != Value::Null;
        let open = service.submit("aplusb", "python", SOCKET);
        answered.insert(json!(open).to_string());
        std::thread::sleep(std::time::Duration::from_millis(u64::from(
            round * 37 % 150,
        )));
        service.kill();
    }
    let service = start();
    service.wait_until_idle();
    assert!(has_flag || rounds < 3);
    let listed = all(&service, "/api/admin/violations", "violations");
    let ids = listed
        .iter()
        .filter(|violation| violation["submissionId"].is_string());
    let ids: Vec<String> = ids
        .map(|violation| violation["submissionId"].to_string())
        .collect();
    assert_eq!(ids.iter().cloned().collect::<BTreeSet<_>>(), answered);
    assert_eq!(ids.len(), answered.len(), "each once");
    let events = all(&service, "/api/admin/audit?action=violation", "events");
    assert_eq!(events.len(), listed.len());
    assert!(listed.len() >= answered.len() + rounds as usize);
    let log_ins = all(&service, "/api/admin/audit?action=log-in", "events");
    assert_eq!(log_ins.len(), rounds as usize);
}

/// Reads all pages of a list.
fn all(service: &Service, path: &str, name: &str) -> Vec<Value> {
    let separator = if path.contains('?') { '&' } else { '?' };
    let (mut rows, mut next) = (Vec::new(), String::new());
    loop {
        let (status, page) = service.get(&format!("{path}{separator}limit=7{next}"));
        assert_eq!(status, 200, "{page}");
        rows.extend(page[name].as_array().unwrap().clone());
        match &page["nextBefore"] {
            Value::Null => return rows,
            before => next = format!("&before={before}"),
        }
    }
}

/// The distributed form: a worker records, an API server refuses.
#[test]
fn workers_record_for_api_servers() {
    let stores = Stores::start();
    let _worker = stores.worker("worker");
    let mut command = stores.command("api", "api");
    command.args(["--on-flag", "refuse"]);
    let api = Service::spawn(command);
    let database = stores.postgres.url();
    let location = ["--database", database.as_str()];
    violate(&api, "ada", 5);
    assert_eq!(run(&api, "ada", HONEST).0, 403);
    let listed = letscode([&["violations", "--json"][..], &location].concat()).json();
    assert_eq!(listed["violations"].as_array().unwrap().len(), 5);
}
