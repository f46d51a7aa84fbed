//! Denied system calls, as each language can make them: named in the answer, with their arguments.

use crate::support::{Source, letscode};
use rstest::rstest;
use serde_json::json;

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
