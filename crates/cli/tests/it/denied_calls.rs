//! Denied system calls, as each language can make them: named in the answer, with their arguments.

use crate::support::service::Service;
use crate::support::{Source, letscode};
use crate::watch::repeat;
use rstest::rstest;
use serde_json::{Value, json};

/// C++ or Rust code that makes a call by its number.
fn native(language: &str, call: &str) -> String {
    match language {
        "cpp" => format!("#include <unistd.h>\nint main() {{ syscall({call}); }}"),
        _ => format!(
            "unsafe extern \"C\" {{ fn syscall(number: i64, ...) -> i64; }}\n\
             fn main() {{ unsafe {{ syscall({call}) }}; }}"
        ),
    }
}

#[rstest]
#[case::socket("socket", "41, 2, 1, 6", &["0x2", "0x1", "0x6"], "programs have no network here")]
#[case::fork("fork", "57", &[], "can't start or steer other processes")]
#[case::ptrace("ptrace", "101, 16, 1, 2, 3", &["0x10", "0x1", "0x2", "0x3"], "can't look into processes")]
#[case::mount("mount", "165, 1, 2, 3, 4, 5", &["0x1", "0x2", "0x3", "0x4", "0x5"], "what is mounted")]
#[case::io_uring("io_uring_setup", "425, 8, 0", &["0x8", "0x0"], "this interface of the kernel")]
#[cfg(target_arch = "x86_64")]
fn calls_are_named_in_every_language(
    #[case] name: &str,
    #[case] call: &str,
    #[case] arguments: &[&str],
    #[case] reason: &str,
) {
    let ctypes = format!("import ctypes; ctypes.CDLL(None).syscall({call})");
    let sources = [
        ("a.cpp", native("cpp", call)),
        ("a.rs", native("rust", call)),
        ("a.py", ctypes),
    ];
    for (file, code) in sources {
        assert_named(file, &code, name, arguments, reason);
    }
}

/// All that a program of Node's can ask for without native code.
#[rstest]
#[case("socket", "require('net').connect(80, '127.0.0.1')", &["0x2"], "programs have no network here")]
#[case("socketpair", "require('child_process').spawnSync('true')", &[], "can't start or steer other processes")]
fn calls_are_named_in_javascript(
    #[case] name: &str,
    #[case] code: &str,
    #[case] arguments: &[&str],
    #[case] reason: &str,
) {
    assert_named("a.js", code, name, arguments, reason);
}

/// Number, name and first arguments of calls.
const CALLS: [(&str, &str, &[&str]); 5] = [
    ("41, 2, 1, 6", "socket", &["0x2", "0x1", "0x6"]),
    ("57", "fork", &[]),
    ("101, 16, 1, 2, 3", "ptrace", &["0x10", "0x1", "0x2", "0x3"]),
    (
        "165, 1, 2, 3, 4, 5",
        "mount",
        &["0x1", "0x2", "0x3", "0x4", "0x5"],
    ),
    ("425, 8, 0", "io_uring_setup", &["0x8", "0x0"]),
];

/// In the answer, in the list of violations, in the audit log; and exported evidence repeats it.
#[cfg(target_arch = "x86_64")]
#[test]
fn recorded_calls_are_named_everywhere_and_repeated() {
    let data = tempfile::tempdir().unwrap();
    let at = data.path().to_str().unwrap();
    let service = Service::start_with(data.path(), &["--workers", "2", "--on-flag", "log"]);
    let mut programs: Vec<(&str, String, &str, &[&str])> = Vec::new();
    for (call, name, arguments) in CALLS {
        let ctypes = format!("import ctypes; ctypes.CDLL(None).syscall({call})");
        programs.push(("cpp", native("cpp", call), name, arguments));
        programs.push(("rust", native("rust", call), name, arguments));
        programs.push(("python", ctypes, name, arguments));
    }
    let connects = "require('net').connect(80, '127.0.0.1')";
    programs.push(("javascript", connects.to_owned(), "socket", &["0x2"]));
    let spawns = "require('child_process').spawnSync('true')";
    programs.push(("javascript", spawns.to_owned(), "socketpair", &[]));

    let mut answered = Vec::new();
    for (language, code, name, arguments) in &programs {
        let body = json!({"language": language, "code": code, "userId": "bob"});
        let (status, answer) = service.post("/api/run", &body);
        assert_eq!(status, 200, "{answer}");
        let call = &answer["runs"][0]["deniedCall"];
        assert_eq!(call["name"], *name, "{language}: {answer}");
        assert_eq!(
            first_of(call, arguments.len()),
            json!(arguments),
            "{answer}"
        );
        answered.push(call.clone());
    }
    let listed = letscode(["violations", "--json", "--data", at]).json();
    let mut listed = listed["violations"].as_array().unwrap().clone();
    listed.reverse();
    assert_eq!(listed.len(), programs.len());
    let audit = ["audit", "--action", "violation", "--json", "--data", at];
    let audit = letscode(audit).json();
    for ((violation, call), (language, _, name, arguments)) in
        listed.iter().zip(&answered).zip(&programs)
    {
        assert_eq!(violation["call"], *call, "{language} {name}");
        let details = audit_details(&audit, &violation["id"]);
        assert_eq!(details["call"], *name, "{details}");
        let spelled = details["arguments"].as_str().unwrap();
        assert!(spelled.starts_with(&arguments.join(", ")), "{details}");
        let folder = data.path().join(format!("evidence-{}", violation["id"]));
        let to = folder.to_str().unwrap();
        let id = violation["id"].to_string();
        let shown = letscode(["violations", "show", &id, "--export", to, "--data", at]);
        assert!(shown.stdout.contains(*name), "{shown:#?}");
        let again = repeat(&folder);
        assert_eq!(
            again["outcome"], "syscall_denied",
            "{language} {name}: {again}"
        );
        let again = &again["deniedCall"];
        assert_eq!(again["name"], *name, "{language}: {again}");
        assert_eq!(
            first_of(again, arguments.len()),
            json!(arguments),
            "{again}"
        );
    }
}

fn audit_details(audit: &Value, violation: &Value) -> Value {
    let events = audit["events"].as_array().unwrap().iter();
    let subject = format!("violation {violation}");
    let mut of_violation = events.filter(|event| event["subject"] == subject);
    of_violation.next().unwrap()["details"].clone()
}

fn first_of(call: &Value, count: usize) -> Value {
    json!(call["arguments"].as_array().unwrap()[..count])
}

fn assert_named(file: &str, code: &str, name: &str, arguments: &[&str], reason: &str) {
    let source = Source::new(file, code);
    let report = letscode(["run", "--json", source.arg()]).json();
    assert_eq!(report["outcome"], "syscall_denied", "{file}: {report}");
    let call = &report["deniedCall"];
    assert_eq!(call["name"], name, "{file}: {report}");
    assert_eq!(call["stage"], "run", "{report}");
    let all = call["arguments"].as_array().unwrap();
    assert_eq!(all.len(), 6, "{report}");
    let first: Vec<_> = arguments.iter().map(|argument| json!(argument)).collect();
    assert_eq!(all[..first.len()], first, "{file}: {report}");
    let ran = letscode(["run", source.arg()]);
    let sentence = format!("ended at `{name}`: ");
    assert!(ran.stderr.contains(&sentence), "{}", ran.stderr);
    assert!(ran.stderr.contains(reason), "{}", ran.stderr);
}
