//! `POST /api/run` and `POST /api/test` against the real service: what a program gets, what it
//! returns, and which limits hold.

use std::process::Command;
use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::TIMEOUT;
use crate::support::eventually;
use crate::support::service::Service;

fn run(service: &Service, body: &Value) -> Value {
    let (status, answer) = service.post("/api/run", body);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["status"], "Completed", "{answer}");
    answer
}

fn with_service(check: impl FnOnce(&Service)) {
    let data = tempfile::tempdir().unwrap();
    check(&Service::start(data.path()));
}

/// Files, arguments, variables and the input as bytes reach programs of both kinds of languages.
#[test]
fn programs_get_what_the_request_says() {
    const PYTHON: &str = "import os, sys, helper\n\
        print(helper.twice(sys.argv[1]), os.environ['COLOUR'], open('data/d.bin', 'rb').read(), \
        sys.stdin.buffer.read())";
    const CPP: &str = "#include \"twice.h\"\n#include <cstdlib>\n#include <fstream>\n\
        #include <iostream>\n#include <iterator>\n\
        int main(int, char** argv) { std::ifstream f(\"data/d.bin\"); \
        std::string d{std::istreambuf_iterator<char>(f), {}}, in{std::istreambuf_iterator<char>(std::cin), {}}; \
        std::cout << twice(argv[1]) << ' ' << getenv(\"COLOUR\") << ' ' << d.size() << ' ' << in.size() << '\\n'; }";
    with_service(|service| {
        let answer = run(
            service,
            &json!({
                "language": "python", "entryPoint": "start.py", "encoding": "base64",
                "files": [
                    {"name": "helper.py", "content": "def twice(x): return x * 2", "encoding": "utf8"},
                    {"name": "start.py", "content": PYTHON, "encoding": "utf8"},
                    {"name": "data/d.bin", "content": "AP8="},
                ],
                "args": ["ä b"], "env": {"COLOUR": "red"}, "stdin": "/wA=",
            }),
        );
        let expected = "ä bä b red b'\\x00\\xff' b'\\xff\\x00'\n";
        assert_eq!(answer["runs"][0]["stdout"], base64(expected), "{answer}");
        assert_eq!(answer["compile"], Value::Null);

        let answer = run(
            service,
            &json!({
                "language": "cpp",
                "files": [
                    {"name": "main.cpp", "content": CPP},
                    {"name": "twice.h", "content": "#include <string>\ninline std::string twice(std::string s) { return s + s; }"},
                    {"name": "data/d.bin", "content": "AP8=", "encoding": "base64"},
                ],
                "args": ["x"], "env": {"COLOUR": "red"}, "stdin": "123",
            }),
        );
        assert_eq!(answer["runs"][0]["stdout"], "xx red 2 3\n", "{answer}");
        assert_eq!(answer["compile"]["success"], true, "{answer}");
    });
}

/// Encodes with another program's encoder.
fn base64(text: &str) -> String {
    let script = "import base64, sys; print(base64.b64encode(sys.argv[1].encode()).decode())";
    let output = Command::new("python3").args(["-c", script, text]).output();
    String::from_utf8(output.unwrap().stdout)
        .unwrap()
        .trim()
        .to_owned()
}

#[test]
fn tests_are_compared_and_judged_together() {
    let tests = json!([
        {"name": "small", "stdin": "1 2", "expected": "3\n"},
        {"stdin": "5 5", "expected": "11"},
        {"stdin": "x", "expected": "0"},
        {"stdin": "1 1"},
    ]);
    let sum = "print(sum(map(int, input().split())))";
    with_service(|service| {
        let body = json!({"language": "python", "code": sum, "tests": tests});
        let answer = run(service, &body);
        let verdicts = ["Accepted", "Wrong Answer", "Runtime Error"];
        for (run, verdict) in answer["runs"].as_array().unwrap().iter().zip(verdicts) {
            assert_eq!(run["verdict"], verdict, "{answer}");
        }
        assert_eq!(answer["runs"][0]["name"], "small");
        assert_eq!(answer["runs"][1]["message"], "token 1 on line 1 differs");
        assert_eq!(answer["runs"][3]["stdout"], "2\n");
        assert_eq!(answer["runs"][3]["verdict"], Value::Null);
        let verdict = &answer["verdict"];
        assert_eq!(verdict["status"], "Wrong Answer", "{answer}");
        assert_eq!(
            (&verdict["passedTests"], &verdict["totalTests"]),
            (&json!(1), &json!(3))
        );

        let body =
            json!({"language": "python", "code": sum, "tests": tests, "stopOnFailure": true});
        let answer = run(service, &body);
        assert_eq!(answer["runs"].as_array().unwrap().len(), 2, "{answer}");
    });
}

#[rstest]
#[case::tokens(json!("tokens"), "a  b\n", true)]
#[case::lines(json!("lines"), "a  b\n", false)]
#[case::lines_end(json!("lines"), "a b  \n\n", true)]
#[case::exact(json!("exact"), "a b\n", false)]
#[case::exact_same(json!("exact"), "a b", true)]
#[case::case(json!({"caseSensitive": false}), "A B", true)]
#[case::case_sensitive(json!("tokens"), "A B", false)]
#[case::checker(
    checker(
        "import sys\nsys.exit(42 if sys.stdin.read() == 'b a' and open(sys.argv[2]).read() == 'a b' else 43)"
    ),
    "b a",
    true
)]
#[case::checker_rejects(checker("import sys\nsys.exit(43)"), "a b", false)]
fn outputs_are_compared(#[case] compare: Value, #[case] output: &str, #[case] accepted: bool) {
    with_service(|service| {
        let answer = run(
            service,
            &json!({
                "language": "python", "code": format!("print({output:?}, end='')"),
                "tests": [{"expected": "a b"}], "compare": compare,
            }),
        );
        let expected = if accepted { "Accepted" } else { "Wrong Answer" };
        assert_eq!(answer["runs"][0]["verdict"], expected, "{answer}");
    });
}

fn checker(code: &str) -> Value {
    json!({"checker": {"language": "python", "code": code}})
}

#[test]
fn broken_checkers_are_the_requests_mistake() {
    let body = |checker: Value| json!({"language": "python", "code": "print(1)", "tests": [{"expected": "1"}], "compare": checker});
    with_service(|service| {
        let answer = run(service, &body(checker("raise SystemExit(1)")));
        assert_eq!(answer["runs"][0]["verdict"], "Internal Error", "{answer}");
        let message = answer["runs"][0]["message"].as_str().unwrap();
        assert!(message.starts_with("`compare.checker`: "), "{message}");
        let (status, answer) = service.post("/api/run", &body(checker("(")));
        assert_eq!(
            (status, &answer["status"]),
            (200, &json!("Failed")),
            "{answer}"
        );
        let error = answer["error"].as_str().unwrap();
        assert!(
            error.contains("`compare.checker`: it does not compile"),
            "{error}"
        );
    });
}

#[test]
fn files_are_collected_and_never_through_links() {
    let code = "import os\nos.mkdir('d')\nopen('d/out.bin', 'wb').write(b'\\0\\xff')\n\
        open('t.txt', 'w').write('text')\nos.symlink('/etc/passwd', 'link')\n\
        open('large', 'wb').write(b'x' * (9 << 20))";
    with_service(|service| {
        let collect = json!(["d/out.bin", "t.txt", "link", "large", "absent", "d"]);
        let body = json!({"language": "python", "code": code, "collect": collect});
        let answer = run(service, &body);
        assert_eq!(
            answer["runs"][0]["files"],
            json!([
                {"name": "d/out.bin", "content": "AP8=", "encoding": "base64"},
                {"name": "t.txt", "content": "text", "encoding": "utf8"},
            ]),
            "{answer}"
        );
    });
}

/// Each limit of a request ends the program that breaks it, and no other.
#[rstest]
#[case::cpu_time("while True: pass", json!({"cpuTime": 300}), "cpu_time_exceeded")]
#[case::wall_time("import time; time.sleep(60)", json!({"wallTime": 500}), "wall_time_exceeded")]
#[case::memory("x = bytearray(300 << 20)", json!({"memory": 64 << 20}), "memory_exceeded")]
#[case::output("print('x' * 5000)", json!({"output": 1000}), "output_exceeded")]
fn limits_of_the_request_hold(#[case] code: &str, #[case] limits: Value, #[case] outcome: &str) {
    with_service(|service| {
        let begin = Instant::now();
        let body = json!({"language": "python", "code": code, "limits": limits});
        let answer = run(service, &body);
        assert_eq!(answer["runs"][0]["outcome"], outcome, "{answer}");
        assert!(begin.elapsed() < Duration::from_secs(10), "{answer}");
        let body = json!({"language": "python", "code": "print(1)", "limits": limits});
        assert_eq!(run(service, &body)["runs"][0]["stdout"], "1\n");
    });
}

#[test]
fn processes_stack_and_file_size_are_limited() {
    const FORK: &str = "import os\ntry:\n    if os.fork() == 0: os._exit(0)\n    os.wait()\n    print('forked')\nexcept OSError: print('refused')";
    const FILE: &str = "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\ntry:\n    \
        f = open('f', 'wb', buffering=0); print(f.write(b'x' * 5000)); f.write(b'x')\nexcept OSError as e: print(e.errno)";
    const STACK: &str = "#include <cstdio>\nint deep(int n) { volatile char b[1024]; b[0] = n; return n ? deep(n - 1) + b[0] : 0; }\n\
        int main() { printf(\"%d\\n\", deep(4000) != 1); }";
    with_service(|service| {
        let stdout = |language: &str, code: &str, limits: Value| {
            let body = json!({"language": language, "code": code, "limits": limits});
            let answer = run(service, &body);
            let run = &answer["runs"][0];
            (run["outcome"].clone(), run["stdout"].clone())
        };
        let exited = json!("exited");
        assert_eq!(
            stdout("python", FILE, json!({"fileSize": 3000})),
            (exited.clone(), json!("3000\n27\n"))
        );
        let (outcome, _) = stdout("cpp", STACK, json!({"stack": 1 << 20}));
        assert_eq!(outcome, "signaled");
        let (outcome, _) = stdout("cpp", STACK, json!({"stack": 16 << 20}));
        assert_eq!(outcome, "exited");
        let limited = stdout("python", FORK, json!({"processes": 1}));
        let free = stdout("python", FORK, json!({"processes": 2}));
        eprintln!("{limited:?} {free:?}");
        assert_ne!(limited.1, "forked\n", "{limited:?}");
    });
}

#[test]
fn compile_errors_options_and_cached_programs() {
    with_service(|service| {
        let answer = run(
            service,
            &json!({"language": "cpp", "code": "int main(){return x;}",
            "tests": [{"expected": ""}]}),
        );
        let compile = &answer["compile"];
        assert_eq!(
            (&compile["outcome"], &compile["exitCode"]),
            (&json!("exited"), &json!(1))
        );
        assert!(
            compile["stderr"]
                .as_str()
                .unwrap()
                .contains("'x' was not declared"),
            "{answer}"
        );
        assert_eq!(answer["runs"], json!([]));
        assert_eq!(answer["verdict"]["status"], "Compilation Error");

        let answer = run(service, &json!({"language": "python", "code": "print("}));
        assert_eq!(answer["compile"]["success"], false, "{answer}");

        let code = "#include <cstdio>\nint main() { printf(\"%ld %d\\n\", __cplusplus, X); }";
        let body =
            json!({"language": "cpp", "code": code, "compileOptions": ["-std=c++14", "-DX=7"]});
        for cached in [false, true] {
            let answer = run(service, &body);
            assert_eq!(answer["runs"][0]["stdout"], "201402 7\n", "{answer}");
            assert_eq!(answer["compile"]["cached"], cached, "{answer}");
            assert!(
                answer["compile"]["executionTime"].as_f64().unwrap() > 1.0,
                "{answer}"
            );
        }
        let body = json!({"language": "cpp", "code": code, "compileLimits": {"cpuTime": 1}});
        let answer = run(service, &body);
        assert_eq!(
            answer["compile"]["outcome"], "cpu_time_exceeded",
            "{answer}"
        );
    });
}

#[test]
fn mistakes_are_refused_by_name() {
    let data = tempfile::tempdir().unwrap();
    let flags = [
        "--workers",
        "1",
        "--max-cpu-time",
        "4s",
        "--max-memory",
        "64M",
        "--max-tests",
        "3",
    ];
    let service = Service::start_with(data.path(), &flags);
    let (_, config) = service.get("/api/config");
    assert_eq!(config["runs"]["maxLimits"]["cpuTime"], 4000, "{config}");
    assert_eq!(
        config["runs"]["defaultLimits"]["memory"],
        64 << 20,
        "{config}"
    );
    for (more, field, reason) in [
        (
            json!({"limits": {"cpuTime": 4001}}),
            "limits.cpuTime",
            "above the maximum of 4000",
        ),
        (
            json!({"limits": {"memory": 1e18}}),
            "limits.memory",
            "above the maximum of 67108864",
        ),
        (
            json!({"limits": {"memory": -1}}),
            "limits.memory",
            "negative",
        ),
        (json!({"tests": [{}, {}, {}, {}]}), "tests", "at most 3"),
        (
            json!({"timeLimit": 1}),
            "timeLimit",
            "unknown field `timeLimit`",
        ),
        (
            json!({"compileOptions": ["-O2"]}),
            "compileOptions[0]",
            "takes no options",
        ),
        (
            json!({"files": [{"name": "../x", "content": ""}]}),
            "files[1].name",
            "below the program's folder",
        ),
        (
            json!({"files": [{"name": "a\u{0}", "content": ""}]}),
            "files[1].name",
            "below the program's folder",
        ),
        (
            json!({"compare": "tokens", "tests": [{"stdin": ""}]}),
            "tests[0].expected",
            "required",
        ),
        (
            json!({"encoding": "base64", "stdin": "?"}),
            "stdin",
            "not base64",
        ),
        (
            json!({"compare": {"checker": {"language": "cobol", "code": "x"}}, "tests": [{}]}),
            "compare.checker.language",
            "unknown language",
        ),
        (json!({"keepFor": 1e15}), "keepFor", "above the maximum"),
    ] {
        let mut body = json!({"language": "python", "code": "print(1)"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let (status, answer) = service.post("/api/run", &body);
        assert_eq!(status, 400, "{body}: {answer}");
        assert_eq!(answer["field"], field, "{body}: {answer}");
        assert!(
            answer["detail"].as_str().unwrap().contains(reason),
            "{answer}"
        );
    }
    let (status, answer) = service.post(
        "/api/run?wait=false",
        &json!({"language": "python", "code": "1"}),
    );
    assert_eq!(
        (status, &answer["field"]),
        (400, &json!("keepFor")),
        "{answer}"
    );
    // A limit that the operator sets holds for runs that state none.
    let body = json!({"language": "python", "code": "x = bytearray(300 << 20)"});
    assert_eq!(
        run(&service, &body)["runs"][0]["outcome"],
        "memory_exceeded"
    );
}

#[test]
fn kept_runs_can_be_fetched_and_cancelled() {
    with_service(|service| {
        let keep = |code: &str| json!({"language": "python", "code": code, "keepFor": 60000});
        let answer = run(service, &keep("print(1)"));
        let path = format!("/api/run/{}", answer["id"].as_str().unwrap());
        assert_eq!(service.get(&path), (200, answer));

        let sleep = keep("import time; time.sleep(4)");
        let (status, answer) = service.post("/api/run?wait=false", &sleep);
        assert_eq!(
            (status, &answer["status"]),
            (202, &json!("Queued")),
            "{answer}"
        );
        let path = format!("/api/run/{}", answer["id"].as_str().unwrap());
        eventually("it runs", TIMEOUT, || {
            let (_, status) = service.get("/api/status");
            if status["running"] == 1 {
                Ok(())
            } else {
                Err(status.to_string())
            }
        });
        let begin = Instant::now();
        let (status, answer) = service.delete(&path);
        assert_eq!(
            (status, &answer["status"]),
            (200, &json!("Cancelled")),
            "{answer}"
        );
        eventually("the slot is free", Duration::from_secs(2), || {
            let (_, status) = service.get("/api/status");
            if status["running"] == 0 {
                Ok(())
            } else {
                Err(status.to_string())
            }
        });
        assert!(begin.elapsed() < Duration::from_secs(2));
        assert_eq!(service.get(&path).1["status"], "Cancelled");
        assert_eq!(service.delete(&path).0, 200);
        assert_eq!(service.get(&path).0, 404, "forgotten");
        assert_eq!(service.get("/api/run/x").0, 400);
    });
}

#[test]
fn snippets_keep_their_shape_and_take_more() {
    with_service(|service| {
        let body = json!({"language": "javascript", "code": "console.log(process.argv[2], process.env.A)",
            "input": "", "args": ["x"], "env": {"A": "b"}});
        let (status, answer) = service.post("/api/test", &body);
        assert_eq!(
            (status, &answer["output"]),
            (200, &json!("x b\n")),
            "{answer}"
        );
        assert_eq!(answer.as_object().unwrap().len(), 9, "{answer}");
        let body = json!({"language": "python", "code": "print(input())", "input": "7",
            "tests": [{"expected": "7"}, {"stdin": "8", "expected": "7"}]});
        let (_, answer) = service.post("/api/test", &body);
        assert_eq!(
            (&answer["success"], &answer["output"]),
            (&json!(false), &json!("7\n"))
        );
        assert_eq!(answer["verdict"]["passedTests"], 1, "{answer}");
        let (status, answer) = service.post(
            "/api/test",
            &json!({"language": "python", "code": "1", "timeLimit": 1}),
        );
        assert_eq!(
            (status, &answer["field"]),
            (400, &json!("timeLimit")),
            "{answer}"
        );
    });
}

/// Many tests in one request are cheaper than as many requests, whose program is compiled already.
#[test]
fn one_request_of_100_tests_is_faster_than_100_requests() {
    let code = "#include <bits/stdc++.h>\nint main() { long long a, b; std::cin >> a >> b; std::cout << a + b << '\\n'; }";
    with_service(|service| {
        let test = |number: u32| json!({"stdin": format!("{number} 1"), "expected": (number + 1).to_string()});
        let tests: Vec<Value> = (0..100).map(test).collect();
        let body = json!({"language": "cpp", "code": code, "tests": tests});
        let warm = json!({"language": "cpp", "code": code, "input": "1 1"});
        service.post("/api/test", &warm);
        let begin = Instant::now();
        let answer = run(service, &body);
        let together = begin.elapsed();
        assert_eq!(answer["verdict"]["passedTests"], 100, "{answer}");
        let begin = Instant::now();
        for number in 0..100 {
            let body = json!({"language": "cpp", "code": code, "input": format!("{number} 1")});
            let (status, answer) = service.post("/api/test", &body);
            assert_eq!(
                (status, &answer["output"]),
                (200, &json!(format!("{}\n", number + 1)))
            );
        }
        let apart = begin.elapsed();
        let ratio = apart.as_secs_f64() / together.as_secs_f64();
        eprintln!(
            "100 tests: {together:?} in one request, {apart:?} in 100 requests: {ratio:.1} times"
        );
        assert!(together < apart, "{ratio:.1}");
    });
}
