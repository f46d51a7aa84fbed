use letscode_model::LanguageId;
use letscode_package::{CustomValidation, Validation, ValidatorProtocol};
use rstest::rstest;

use crate::builder::Builder;

fn custom(builder: &Builder) -> CustomValidation {
    match builder.package().validation {
        Validation::Custom(custom) => custom,
        Validation::Default => panic!("default validation"),
    }
}

#[rstest]
#[case("")]
#[case("validation: default")]
#[case("validation:")]
#[case("type: pass-fail")]
#[case("type: scoring")]
fn default_validation(#[case] yaml: &str) {
    assert_eq!(Builder::new(yaml).package().validation, Validation::Default);
    assert_eq!(
        Builder::draft(yaml).package().validation,
        Validation::Default
    );
}

#[rstest]
#[case("validation: custom", (false, false, false))]
#[case("validation: custom interactive", (true, false, false))]
#[case("validation: custom score", (false, true, false))]
#[case("validation: custom interactive score", (true, true, false))]
#[case("validation: custom multi-pass", (false, false, true))]
fn legacy_validation(#[case] yaml: &str, #[case] expected: (bool, bool, bool)) {
    let custom = custom(&Builder::new(yaml).with("output_validators/v.cpp", ""));
    assert_eq!(
        (custom.interactive, custom.scoring, custom.multi_pass),
        expected
    );
}

#[rstest]
#[case("", (false, false, false))]
#[case("type: interactive", (true, false, false))]
#[case("type: [scoring, interactive]", (true, true, false))]
#[case("type: interactive multi-pass", (true, false, true))]
#[case("type: [pass-fail, multi-pass]", (false, false, true))]
fn draft_validation_follows_the_folder(#[case] yaml: &str, #[case] expected: (bool, bool, bool)) {
    let custom = custom(&Builder::draft(yaml).with("output_validator/v.cpp", ""));
    assert_eq!(
        (custom.interactive, custom.scoring, custom.multi_pass),
        expected
    );
}

#[test]
fn type_sets_scoring() {
    assert!(Builder::new("type: scoring").package().scoring);
    assert!(Builder::draft("type: [scoring]").package().scoring);
    assert!(!Builder::new("type: pass-fail").package().scoring);
    let grading = Builder::new("grading: {objective: min, show_test_data_groups: yes}")
        .package()
        .grading;
    assert!(!grading.maximize && grading.show_test_data_groups);
}

#[rstest]
#[case("validation: custum", "problem.yaml:1:13: unknown validation `custum`")]
#[case(
    "validation: default interactive",
    "problem.yaml:1:13: unknown validation `interactive`"
)]
#[case(
    "validation: custom sometimes",
    "problem.yaml:1:13: unknown validation `sometimes`"
)]
#[case(
    "type: submit-answer",
    "problem.yaml:1:7: problems of type `submit-answer` are not supported"
)]
#[case(
    "validation: custom",
    "the problem has custom validation, but output_validators/ contains no validator"
)]
#[case(
    "type: interactive",
    "the problem has custom validation, but output_validators/ contains no validator"
)]
fn unknown_validation_is_refused(#[case] yaml: &str, #[case] message: &str) {
    assert_eq!(Builder::new(yaml).error(), message);
}

#[test]
fn legacy_entries_are_validators_that_share_headers() {
    let custom = custom(
        &Builder::new("validation: custom")
            .with("output_validators/a.cpp", "")
            .with("output_validators/testlib.h", "")
            .with("output_validators/b/b.cc", "")
            .with("output_validators/b/util.h", "")
            .with("output_validators/c/build", "#!/bin/sh\nmake\n")
            .with("output_validators/c/main.c", "")
            .with("output_validators/common/util.h", "")
            .with("output_validators/README.md", ""),
    );
    let validators: Vec<_> = custom
        .validators
        .iter()
        .map(|v| (v.path.as_str(), v.files.len(), v.has_script))
        .collect();
    assert_eq!(
        validators,
        [
            ("output_validators/a.cpp", 2, false),
            ("output_validators/b", 2, false),
            ("output_validators/c", 2, true),
        ]
    );
    let cpp = Some(LanguageId("cpp".to_owned()));
    assert_eq!(custom.validators[0].language, cpp);
    assert_eq!(custom.validators[1].language, cpp);
    assert_eq!(
        custom.validators[2].language,
        Some(LanguageId("c".to_owned()))
    );
}

#[test]
fn draft_folder_is_one_validator() {
    let custom = custom(
        &Builder::draft("")
            .with("output_validator/v/v.py", "")
            .with("output_validator/v/lib.py", ""),
    );
    let [validator] = &custom.validators[..] else {
        panic!("{custom:?}");
    };
    assert_eq!(
        (validator.path.as_str(), validator.files.len()),
        ("output_validator/v", 2)
    );
}

#[test]
fn unsupported_parts_are_reported() {
    let unused = Builder::new("").with("output_validators/v.py", "");
    assert_eq!(
        unused.warnings(),
        ["output_validators: not used: problem.yaml does not say `validation: custom`"]
    );
    let unused = Builder::new("").with("graders/g.py", "");
    assert_eq!(
        unused.warnings(),
        ["graders: not used: no group says `grading: custom`"]
    );
    for (text, what) in [
        ("grading: custom\n", "a custom grader"),
        ("static_validation_score: pass-fail\n", "a static validator"),
        ("static_validation: {score: 10}\n", "a static validator"),
    ] {
        let package = Builder::new("").with("data/secret/testdata.yaml", text);
        let error = package.load().unwrap_err().to_string();
        assert!(error.starts_with("data/secret/testdata.yaml:1"), "{error}");
        assert!(error.contains(what), "{error}");
    }
    let default = Builder::new("").with("data/testdata.yaml", "grading: default\n");
    assert_eq!(default.warnings(), [""; 0]);
}

#[rstest]
#[case("#include \"validate.h\"", "", ValidatorProtocol::Kattis)]
#[case(
    "#include \"testlib.h\"",
    "#define OK_EXIT_CODE 0",
    ValidatorProtocol::Testlib
)]
#[case(
    "#include \"testlib.h\"",
    "#   define OK_EXIT_CODE 42",
    ValidatorProtocol::Kattis
)]
#[case(
    "#define OK_EXIT_CODE 42\n#include \"testlib.h\"",
    "",
    ValidatorProtocol::Kattis
)]
#[case("int main(){}", "#define OK_EXIT_CODE 0", ValidatorProtocol::Kattis)]
fn testlib_protocol_is_detected(
    #[case] source: &str,
    #[case] header: &str,
    #[case] expected: ValidatorProtocol,
) {
    let custom = custom(
        &Builder::new("validation: custom")
            .with("output_validators/v/v.cpp", source)
            .with("output_validators/v/testlib.h", header),
    );
    assert_eq!(custom.validators[0].protocol, expected);
}

#[rstest]
#[case("build", "#!/bin/sh\nset -e\ng++ -O2 -o run v.cpp\n", false)]
#[case("build", "#!/bin/sh\nmake all\n", true)]
#[case("run", "#!/bin/bash\nexec java Validate \"$@\"\n", true)]
fn plain_scripts_are_not_run(#[case] name: &str, #[case] text: &str, #[case] own: bool) {
    let custom = custom(
        &Builder::new("validation: custom")
            .with("output_validators/v/v.cpp", "int main(){}")
            .with(&format!("output_validators/v/{name}"), text),
    );
    let validator = &custom.validators[0];
    assert_eq!(
        (validator.has_script, validator.files.len()),
        (own, 1 + usize::from(own))
    );
}

#[test]
fn unsupported_copies_of_a_validator_are_ignored() {
    let both = Builder::new("validation: custom")
        .with("output_validators/a.java", "")
        .with("output_validators/b.cpp", "");
    let paths = |builder: &Builder| -> Vec<String> {
        let Validation::Custom(custom) = builder.load().unwrap().validation else {
            panic!("default validation");
        };
        custom
            .validators
            .into_iter()
            .map(|validator| validator.path)
            .collect()
    };
    assert_eq!(paths(&both), ["output_validators/b.cpp"]);
    assert_eq!(
        both.warnings(),
        [
            "output_validators/a.java: ignored: its language is not supported; another validator is used"
        ]
    );
    let alone = Builder::new("validation: custom").with("output_validators/a.java", "");
    assert_eq!(paths(&alone), ["output_validators/a.java"]);
}

#[test]
fn file_beside_a_folder_of_its_name_is_an_old_validator() {
    let builder = Builder::new("validation: custom")
        .with("output_validators/validator.cpp", "")
        .with("output_validators/validator/validate.cpp", "")
        .with("output_validators/second.py", "");
    let Validation::Custom(custom) = builder.load().unwrap().validation else {
        panic!("default validation");
    };
    let paths: Vec<_> = custom.validators.iter().map(|v| v.path.as_str()).collect();
    assert_eq!(
        paths,
        ["output_validators/second.py", "output_validators/validator"]
    );
    assert_eq!(
        builder.warnings(),
        [
            "output_validators/validator.cpp: ignored: the validator in output_validators/validator/ is used"
        ]
    );
}

#[test]
fn python_run_script_is_the_validator() {
    let custom = custom(
        &Builder::new("validation: custom")
            .with(
                "output_validators/v/run",
                "#!/usr/bin/env python3\nexit(42)\n",
            )
            .with("output_validators/v/lib.py", ""),
    );
    let validator = &custom.validators[0];
    let names: Vec<_> = validator.files.iter().map(|file| &file.name).collect();
    assert_eq!(names, ["lib.py", "run.py"]);
    assert_eq!(validator.entrypoint.as_deref(), Some("run.py"));
    assert_eq!(validator.language, Some(LanguageId("python".to_owned())));
    assert!(!validator.has_script);
}

#[test]
fn included_files_depend_on_the_language() {
    let package = Builder::new("")
        .with("include/default/data.txt", "")
        .with("include/default/lib.py", "default")
        .with("include/python3/lib.py", "own")
        .with("include/cpp/lib/lib.h", "")
        .package();
    let languages = letscode_languages::LanguageRegistry::builtin().unwrap();
    let names = |language: &str| -> Vec<String> {
        let files = package
            .includes
            .files_for(languages.by_name(language).unwrap());
        files.iter().map(|file| file.name.clone()).collect()
    };
    assert_eq!(names("cpp"), ["data.txt", "lib.py", "lib/lib.h"]);
    let python = package
        .includes
        .files_for(languages.by_name("python").unwrap());
    assert_eq!(names("python"), ["data.txt", "lib.py"]);
    assert!(python[1].path.ends_with("include/python3/lib.py"));
    assert_eq!(names("rust"), ["data.txt", "lib.py"]);
}
