//! Compares `check.js` with `node --check`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use letscode_zygotes::{NODE_CHECK, NODE_CHECK_OPTION};

const PROGRAMS: [&str; 22] = [
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
    // Modules.
    "import fs from 'fs';",
    "await 1;",
    "for await (const x of []) ;",
    "const require = 1; import x from 'y';",
    "const require = 1; await 2; let x = ;",
];

/// Modules with errors. Of a file that may be either, Node checks before a run only that it is one;
/// so these are compared with a file that is one by its ending.
const BROKEN_MODULES: [&str; 6] = [
    "import fs from 'fs';\nlet a = ;",
    "export default 3; var x = 08;",
    "export let a; let a;",
    "import x from 'nowhere';\nawait 1;\nreturn 5;",
    "import.meta; with (a) {}",
    "import { a } from './b.js';\na b",
];

#[test]
fn check_agrees_with_node() {
    let folder = tempfile::tempdir().unwrap();
    let check = folder.path().join("check.js");
    fs::write(&check, NODE_CHECK.bytes).unwrap();
    let program = folder.path().join("solution.js");
    for source in PROGRAMS {
        fs::write(&program, source).unwrap();
        let expected = node("--check".as_ref(), &program);
        let actual = node(&check, &program);
        assert_eq!(verdict(&actual), verdict(&expected), "{source:?}");
    }
}

#[test]
fn syntax_of_modules_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let check = folder.path().join("check.js");
    fs::write(&check, NODE_CHECK.bytes).unwrap();
    let [program, module] = ["solution.js", "module.mjs"].map(|name| folder.path().join(name));
    for source in BROKEN_MODULES {
        fs::write(&program, source).unwrap();
        fs::write(&module, source).unwrap();
        let (code, expected) = verdict(&node("--check".as_ref(), &module));
        let (actual_code, actual) = verdict(&node(&check, &program));
        assert_eq!((actual_code, code), (Some(1), Some(1)), "{source:?}");
        // The first line has the file's name.
        assert_eq!(actual[1..], expected[1..], "{source:?}");
        let line = expected[0].rsplit_once(':').unwrap().1;
        assert_eq!(actual[0], format!("{}:{line}", program.display()));
    }
}

fn node(first: &Path, program: &Path) -> Output {
    let mut command = Command::new("node");
    command.arg(NODE_CHECK_OPTION);
    command.args([first, program]).output().unwrap()
}

/// Returns exit code and messages, without the names of Node's own functions.
fn verdict(output: &Output) -> (Option<i32>, Vec<String>) {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains("check.js"), "{text}");
    let lines = text.lines().filter(|line| !line.starts_with("    at "));
    (output.status.code(), lines.map(str::to_owned).collect())
}
