//! Hostile and broken packages.

use std::process::Command;

use letscode_languages::LanguageRegistry;
use letscode_package::{Package, PackageError};
use proptest::prelude::*;

use crate::builder::Builder;

#[test]
fn folders_without_problem_yaml_are_refused() {
    let empty = Builder::empty();
    assert!(empty.error().ends_with("has no problem.yaml"));
    let builder = Builder::new("");
    let file = builder.dir().join("problem.yaml");
    assert!(matches!(
        Package::load(&file, &LanguageRegistry::builtin().unwrap()),
        Err(PackageError::NotAFolder { .. })
    ));
    let missing = builder.dir().join("missing");
    assert!(matches!(
        Package::load(&missing, &LanguageRegistry::builtin().unwrap()),
        Err(PackageError::Io { .. })
    ));
    let hidden = builder.dir().join(".hidden");
    std::fs::create_dir(&hidden).unwrap();
    assert!(matches!(
        Package::load(&hidden, &LanguageRegistry::builtin().unwrap()),
        Err(PackageError::Id(_))
    ));
}

#[test]
fn domjudge_ini_replaces_problem_yaml() {
    let builder = Builder::empty()
        .test("secret/1")
        .with("domjudge-problem.ini", "timelimit='3'\nname='Old'\n");
    let package = builder.load().unwrap();
    assert_eq!(
        (&*package.title, package.limits.time.duration.as_secs()),
        ("Old", 3)
    );
    let [warning] = &builder.warnings()[..] else {
        panic!("{:?}", builder.warnings());
    };
    assert!(warning.starts_with("problem.yaml: missing"), "{warning}");
}

#[test]
fn titles_that_imitate_others_are_warned_of() {
    let plain = Builder::new("name: Ωmega Ёлка").test("secret/1");
    plain.package();
    let builder = Builder::new("name: Hаppy Birthday").test("secret/1");
    let warnings = builder.warnings();
    let [warning] = &warnings[..] else {
        panic!("{warnings:?}");
    };
    assert!(warning.contains("“Hаppy”"), "{warning}");
}

#[test]
fn links_must_stay_inside() {
    let outside = Builder::new("").link("data/secret/2.in", "/etc/hostname");
    assert_eq!(
        outside.error(),
        "the link data/secret/2.in leads out of the package"
    );
    let above = Builder::new("").link("submissions", "../..");
    assert_eq!(
        above.error(),
        "the link submissions leads out of the package"
    );
    let broken = Builder::new("").link("data/secret/2.in", "nothing");
    assert_eq!(broken.error(), "the link data/secret/2.in is broken");
    let itself = Builder::new("").link("data/secret/2.in", "2.in");
    assert_eq!(itself.error(), "the link data/secret/2.in is broken");
    let cycle = Builder::new("").link("data/secret/again", "..");
    assert_eq!(
        cycle.error(),
        "the link data/secret/again points to a folder that contains it"
    );
}

#[test]
fn bad_links_outside_judged_folders_are_ignored() {
    let shared = Builder::new("")
        .link("input_validators/v/validation.h", "../../../headers/v.h")
        .link("problem_statement/logo.png", "/etc/hostname")
        .link("generators/again", "..");
    let mut warnings = shared.warnings();
    warnings.sort();
    assert_eq!(
        warnings,
        [
            "generators/again",
            "input_validators/v/validation.h",
            "problem_statement/logo.png",
        ]
        .map(|link| format!(
            "{link}: ignored: the link is broken, a loop, or leads out of the package"
        ))
    );
    let validator = Builder::new("").link("output_validators/v/v.h", "../../../v.h");
    assert!(validator.error().ends_with("is broken"));
}

#[test]
fn links_cannot_multiply_folders() {
    // Every level holds the next one twenty times.
    let mut builder = Builder::new("");
    for level in 0..12 {
        builder = builder.with(&format!("l{level}/f"), "");
        for copy in 0..20 {
            builder = builder.link(&format!("l{level}/c{copy}"), &format!("../l{}", level + 1));
        }
    }
    let builder = builder.with("l12/f", "");
    assert_eq!(
        builder.error(),
        "the package has more than 100000 files and folders"
    );
}

#[test]
fn nesting_is_bounded() {
    let deep = Builder::new("").with(&format!("data/secret/{}/x", vec!["d"; 15].join("/")), "");
    assert!(
        deep.error()
            .ends_with("is nested more than 16 folders deep")
    );
}

#[test]
fn hidden_and_special_files_are_ignored() {
    let hidden = Builder::new("")
        .with(".git/config", "")
        .link(".cache", "/nowhere");
    hidden.package();
    let pipe = Builder::new("");
    let status = Command::new("mkfifo")
        .arg(pipe.dir().join("data/secret/2.in"))
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(
        pipe.warnings(),
        ["data/secret/2.in: ignored: not a file or folder"]
    );
}

#[test]
fn yaml_bombs_are_refused() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    assert!(Builder::new(&bomb).error().contains("not valid YAML"));
    let deep = "[".repeat(100_000);
    assert!(Builder::new(&deep).error().contains("not valid YAML"));
    let block: String = (0..2_000)
        .map(|depth| " ".repeat(depth % 400) + "- a:\n")
        .collect();
    let _ = Builder::new(&block).load();
    let large = "#".repeat((1 << 20) + 1);
    assert_eq!(
        Builder::new(&large).error(),
        "problem.yaml is larger than 1048576 bytes"
    );
}

#[test]
fn warnings_are_bounded() {
    let many: String = (0..1000).map(|n| format!("unknown{n}: 1\n")).collect();
    assert_eq!(Builder::new(&many).warnings().len(), 200);
}

/// YAML-like text: keys that are read, and values of every kind.
fn yaml_like() -> impl Strategy<Value = String> {
    let keys = "(name|limits|type|validation|source|credits|grading|time_limit|memory|range|on_reject|\
                grader_flags|scoring|output_validator_args|output_validator_flags|permitted|required|accepted)";
    let values = "(|~|yes|1e999|-1|0 1|custom score|scoring|\\[AC, 1, ~\\]|\\{a: b\\}|&a \\[x\\]|\\*a|'x|\"\\\\|!!binary x|<<|\\| )";
    let line = format!("( |  |- )?{keys}: {values}\n");
    proptest::collection::vec(proptest::string::string_regex(&line).unwrap(), 0..12)
        .prop_map(|lines| lines.concat())
}

fn load_everywhere(bytes: &[u8]) {
    let builder = Builder::draft("type: scoring")
        .with("data/test_group.yaml", bytes)
        .with("submissions/accepted/a.py", bytes)
        .with("submissions/submissions.yaml", bytes);
    let _ = builder.load();
    let builder = Builder::new("")
        .with("problem.yaml", bytes)
        .with("domjudge-problem.ini", bytes)
        .with("data/secret/1.yaml", bytes)
        .with("problem_statement/problem.tex", bytes)
        .with("problem_statement/problem.sv.md", bytes);
    if let Ok(package) = builder.load() {
        package.detail();
    }
    let _ = builder
        .with("problem.yaml", "")
        .with(".timelimit", bytes)
        .load();
}

proptest! {
    #[test]
    fn yaml_never_panics(text in yaml_like()) {
        load_everywhere(text.as_bytes());
    }

    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        load_everywhere(&bytes);
    }

    #[test]
    fn text_never_panics(text in "[\\PC\n\\\\{}%#: -]{0,100}") {
        load_everywhere(text.as_bytes());
        load_everywhere(format!("\\problemname{text}\n@EXPECTED_RESULTS@:{text}").as_bytes());
    }
}
