//! Bad input on the command line: exit code 2, one clear error, nothing changed.
//!
//! What the API refuses is tested with the server.

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
#[case::not_utf8("a.py", b"a = 1\n\n# \xe9\n".to_vec(), "a.py: line 3: the source is not UTF-8")]
fn a_bad_source_is_refused_by_run_and_judge(
    #[case] name: &str,
    #[case] contents: Vec<u8>,
    #[case] message: &str,
) {
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
fn the_largest_source_is_taken() {
    let mut contents = b"print(1)\n#".to_vec();
    contents.resize(TOO_LARGE - 1, b'x');
    let ran = letscode(["run", Source::new("a.py", contents).arg()]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "1\n"));
}

#[test]
fn an_unknown_language_is_refused_with_those_that_are_known() {
    let source = Source::new("a.py", "print(1)");
    let ran = letscode(["run", "--language", "cobol", source.arg()]);
    let message = ran.refusal();
    assert!(message.contains("unknown language `cobol`"), "{message}");
    for language in ["cpp", "javascript", "python", "rust"] {
        assert!(message.contains(language), "{message}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let aplusb = problem("aplusb").to_str().unwrap().to_owned();
    let source = Source::new("a.py", "print(1)");
    let gone = source.path().with_file_name("gone.py");
    let gone = gone.to_str().unwrap();
    let folder = source.path().parent().unwrap().to_str().unwrap();
    let table = [
        (vec!["run", gone], "gone.py: No such file"),
        (vec!["judge", &aplusb, gone], "gone.py: No such file"),
        (
            vec!["run", "--input", gone, source.arg()],
            "gone.py: No such file",
        ),
        (
            vec!["run", "--language", "python", folder],
            "Is a directory",
        ),
        (vec!["judge", gone, source.arg()], "gone.py"),
        (vec!["problem", "verify", gone], "gone.py"),
    ];
    for (command, message) in table {
        let ran = letscode(&command);
        assert!(ran.refusal().contains(message), "{command:?}: {ran:#?}");
    }
}

/// Usage errors are clap's, and have its exit code, which is ours too.
#[rstest]
#[case(&[])]
#[case(&["run"])]
#[case(&["judge", "one-argument"])]
#[case(&["problem", "verify"])]
#[case(&["run", "--no-such-flag", "a.py"])]
#[case(&["serve", "--listen", "not-an-address"])]
#[case(&["no-such-command"])]
fn wrong_usage_ends_with_2(#[case] args: &[&str]) {
    let ran = letscode(args);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:#?}");
    let says_why = ["error: ", "Usage: letscode"].map(|words| ran.stderr.contains(words));
    assert!(says_why.contains(&true), "{ran:#?}");
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
fn a_bad_package_is_refused_by_every_command(#[case] package: Package, #[case] message: &str) {
    refused_by_every_command(&package.path(), message);
}

#[test]
fn broken_yaml_is_placed_by_its_line() {
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
fn a_zip_that_escapes_is_refused_by_every_command(#[case] entry: &str) {
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
fn a_file_that_is_no_zip_is_refused_by_every_command() {
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
fn one_bad_package_among_good_ones_imports_nothing() {
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

/// Every file below a folder, with what is in it.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for name in names(folder) {
        let path = folder.join(name);
        match path.is_dir() {
            true => found.extend(contents(&path)),
            false => found.push((path.clone(), fs::read(&path).unwrap())),
        }
    }
    found.sort();
    found
}
