//! Bad input on the command line: exit code 2, one clear error, nothing changed.
//!
//! Refusals of the API are tested in the server's crate.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::host::names;
use crate::support::package::{Package, zip};
use crate::support::{Ran, Source, letscode, problem};
use rstest::rstest;

const TOO_LARGE: usize = (1 << 20) + 1;

#[rstest]
#[case::unknown_ending("a.xyz", b"x".to_vec(), "a.xyz: its extension belongs to no language")]
#[case::empty("a.py", Vec::new(), "a.py: the source is empty")]
#[case::too_large("a.py", vec![b'#'; TOO_LARGE], "larger than 1048576 bytes")]
#[case::nul("a.py", b"a = 1\nb = '\0'\n".to_vec(), "a.py: line 2: the source contains a NUL byte")]
fn bad_sources_are_refused(#[case] name: &str, #[case] contents: Vec<u8>, #[case] message: &str) {
    let source = Source::new(name, contents);
    let package = problem("aplusb");
    let commands = [
        vec!["run", source.arg()],
        vec!["run", "--json", source.arg()],
        vec!["judge", package.to_str().unwrap(), source.arg()],
        vec!["judge", "--json", package.to_str().unwrap(), source.arg()],
    ];
    for command in commands {
        let ran = letscode(&command);
        assert!(ran.refusal().contains(message), "{command:?}: {ran:#?}");
    }
}

#[test]
fn largest_source_is_accepted() {
    let mut contents = b"print(1)\n#".to_vec();
    contents.resize(TOO_LARGE - 1, b'x');
    let ran = letscode(["run", Source::new("a.py", contents).arg()]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "1\n"));
}

/// As a jury's: old contests' sources are in Latin-1, and compilers take them.
#[test]
fn latin1_sources_are_run_and_judged() {
    let source =
        b"// Z\xfcrich\n#include <cstdio>\nint main() { long long a, b; scanf(\"%lld %lld\", &a, &b); \
        printf(\"%lld\\n\", a + b); }\n";
    let source = Source::new("a.cpp", source);
    let ran = letscode(["run", source.arg()]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let judged = letscode(["judge", problem("aplusb").to_str().unwrap(), source.arg()]);
    assert_eq!(judged.code, Some(0), "{judged:#?}");
    let declared = Source::new("a.py", b"# coding: latin-1\nprint(len('\xe9'))\n");
    let ran = letscode(["run", declared.arg()]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "1\n"));
}

#[test]
fn unknown_language_error_lists_known_languages() {
    let source = Source::new("a.py", "print(1)");
    let ran = letscode(["run", "--language", "cobol", source.arg()]);
    let message = ran.refusal();
    assert!(message.contains("unknown language `cobol`"), "{message}");
    let languages = "c, cpp, javascript, python, rust";
    assert!(message.contains(languages), "{message}");
}

#[test]
fn missing_files_are_named() {
    let aplusb = problem("aplusb").to_str().unwrap().to_owned();
    let source = Source::new("a.py", "print(1)");
    let missing = source.path().with_file_name("gone.py");
    let missing = missing.to_str().unwrap();
    let folder = source.path().parent().unwrap().to_str().unwrap();
    let table = [
        (vec!["run", missing], "gone.py: No such file"),
        (vec!["judge", &aplusb, missing], "gone.py: No such file"),
        (
            vec!["run", "--input", missing, source.arg()],
            "gone.py: No such file",
        ),
        (
            vec!["run", "--language", "python", folder],
            "Is a directory",
        ),
        (vec!["judge", missing, source.arg()], "gone.py"),
        (vec!["problem", "verify", missing], "gone.py"),
    ];
    for (command, message) in table {
        let ran = letscode(&command);
        assert!(ran.refusal().contains(message), "{command:?}: {ran:#?}");
    }
}

/// Usage errors come from clap, whose exit code is the same as ours.
#[rstest]
#[case(&[])]
#[case(&["run"])]
#[case(&["judge", "one-argument"])]
#[case(&["problem", "verify"])]
#[case(&["run", "--no-such-flag", "a.py"])]
#[case(&["serve", "--listen", "not-an-address"])]
#[case(&["no-such-command"])]
fn wrong_usage_exits_with_2(#[case] args: &[&str]) {
    let ran = letscode(args);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:#?}");
    let has_reason = ["error: ", "Usage: letscode"].map(|text| ran.stderr.contains(text));
    assert!(has_reason.contains(&true), "{ran:#?}");
}

fn without_answer() -> Package {
    Package::echo("noanswer", 1).with("data/secret/002.in", "2\n")
}

fn broken_yaml() -> Package {
    Package::echo("brokenyaml", 1).with("problem.yaml", "name: Echo\nlimits:\n  memory: [12\n")
}

fn wrong_type() -> Package {
    Package::echo("wrongtype", 1).with("problem.yaml", "name: Echo\nlimits:\n  memory: much\n")
}

#[rstest]
#[case::no_answer(without_answer(), "data/secret/002.in has no answer file")]
#[case::broken_yaml(broken_yaml(), "problem.yaml:")]
#[case::wrong_type(wrong_type(), "problem.yaml:3:")]
#[case::no_tests(Package::empty("notests").with("problem.yaml", "name: X\n"), "no tests")]
#[case::no_package(Package::empty("nothing").with("readme.txt", "hello"), "has no problem.yaml")]
#[case::bad_id(Package::echo("not an id", 1), "not an id")]
fn bad_packages_are_refused_by_every_command(#[case] package: Package, #[case] message: &str) {
    refused_by_every_command(&package.path(), message);
}

#[test]
fn yaml_errors_name_the_line() {
    let package = broken_yaml();
    let ran = letscode(["problem", "verify", package.path().to_str().unwrap()]);
    let lines = ["problem.yaml:3:", "problem.yaml:4:"];
    let message = ran.refusal();
    assert!(lines.iter().any(|line| message.contains(line)), "{message}");
}

#[rstest]
#[case::up("../escaped.txt")]
#[case::absolute("/escaped.txt")]
#[case::below_then_up("echo/../../escaped.txt")]
fn escaping_zips_are_refused_by_every_command(#[case] entry: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("echo.zip");
    let entries = [
        ("echo/problem.yaml", "name: Echo\n"),
        ("echo/data/secret/1.in", "1"),
        ("echo/data/secret/1.ans", "1"),
        (entry, "out"),
    ];
    zip(&path, &entries);
    refused_by_every_command(&path, "escaped.txt");
    assert_eq!(names(folder.path()), ["echo.zip"]);
    assert!(!Path::new("/escaped.txt").exists());
}

#[test]
fn non_zip_files_are_refused_by_every_command() {
    let source = Source::new("echo.zip", "not a zip");
    refused_by_every_command(source.path(), "echo.zip");
}

fn refused_by_every_command(package: &Path, message: &str) {
    let source = Source::new("a.py", "print(input())");
    let data = source.path().with_file_name("data");
    let [package, data_arg] = [package, &data].map(|path| path.to_str().unwrap());
    let commands = [
        vec!["judge", "--json", package, source.arg()],
        vec!["problem", "verify", package],
        vec!["problem", "import", "--data", data_arg, package],
    ];
    for command in commands {
        let ran = letscode(&command);
        assert!(ran.refusal().contains(message), "{command:?}: {ran:#?}");
    }
    assert!(!data.exists(), "the data folder was touched");
}

#[test]
fn one_bad_package_prevents_the_import() {
    let data = tempfile::tempdir().unwrap();
    let (good, more, bad) = (
        Package::echo("good", 1),
        Package::echo("more", 1),
        broken_yaml(),
    );
    assert_eq!(import(data.path(), &[good.path()]).code, Some(0));
    let before = contents(data.path());
    import(data.path(), &[more.path(), bad.path()]).refusal();
    assert_eq!(contents(data.path()), before);
}

fn import(data: &Path, packages: &[PathBuf]) -> Ran {
    let fixed = ["problem", "import", "--data"].map(PathBuf::from);
    letscode(fixed.iter().chain([&data.to_owned()]).chain(packages))
}

/// Returns every file below a folder with its contents.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for name in names(folder) {
        let path = folder.join(name);
        if path.is_dir() {
            files.extend(contents(&path))
        } else {
            files.push((path.clone(), fs::read(&path).unwrap()))
        }
    }
    files.sort();
    files
}
