//! Clients of other services, unchanged, against the adapters of a real service.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::nginx::free_port;
use crate::support::repository;
use crate::support::service::Service;

/// Exit code of `scripts/install-clients` when packages can't be fetched.
const UNREACHABLE: i32 = 75;

/// Returns the folder with the clients; `None` if they can't be installed here.
pub fn clients() -> Option<PathBuf> {
    let script = repository().join("scripts/install-clients");
    let installed = Command::new(script).output().unwrap();
    if installed.status.code() == Some(UNREACHABLE) {
        eprintln!("skipped: the clients' packages can't be fetched: {installed:?}");
        return None;
    }
    assert!(installed.status.success(), "{installed:?}");
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| repository().join("target"));
    Some(repository().join(target).join("clients"))
}

fn start(adapter: &str, data: &std::path::Path) -> (Service, String) {
    let address = format!("127.0.0.1:{}", free_port());
    let option = format!("{adapter}={address}");
    let service = Service::start_with(data, &["--workers", "2", "--adapter", &option]);
    (service, format!("http://{address}"))
}

#[rstest]
#[case::judge0("judge0", "judge0_sdk.py")]
#[case::sandbox_fusion("sandbox-fusion", "sandbox_fusion_client.py")]
#[case::verl("sandbox-fusion", "verl_calls.py")]
#[case::jobe("jobe", "jobe_calls.py")]
#[case::piston("piston", "piston_client.js")]
fn client_gets_what_it_expects(#[case] adapter: &str, #[case] script: &str) {
    let Some(clients) = clients() else { return };
    let data = tempfile::tempdir().unwrap();
    let (_service, address) = start(adapter, data.path());
    let source = repository().join("crates/cli/tests/clients").join(script);
    let mut command = if script.ends_with(".js") {
        // Node.js looks for packages in the folder of the script.
        let copy = clients.join(script);
        std::fs::copy(&source, &copy).unwrap();
        let mut command = Command::new("node");
        command.arg(copy);
        command
    } else {
        let mut command = Command::new(clients.join("python/bin/python"));
        command.arg(source);
        command
    };
    let output = command.arg(&address).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("answered as expected"), "{stdout}{stderr}");
}

#[test]
fn adapters_are_mounted_only_when_asked_for() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--compat", "sandbox-fusion,jobe"]);
    let body = json!({"code": "print(1)", "language": "python"});
    let (status, answer) = service.post("/compat/sandbox-fusion/run_code", &body);
    assert_eq!(
        (status, &answer["run_result"]["stdout"]),
        (200, &json!("1\n"))
    );
    let (status, answer) = service.post("/compat/sandbox-fusion/x", &body);
    assert_eq!((status, answer), (404, json!({"detail": "Not Found"})));
    let (status, answer) = service.get("/compat/jobe/jobe/index.php/restapi/languages");
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = service.get("/compat/judge0/languages");
    assert_eq!(status, 404);
    assert_eq!(answer["type"], "urn:letscode:problem:not-found", "{answer}");
}

#[test]
fn bodies_are_bounded_and_refused_in_the_peers_shape() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--compat", "sandbox-fusion"]);
    let code = "x".repeat(65 << 20);
    let body = json!({"code": code, "language": "python"});
    let (status, answer) = service.post("/compat/sandbox-fusion/run_code", &body);
    assert!([413, 503].contains(&status), "{status} {answer}");
    assert!(answer["detail"].is_string(), "{answer}");
}

/// Inputs of a client that are larger together than the memory that one address may have: they wait
/// for each other, and none is refused.
#[test]
fn large_inputs_wait_for_memory() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(
        data.path(),
        &["--workers", "2", "--compat", "sandbox-fusion"],
    );
    let stdin = "x".repeat(4 << 20);
    let code = "import sys\nprint(len(sys.stdin.read()))";
    let body = json!({"code": code, "language": "python", "stdin": stdin});
    std::thread::scope(|scope| {
        let post = || service.post("/compat/sandbox-fusion/run_code", &body);
        let requests: Vec<_> = (0..24).map(|_| scope.spawn(post)).collect();
        for request in requests {
            let (status, answer) = request.join().unwrap();
            assert_eq!(status, 200, "{answer}");
            assert_eq!(answer["run_result"]["stdout"], "4194304\n", "{answer}");
        }
    });
}

/// Scores with a checker of its own, as open-r1 sends it.
#[test]
fn open_r1_gets_scores() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--workers", "2", "--compat", "piston"]);
    let file = |name: &str, content: &str| json!({"name": name, "content": content});
    let score = |language: &str, program: Value, more: Vec<Value>| {
        let mut files = vec![program];
        files.extend(more);
        let body = json!({"language": language, "version": "*", "files": files});
        let (status, answer) = service.post("/compat/piston/api/v2/execute", &body);
        assert_eq!(status, 200, "{answer}");
        answer
    };
    let test = |input: &str, output: &str| {
        vec![
            file("input.txt", input),
            file("correct_output.txt", output),
            file(
                "grader_config",
                "TIME_LIMIT=2\nMEMORY_LIMIT=256\nINPUT_MODE=stdio",
            ),
        ]
    };
    let double = || file("main.python", "print(int(input()) * 2)");
    let right = score("cf_python3", double(), test("21", "42"));
    assert_eq!(right["run"]["stdout"], "1", "{right}");
    let wrong = score("cf_python3", double(), test("21", "43"));
    assert_eq!(wrong["run"]["stdout"], "0", "{wrong}");
    let checker = "import sys\n\
                   expected, output = (open(name).read().split() for name in sys.argv[2:4])\n\
                   print(0.5 if expected != output else 1)";
    let mut checked = test("21", "43");
    checked.push(file("checker.py", checker));
    let half = score("cf_python3", double(), checked);
    assert_eq!(half["run"]["stdout"], "0.5", "{half}");
    let cpp = file(
        "main.cpp",
        "#include <iostream>\nint main(){int n; std::cin>>n; std::cout<<n*2;}",
    );
    let right = score("c++17", cpp, test("21", "42"));
    assert_eq!(right["run"]["stdout"], "1", "{right}");
    let broken = score(
        "c++17",
        file("main.cpp", "int main(){return x;}"),
        test("1", "1"),
    );
    assert_eq!(broken["compile"]["code"], 1, "{broken}");

    let grader = "#include \"soda.h\"\n#include <iostream>\n\
                  int main(){int n; std::cin>>n; std::cout<<soda(n)<<std::endl;}";
    let config = r#"{"task_type":"Batch","code":"soda","time_limit":2.0,"memory_limit":268435456}"#;
    let graders = vec![
        file("input.txt", "21"),
        file("correct_output.txt", "42"),
        file("graders/grader.cpp", grader),
        file("graders/soda.h", "int soda(int);"),
        file("graders/grader_config.json", config),
    ];
    let soda = "#include \"soda.h\"\nint soda(int n){return n*2;}";
    let right = score("cms_ioi", file("graders/soda.cpp", soda), graders);
    assert_eq!(right["run"]["stdout"], "1", "{right}");
}

/// 1,000 programs of 20 kinds, 128 at a time: none refused, none timed out. The numbers are in
/// docs/records; here are fewer, since the test machine does other things.
#[test]
fn many_programs_at_once_are_all_run() {
    let Some(clients) = clients() else { return };
    let data = tempfile::tempdir().unwrap();
    let (service, address) = start("sandbox-fusion", data.path());
    let script = repository().join("scripts/bench-clients");
    let output = Command::new(clients.join("python/bin/python"))
        .arg(script)
        .args([
            "--fusion", &address, "--runs", "200", "--rounds", "1", "--json",
        ])
        .args(["--batch", &format!("http://{}", service.address())])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(figures["fusion"]["right"], 200, "{figures}");
    assert_eq!(figures["fusion"]["failed"], 0, "{figures}");
}

/// Reads one request, answers it, and returns its first line and its body.
fn receive(listener: &TcpListener) -> (String, Value) {
    let (mut stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    stream
        .write_all(b"HTTP/1.1 500 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        .unwrap();
    (first, serde_json::from_slice(&body).unwrap())
}

#[test]
fn judge0_calls_back_once_where_it_may() {
    let data = tempfile::tempdir().unwrap();
    let options = ["--compat", "judge0", "--callback-allow", "127.0.0.0/8"];
    let service = Service::start_with(data.path(), &options);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/done", listener.local_addr().unwrap());
    let body = json!({"source_code": "print(6*7)", "language_id": 71, "callback_url": url});
    let (status, submission) = service.post("/compat/judge0/submissions", &body);
    assert_eq!(status, 201, "{submission}");
    let (first, result) = receive(&listener);
    assert!(first.starts_with("PUT /done "), "{first}");
    assert_eq!(result["token"], submission["token"], "{result}");
    assert_eq!(result["stdout"], "NDIK\n", "{result}");
    assert_eq!(result["status"]["id"], 3, "{result}");
    // Any answer counts: it is not sent again.
    listener.set_nonblocking(true).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    assert!(listener.accept().is_err());
}

#[test]
fn judge0_does_not_call_into_the_operators_network() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--compat", "judge0"]);
    for url in [
        "http://127.0.0.1:1/",
        "http://localhost:1/",
        "http://[::1]:1/",
        "http://2130706433/",
        "ftp://example.org/",
        "nonsense",
    ] {
        let body = json!({"source_code": "1", "language_id": 71, "callback_url": url});
        let (status, answer) = service.post("/compat/judge0/submissions", &body);
        assert_eq!(status, 422, "{url}: {answer}");
        assert!(answer["callback_url"][0].is_string(), "{url}: {answer}");
    }
}
