//! The operator's caps on what packages and requests ask for, and the slot that short runs find free.

use std::net::Ipv4Addr;
use std::sync::mpsc;
use std::thread;

use serde_json::{Value, json};

use crate::support::address_client::AddressClient;
use crate::support::package::Package;
use crate::support::service::Service;
use crate::support::{Ran, Source, TIMEOUT, eventually, letscode};

const HARDENED: [&str; 2] = ["--profile", "hardened"];
const MIB: u64 = 1 << 20;

/// Reads its number, and takes this many MiB before it prints that.
fn hungry(mebibytes: u32) -> Source {
    let code = format!("number = input()\nmemory = b'x' * ({mebibytes} << 20)\nprint(number)\n");
    Source::new("hungry.py", code)
}

fn run(code: &str, options: &[&str]) -> Value {
    let source = Source::new("a.py", code);
    letscode([&["run", "--json", source.arg()], options].concat()).json()
}

/// A package that asks for 9 s and a gibibyte.
fn greedy_package() -> Package {
    Package::echo("greedy", 1)
        .with("problem.yaml", "name: Echo\nlimits:\n  memory: 1024\n")
        .with(".timelimit", "9\n")
        .with("submissions/accepted/echo.py", "print(input())\n")
}

fn judge(package: &Package, source: &Source, options: &[&str]) -> Ran {
    let package = package.path();
    let arguments = ["judge", "--json", package.to_str().unwrap(), source.arg()];
    letscode([&arguments, options].concat())
}

#[test]
fn a_hardened_loop_ends_after_five_seconds_at_half_a_core() {
    let report = run("while True: pass\n", &HARDENED);
    assert_eq!(report["outcome"], "wall_time_exceeded", "{report}");
    let cpu_time = report["executionTime"].as_f64().unwrap();
    // The quota is given out in parts of 50 ms; a busy machine gives less of it.
    assert!(cpu_time <= 2_700.0, "{report}");
    assert!(report["wallTime"].as_f64().unwrap() >= 5_000.0, "{report}");
    let replaced = run("while True: pass\n", &["--max-cpu-time", "300ms"]);
    assert_eq!(replaced["outcome"], "cpu_time_exceeded", "{replaced}");
}

#[test]
fn packages_get_no_more_than_the_caps() {
    let (package, source) = (greedy_package(), hungry(600));
    let standard = judge(&package, &source, &[]).json();
    assert_eq!(standard["verdict"]["status"], "Accepted", "{standard}");
    let hardened = judge(&package, &source, &HARDENED);
    let stderr = hardened.stderr.clone();
    assert!(
        stderr.contains("limits.memory: 1024 MiB is above this judge's cap of 512 MiB"),
        "{stderr}"
    );
    assert!(
        stderr.contains("the time limit of 9 s is above"),
        "{stderr}"
    );
    let hardened = hardened.json();
    assert_eq!(hardened["verdict"]["status"], "Memory Limit Exceeded");
    let raised = [HARDENED[0], HARDENED[1], "--max-memory", "1G"];
    let raised = judge(&package, &source, &raised).json();
    assert_eq!(raised["verdict"]["status"], "Accepted", "{raised}");
}

#[test]
fn verify_warns_of_what_a_package_asks_for() {
    let package = greedy_package();
    let path = package.path();
    let verify = ["problem", "verify", path.to_str().unwrap()];
    let quiet = letscode(verify);
    assert!(!quiet.stderr.contains("cap"), "{}", quiet.stderr);
    let warned = letscode([&verify[..], &HARDENED].concat());
    assert_eq!(warned.code, Some(0), "{}", warned.stderr);
    assert!(
        warned
            .stderr
            .contains("2.5 s of CPU time, at 50 % of a core"),
        "{}",
        warned.stderr
    );
}

/// `letscode run` gives a program fifty processes; a request may ask for more.
#[test]
fn a_program_has_as_many_processes_as_its_cap() {
    let code = "\
import os, threading, time
count = 0
try:
    while count < 200:
        threading.Thread(target=time.sleep, args=(3,)).start()
        count += 1
except RuntimeError:
    pass
print(count, flush=True)
os._exit(0)
";
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--max-processes", "60"]);
    let body = |processes: u32| {
        let limits = json!({"processes": processes});
        json!({"language": "python", "code": code, "limits": limits})
    };
    let (status, refused) = service.post("/api/run", &body(61));
    assert_eq!(status, 400, "{refused}");
    let (_, answer) = service.post("/api/run", &body(60));
    let started = |stdout: &Value| stdout.as_str().unwrap().trim().parse::<u32>().unwrap();
    // The cell's own two processes come on top, where it has them.
    assert!(
        (59..=61).contains(&started(&answer["runs"][0]["stdout"])),
        "{answer}"
    );
    for (cap, expected) in [("10", 9..=11), ("100", 47..=50)] {
        let report = run(code, &["--max-processes", cap]);
        assert!(expected.contains(&started(&report["stdout"])), "{report}");
    }
}

#[test]
fn a_hardened_service_says_so_and_holds_requests_to_it() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &HARDENED);
    let (_, config) = service.get("/api/config");
    let caps = json!({
        "cpuTime": 5000, "wallTime": 5000, "memory": 512 * MIB, "processes": 50,
        "cpuPercent": 50, "ioBytesPerSecond": 10 * MIB,
    });
    assert_eq!(config["caps"], caps, "{config}");
    assert_eq!(config["runs"]["maxLimits"]["memory"], 512 * MIB);
    let (_, list) = service.get("/api/problems");
    for problem in list["problems"].as_array().unwrap() {
        assert!(problem["timeLimit"].as_f64().unwrap() <= 2_500.0);
        assert!(problem["memoryLimit"].as_u64().unwrap() <= 512 * MIB);
        let id = problem["id"].as_str().unwrap();
        let (_, page) = service.get(&format!("/api/problems/{id}"));
        assert_eq!(page["timeLimit"], problem["timeLimit"]);
    }
    let accepted = service.judge("aplusb", "python", "print(sum(map(int, input().split())))");
    assert_eq!(accepted["verdict"]["status"], "Accepted", "{accepted}");
    let sleeper = "import time\nfor _ in range(40): time.sleep(0.4); sum(range(10**6))\n";
    let asked = json!({"language": "python", "code": sleeper, "limits": {"wallTime": 60_000}});
    let (status, refused) = service.post("/api/run", &asked);
    assert_eq!(status, 400, "{refused}");
    let body = json!({"language": "python", "code": sleeper});
    let (status, answer) = service.post("/api/run", &body);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["runs"][0]["outcome"], "wall_time_exceeded");
}

/// Two strangers' programs sleep, in the only slot and in reserve.
#[test]
fn a_short_run_finds_the_reserve_free_while_others_sleep() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--workers", "1", "--reserve-slots", "1"]);
    let address = service.address().to_owned();
    let (sender, answers) = mpsc::channel();
    let post = |last: u8, code: &str| {
        let client = AddressClient::new(Ipv4Addr::new(127, 0, 0, last), &address);
        let body = json!({"language": "python", "code": code, "userId": format!("user-{last}")});
        let sender = sender.clone();
        thread::spawn(move || {
            let answer = client.post("/api/run", &body).unwrap();
            let _ = sender.send((last, answer));
        })
    };
    let busy = |count: u64| {
        eventually("the programs run", TIMEOUT, || {
            let busy = service.metric("letscode_worker_slots_busy");
            if busy == count {
                Ok(())
            } else {
                Err(format!("{busy} slots are busy"))
            }
        });
    };
    let sleep = "import time\ntime.sleep(4.5)\n";
    let mut clients = vec![post(2, sleep)];
    busy(1);
    clients.push(post(3, sleep));
    busy(2);
    clients.push(post(4, "print(1)"));
    let (first, (status, answer)) = answers.recv_timeout(TIMEOUT).unwrap();
    assert_eq!((first, status), (4, 200), "{answer}");
    assert_eq!(answer["runs"][0]["stdout"], "1\n");
    for client in clients {
        client.join().unwrap();
    }
    // All slots go on, those that waited for a guest's end too.
    let body = json!({"language": "python", "code": "print(2)"});
    for _ in 0..8 {
        let (status, answer) = service.post("/api/run", &body);
        assert_eq!((status, &answer["runs"][0]["stdout"]), (200, &json!("2\n")));
    }
}

#[test]
fn a_user_has_so_many_jobs_running_and_others_go_on() {
    let data = tempfile::tempdir().unwrap();
    let folder = ["--data", data.path().to_str().unwrap()];
    let key = letscode([&["key", "add", "moodle", "--scope", "run"], &folder[..]].concat());
    let key = key.stdout.trim().to_owned();
    let options = ["--auth", "keys", "--workers", "4", "--reserve-slots", "0"];
    let capped = [&options[..], &["--max-running-of-user", "2"]].concat();
    let service = Service::start_with(data.path(), &capped);
    let url = format!("http://{}/api/run", service.address());
    let (sender, answers) = mpsc::channel();
    let post = |user: &'static str, code: &str| {
        let body = json!({"language": "python", "code": code, "userId": user});
        let (sender, url, key) = (sender.clone(), url.clone(), format!("Bearer {key}"));
        thread::spawn(move || {
            let request = ureq::post(&url).header("Authorization", &key);
            let answer: Value = request
                .send_json(&body)
                .unwrap()
                .into_body()
                .read_json()
                .unwrap();
            let _ = sender.send((user, answer));
        })
    };
    let metric = |name: &str, expected: u64| {
        eventually(name, TIMEOUT, || {
            let value = service.metric(name);
            if value == expected {
                Ok(())
            } else {
                Err(format!("{name} is {value}"))
            }
        });
    };
    let sleepers: Vec<_> = (0..4)
        .map(|_| post("ada", "import time\ntime.sleep(3)\n"))
        .collect();
    metric("letscode_worker_slots_busy", 2);
    metric("letscode_queue_waiting", 2);
    let honest = post("bob", "print(1)");
    let (first, answer) = answers.recv_timeout(TIMEOUT).unwrap();
    assert_eq!(first, "bob", "{answer}");
    assert_eq!(answer["runs"][0]["stdout"], "1\n");
    for client in sleepers.into_iter().chain([honest]) {
        client.join().unwrap();
    }
    let others = answers.try_iter().collect::<Vec<_>>();
    assert_eq!(others.len(), 4);
    for (_, answer) in others {
        assert_eq!(answer["runs"][0]["outcome"], "exited", "{answer}");
    }
}
