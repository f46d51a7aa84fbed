//! Tests of what a forked Node has from the process that it is: its output and its stack.

use std::fs;

use crate::launcher::{Interpreter, NODE, Zygote};
use crate::observation::{StreamKind, cold, forked, forked_with};

/// A pipe takes 64 KiB at once, and these end at once.
const ENDS: [&str; 7] = [
    "console.log('x'.repeat(1e6)); process.exit()",
    "for (let i = 0; i < 1e5; i++) process.stdout.write(i + '\\n'); process.exit(3)",
    "process.stderr.write('e'.repeat(1e6)); process.exit()",
    "process.stdout.write('x'.repeat(1e6)); require('fs').writeSync(1, 'y'.repeat(1e6)); process.exit()",
    "console.error('e'); require('fs').writeSync(2, 'y'.repeat(1e6)); throw new Error('z')",
    "process.on('exit', () => console.log('x'.repeat(1e6))); process.exit()",
    "Promise.resolve().then(() => { console.log('x'.repeat(1e6)); process.exit() })",
];

/// The truth is a Node of its own whose output is a file.
#[test]
fn no_output_is_lost_at_exit() {
    if crate::missing().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.js");
    let options = (Interpreter::NODE.cold_options)();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let mut zygote = Zygote::start(&script, "").unwrap();
    for source in ENDS {
        fs::write(&script, source).unwrap();
        let truth = cold(NODE, &script, StreamKind::Files, b"", &[]);
        for streams in [StreamKind::Files, StreamKind::Pipes] {
            assert!(forked(&mut zygote, streams, b"") == truth, "{source}");
            let cold = cold(NODE, &script, streams, b"", &options);
            assert!(cold == truth, "{source}");
        }
    }
}

#[test]
fn stack_is_as_large_as_its_limit() {
    if crate::missing().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.js");
    let source = "const deep = (n) => n === 0 ? 0 : 1 + deep(n - 1);
        console.log(deep(Number(require('fs').readFileSync(0, 'utf8'))));";
    let mut zygote = Zygote::start(&script, "").unwrap();
    let mut run = |source: &str, input: &str, stack_mib: u64| {
        fs::write(&script, source).unwrap();
        let limits = [(libc::RLIMIT_STACK, stack_mib << 20)];
        forked_with(&mut zygote, StreamKind::Files, input.as_bytes(), &limits)
    };
    assert_eq!(run(source, "1000000", 256).stdout, "1000000\n");
    assert_eq!(run(source, "10000", 4).stdout, "10000\n");
    for stack_mib in [4, 8, 64, 256] {
        let endless = run(source, "-1", stack_mib);
        assert_eq!(endless.code, Some(1), "{endless:?}");
        assert!(endless.stderr.contains("RangeError: Maximum call stack"));
    }
    let many = "console.log(Math.max(...Array.from({ length: 250000 }, (_, i) => i)))";
    assert_eq!(run(many, "", 64).stdout, "249999\n");
}
