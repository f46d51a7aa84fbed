//! `check.js` says what `node --check` says, of the same programs.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use letscode_zygotes::NODE_CHECK;

const PROGRAMS: [&str; 24] = [
    "",
    "console.log(1);",
    "#!/usr/bin/env node\nreturn",
    "\u{feff}console.log(1)",
    "<!-- a comment\nconsole.log(1)",
    "with (Math) console.log(PI)",
    "var await = 3; console.log(await)",
    "let a = ;",
    "let x = 1;\nlet x = 2;",
    "console.log(\"a\nb\")",
    "let a = `",
    "/* open",
    "}); (function () {",
    "super.x",
    "'use strict'; with (a) {}",
    "const require = 1;",
    "function f() { await 1 }",
    // Modules, which Node does not look at before it runs them, save to see that they are.
    "import fs from 'fs';",
    "import fs from 'fs';\nlet a = ;",
    "export default 3; var x = 08;",
    "await 1;",
    "for await (const x of []) ;",
    "const require = 1; import x from 'y';",
    "const require = 1; await 2; let x = ;",
];

#[test]
fn node_would_say_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let check = folder.path().join("check.js");
    fs::write(&check, NODE_CHECK.bytes).unwrap();
    let program = folder.path().join("solution.js");
    for source in PROGRAMS {
        fs::write(&program, source).unwrap();
        let theirs = node("--check".as_ref(), &program);
        let ours = node(&check, &program);
        assert_eq!(said(&ours), said(&theirs), "{source:?}");
    }
}

fn node(first: &Path, program: &Path) -> Output {
    let mut command = Command::new("node");
    command.args([first, program]).output().unwrap()
}

/// Without the names of Node's own functions.
fn said(output: &Output) -> (Option<i32>, Vec<String>) {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains("check.js"), "{text}");
    let lines = text.lines().filter(|line| !line.starts_with("    at "));
    (output.status.code(), lines.map(str::to_owned).collect())
}
