use std::time::Duration;

use letscode_package::{ProblemLimits, TimeLimitMultipliers, TimeLimitProvenance};
use rstest::rstest;

use crate::builder::Builder;

const MIB: u64 = 1 << 20;

#[rstest]
#[case(
    "limits: {time_limit: 1.5}",
    "",
    "",
    1.5,
    TimeLimitProvenance::ProblemYaml
)]
#[case("", "timelimit='3'", "", 3.0, TimeLimitProvenance::DomjudgeIni)]
#[case("", "timelimit=0.5", "", 0.5, TimeLimitProvenance::DomjudgeIni)]
#[case("", "", " 4\n", 4.0, TimeLimitProvenance::TimelimitFile)]
#[case("", "name=A", "", 2.0, TimeLimitProvenance::Default)]
#[case(
    "limits: {time_limit: 1}",
    "timelimit='1'",
    "1.0",
    1.0,
    TimeLimitProvenance::ProblemYaml
)]
fn time_limit_sources(
    #[case] yaml: &str,
    #[case] ini: &str,
    #[case] file: &str,
    #[case] seconds: f64,
    #[case] provenance: TimeLimitProvenance,
) {
    let mut builder = Builder::new(yaml);
    if !ini.is_empty() {
        builder = builder.with("domjudge-problem.ini", ini);
    }
    if !file.is_empty() {
        builder = builder.with(".timelimit", file);
    }
    let time = builder.package().limits.time;
    assert_eq!(
        (time.duration, time.provenance),
        (Duration::from_secs_f64(seconds), provenance)
    );
}

#[test]
fn contradicting_time_limits_are_warned_of() {
    let builder = Builder::new("limits: {time_limit: 1}")
        .with("domjudge-problem.ini", "timelimit = 2\n")
        .with(".timelimit", "3\n");
    assert_eq!(
        builder.warnings(),
        [
            "domjudge-problem.ini: the time limit of 2 s is ignored: problem.yaml sets 1 s",
            ".timelimit: the time limit of 3 s is ignored: problem.yaml sets 1 s",
        ]
    );
}

#[test]
fn all_limits_are_read() {
    let yaml = "limits:\n  memory: 1024\n  output: 16\n  code: '256'\n  compilation_time: 240\n  \
        compilation_memory: 100\n  validation_time: 1.5\n  validation_memory: 3072\n  \
        validation_output: 4\n  validation_passes: 3\n  time_multiplier: 4.75\n  time_safety_margin: 1.5\n";
    let expected = ProblemLimits {
        multipliers: TimeLimitMultipliers {
            ac_to_time_limit: 4.75,
            time_limit_to_tle: 1.5,
            ..TimeLimitMultipliers::LEGACY
        },
        memory_bytes: 1024 * MIB,
        output_bytes: 16 * MIB,
        code_bytes: 256 << 10,
        compilation_time: Duration::from_secs(240),
        compilation_memory_bytes: 100 * MIB,
        validation_time: Duration::from_millis(1500),
        validation_memory_bytes: 3072 * MIB,
        validation_output_bytes: 4 * MIB,
        validation_passes: 3,
        ..ProblemLimits::default()
    };
    assert_eq!(Builder::new(yaml).package().limits, expected);
}

#[rstest]
#[case("8.5", 8 * MIB + MIB / 2)]
#[case("512.0", 512 * MIB)]
#[case("0.001", 1049)]
fn sizes_may_have_fractions(#[case] output: &str, #[case] bytes: u64) {
    let package = Builder::new(&format!("limits: {{output: {output}}}")).package();
    assert_eq!(package.limits.output_bytes, bytes);
}

#[test]
fn answers_above_the_output_limit_are_warned_of() {
    let answer = "x".repeat(1025);
    let with_limit = |limit: &str| {
        Builder::new(&format!("limits: {{output: {limit}}}"))
            .with("data/secret/1.ans", &answer)
            .warnings()
    };
    assert_eq!(
        with_limit("0.0009765625"),
        [
            "data/secret/1.ans: the answer has 1025 bytes, but the output limit is 1024: no submission can be accepted"
        ]
    );
    assert_eq!(with_limit("1"), [""; 0]);
}

#[test]
fn interactive_output_limit_is_higher() {
    let interactive = |limits: &str| {
        Builder::new(&format!("validation: custom interactive\n{limits}"))
            .with("output_validators/v.py", "")
            .package()
            .limits
            .output_bytes
    };
    assert_eq!(interactive(""), 64 * MIB);
    assert_eq!(interactive("limits: {output: 1}"), MIB);
    assert_eq!(Builder::new("").package().limits.output_bytes, 8 * MIB);
}

#[test]
fn formats_have_their_own_multipliers() {
    assert_eq!(
        Builder::new("").package().limits.multipliers,
        TimeLimitMultipliers::LEGACY
    );
    assert_eq!(
        Builder::draft("limits:").package().limits.multipliers,
        TimeLimitMultipliers::DRAFT
    );
    let yaml = "limits: {time_multipliers: {ac_to_time_limit: 3}, time_resolution: 0.1}";
    let expected = TimeLimitMultipliers {
        ac_to_time_limit: 3.0,
        resolution_seconds: 0.1,
        ..TimeLimitMultipliers::DRAFT
    };
    assert_eq!(Builder::draft(yaml).package().limits.multipliers, expected);
}

#[rstest]
#[case(
    "limits: {time_limit: 0}",
    "problem.yaml:1:22: `limits.time_limit` is 0"
)]
#[case(
    "limits: {time_limit: -1}",
    "problem.yaml:1:22: `limits.time_limit` is -1"
)]
#[case(
    "limits: {time_limit: .inf}",
    "problem.yaml:1:22: `limits.time_limit` must be a number, but it is text"
)]
#[case(
    "limits: {time_limit: 1e-300}",
    "problem.yaml:1:22: `limits.time_limit` is 0.000"
)]
#[case("limits: {memory: 0}", "problem.yaml:1:18: `limits.memory` is 0")]
#[case(
    "limits: {memory: 99999999999999}",
    "problem.yaml:1:18: `limits.memory` is 99999999999999"
)]
#[case(
    "limits: {memory: lots}",
    "problem.yaml:1:18: `limits.memory` must be a number, but it is text"
)]
#[case(
    "limits: {memory: [1]}",
    "problem.yaml:1:18: `limits.memory` must be a number, but it is a list"
)]
#[case(
    "limits: {validation_passes: 1}",
    "problem.yaml:1:29: `limits.validation_passes` is 1"
)]
#[case(
    "limits: {time_multiplier: 0.5}",
    "problem.yaml:1:27: `limits.time_multiplier` is 0.5"
)]
fn invalid_limits_are_refused(#[case] yaml: &str, #[case] message: &str) {
    let error = Builder::new(yaml).error();
    assert!(error.starts_with(message), "{error}");
}

#[test]
fn time_limit_files_must_be_numbers() {
    let file = Builder::new("").with(".timelimit", "soon\n");
    assert_eq!(file.error(), ".timelimit:1:1: `.timelimit` is `soon`");
    let ini = Builder::new("").with("domjudge-problem.ini", "name=A\ntimelimit='x'\n");
    assert_eq!(ini.error(), "domjudge-problem.ini:2:1: `timelimit` is `x`");
}

#[test]
fn calibrated_limit_is_the_last_choice() {
    let measured = Builder::new("").with(".timelimit.calibrated", "3.5\nslowest: a.cpp\n");
    let time = measured.package().limits.time;
    assert_eq!(time.duration, Duration::from_millis(3500));
    assert_eq!(time.provenance, TimeLimitProvenance::Calibrated);
    let stated = measured.with(".timelimit", "3.5\n").package().limits.time;
    assert_eq!(stated.provenance, TimeLimitProvenance::TimelimitFile);
}
