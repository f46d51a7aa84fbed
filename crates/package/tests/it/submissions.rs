use std::collections::BTreeSet;

use letscode_model::Verdict::{self, *};
use letscode_package::{ExpectationSource, JurySubmission};
use rstest::rstest;

use crate::builder::Builder;

fn only(builder: &Builder) -> JurySubmission {
    let mut submissions = builder.load().unwrap().submissions;
    assert_eq!(submissions.len(), 1);
    submissions.remove(0)
}

fn set(verdicts: &[Verdict]) -> BTreeSet<Verdict> {
    verdicts.iter().copied().collect()
}

#[rstest]
#[case("accepted", &[Accepted])]
#[case("partially_accepted", &[Accepted, WrongAnswer, TimeLimitExceeded, MemoryLimitExceeded, OutputLimitExceeded, RuntimeError])]
#[case("wrong_answer", &[WrongAnswer])]
#[case("time_limit_exceeded", &[TimeLimitExceeded])]
#[case("run_time_error", &[RuntimeError, MemoryLimitExceeded])]
#[case("runtime_error", &[RuntimeError, MemoryLimitExceeded])]
#[case("memory_limit_exceeded", &[MemoryLimitExceeded])]
#[case("output_limit_exceeded", &[OutputLimitExceeded])]
#[case("compile_error", &[CompilationError])]
#[case("compiler_error", &[CompilationError])]
#[case("brute_force", &[RuntimeError, MemoryLimitExceeded, TimeLimitExceeded])]
fn folders_set_the_expected_verdicts(#[case] folder: &str, #[case] expected: &[Verdict]) {
    let builder = Builder::new("").with(&format!("submissions/{folder}/a.py"), "print(1)");
    builder.package();
    let submission = only(&builder);
    assert_eq!(submission.expected, set(expected));
    assert_eq!(
        submission.partially_accepted,
        folder == "partially_accepted"
    );
    assert_eq!(submission.source, ExpectationSource::Folder);
    assert_eq!(submission.path, format!("submissions/{folder}/a.py"));
}

#[test]
fn rejected_is_anything_but_accepted() {
    let expected = only(&Builder::new("").with("submissions/rejected/a.py", "")).expected;
    assert!(!expected.contains(&Accepted) && !expected.contains(&InternalError));
    assert!(expected.contains(&WrongAnswer) && expected.contains(&TimeLimitExceeded));
}

#[rstest]
#[case(&["a.py"], Some("python"))]
#[case(&["a.py3"], Some("python"))]
#[case(&["a.js"], Some("javascript"))]
#[case(&["a.cpp"], Some("cpp"))]
#[case(&["a.cc"], Some("cpp"))]
#[case(&["a.cxx"], Some("cpp"))]
#[case(&["a.c++"], Some("cpp"))]
#[case(&["a.C"], Some("cpp"))]
#[case(&["a.rs"], Some("rust"))]
#[case(&["A.CPP"], Some("cpp"))]
#[case(&["a.mjs"], Some("javascript"))]
#[case(&["a.c"], Some("c"))]
#[case(&["a.adb"], None)]
#[case(&["a.java"], None)]
#[case(&["a"], None)]
#[case(&["p/main.cpp", "p/util.h", "p/notes.txt"], Some("cpp"))]
#[case(&["p/main.cpp", "p/gen.py"], Some("cpp"))]
#[case(&["p/a.py", "p/b.py", "p/fast.cpp"], Some("python"))]
#[case(&["p/Main.java", "p/Util.java", "p/gen.py"], None)]
#[case(&["a.py2"], None)]
fn languages_are_recognized_by_extension(#[case] files: &[&str], #[case] language: Option<&str>) {
    let start = Builder::new("");
    let builder = files.iter().fold(start, |b, file| {
        b.with(&format!("submissions/accepted/{file}"), "")
    });
    let submission = only(&builder);
    assert_eq!(submission.language.as_ref().map(|l| l.as_str()), language);
    let names: Vec<&str> = submission.files.iter().map(|f| f.name.as_str()).collect();
    let mut expected: Vec<&str> = files.iter().map(|f| f.trim_start_matches("p/")).collect();
    expected.sort_unstable();
    assert_eq!(names, expected);
}

#[test]
fn python_2_is_not_supported() {
    let builder = Builder::new("").with(
        "submissions/accepted/a.py",
        "#!/usr/bin/env python2\nprint 1\n",
    );
    assert_eq!(only(&builder).language, None);
}

#[test]
fn annotations_replace_the_folder() {
    let builder = Builder::new("").with(
        "submissions/mixed/a.cpp",
        "// @EXPECTED_RESULTS@: WRONG-ANSWER, TIMELIMIT\nint main(){}\n",
    );
    builder.package();
    let submission = only(&builder);
    assert_eq!(submission.expected, set(&[WrongAnswer, TimeLimitExceeded]));
    assert_eq!(submission.source, ExpectationSource::Annotation);

    let contrary = Builder::new("").with(
        "submissions/accepted/a.py",
        "# @EXPECTED_RESULTS@: TIMELIMIT\n",
    );
    assert_eq!(only(&contrary).expected, set(&[TimeLimitExceeded]));
    assert_eq!(
        contrary.warnings(),
        [
            "submissions/accepted/a.py: `@EXPECTED_RESULTS@` contradicts the folder: `@EXPECTED_RESULTS@` counts"
        ]
    );
}

#[test]
fn late_annotations_are_ignored() {
    let source = " ".repeat(64 << 10) + "# @EXPECTED_RESULTS@: TIMELIMIT\n";
    let builder = Builder::new("").with("submissions/accepted/a.py", source);
    assert_eq!(only(&builder).expected, set(&[Accepted]));
}

#[test]
fn unknown_folders_expect_nothing() {
    let builder = Builder::new("")
        .with("submissions/curious/a.py", "")
        .with("submissions/curious/README.md", "");
    assert!(only(&builder).expected.is_empty());
    assert_eq!(
        builder.warnings(),
        ["submissions/curious: unknown folder: no verdict is expected of the submissions in it"]
    );
}

#[rstest]
#[case("wrong_answer/a.py", "wrong_answer: {permitted: [AC, WA, TLE], required: [TLE]}", &[WrongAnswer, OutputLimitExceeded, TimeLimitExceeded])]
#[case("time_limit_exceeded/a.py", "'time_limit_exceeded/*': {permitted: [AC, TLE, RTE]}", &[TimeLimitExceeded])]
#[case("mixed/a.py", "mixed/a.{py,cpp}: {permitted: [AC, RTE], required: [RTE]}", &[RuntimeError, MemoryLimitExceeded])]
#[case("mixed/a.py", "mixed: {permitted: [AC]}", &[Accepted])]
#[case("brute_force/a.py", "'*/a.py': {required: [TLE]}", &[RuntimeError, MemoryLimitExceeded, TimeLimitExceeded])]
fn submissions_yaml(#[case] path: &str, #[case] yaml: &str, #[case] expected: &[Verdict]) {
    let builder = Builder::draft("")
        .with(&format!("submissions/{path}"), "")
        .with("submissions/submissions.yaml", yaml);
    builder.package();
    let submission = only(&builder);
    assert_eq!(submission.expected, set(expected));
    assert_eq!(submission.source, ExpectationSource::SubmissionsYaml);
}

#[test]
fn submissions_yaml_sets_language_and_score() {
    let yaml = "accepted/a.txt:\n  language: python3\n  score: [10, 20]\n  authors: A\n  secret/g1:\n    permitted: [AC]\n'**': {}\n";
    let builder = Builder::draft("")
        .with("submissions/accepted/a.txt", "")
        .with("submissions/submissions.yaml", yaml);
    let submission = only(&builder);
    assert_eq!(submission.language.unwrap().as_str(), "python");
    assert_eq!(submission.expected_score, Some((10.0, 20.0)));
    assert_eq!(submission.source, ExpectationSource::Folder);
    assert_eq!(
        builder.warnings(),
        [
            "submissions/submissions.yaml:5: `secret/g1`: rules for single groups are not checked",
            "submissions/submissions.yaml:7: `**` is not a supported pattern: ignored",
        ]
    );
}

#[test]
fn submissions_yaml_sets_the_entrypoint() {
    let builder = Builder::new("")
        .with("submissions/accepted/p/a.py", "")
        .with("submissions/accepted/p/start.py", "")
        .with(
            "submissions/submissions.yaml",
            "accepted/p:\n  entrypoint: start.py\n",
        );
    assert_eq!(only(&builder).entrypoint.as_deref(), Some("start.py"));
    assert_eq!(builder.warnings(), [""; 0]);
}

#[test]
fn submissions_outside_folders_are_warned_of() {
    let builder = Builder::new("")
        .with("submissions/a.py", "")
        .with("submissions/README", "");
    let [warning] = &builder.warnings()[..] else {
        panic!("{:?}", builder.warnings());
    };
    assert!(
        warning.starts_with("submissions/a.py: ignored"),
        "{warning}"
    );
}

#[test]
fn build_outputs_are_named_once_and_ignored() {
    let builder = Builder::new("")
        .with("submissions/accepted/a.cpp", "int main() {}")
        .with("submissions/accepted/a.cpp.bak", "int main() {}")
        .with("submissions/accepted/a.exe", "MZ")
        .with("submissions/accepted/b", b"\x7fELF\x02\x01")
        .with("submissions/wrong_answer/build/c.o", "");
    assert_eq!(only(&builder).path, "submissions/accepted/a.cpp");
    assert_eq!(
        builder.warnings(),
        [
            "submissions: ignored, as they are not source code: submissions/accepted/a.cpp.bak, \
             submissions/accepted/a.exe, submissions/accepted/b, submissions/wrong_answer/build"
        ]
    );
}

#[test]
fn notes_data_and_rules_for_building_are_no_solutions() {
    let package = Builder::new("")
        .with("submissions/accepted/a.py", "print(1)")
        .with("submissions/accepted/Makefile", "all:\n")
        .with("submissions/accepted/notes.txt", "slow on paths")
        .with("submissions/accepted/#a.py#", "print(")
        .with("submissions/accepted/a.pdb", "x")
        .with("submissions/accepted/1.in", "1 2\n");
    let warnings = package.warnings();
    assert_eq!(package.load().unwrap().submissions.len(), 1);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("accepted/Makefile"), "{warnings:?}");
}
