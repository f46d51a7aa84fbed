//! Values of single settings of a group.

use super::settings::{GraderFlags, MaxScore, OnReject, ScoreAggregation, ScoreMode, VerdictMode};
use crate::error::{PackageError, WarningList, shown};
use crate::yaml::{Fields, YamlNode, YamlValue};

pub(super) fn on_reject(node: YamlNode) -> Result<OnReject, PackageError> {
    match node.clone().text("on_reject")?.trim() {
        // `first_error`, `grade` and `worst_error` are Kattis' old names.
        "break" | "first_error" => Ok(OnReject::Break),
        "continue" | "grade" | "worst_error" => Ok(OnReject::Continue),
        other => Err(node.invalid("on_reject", unknown(other), "use `break` or `continue`")),
    }
}

pub(super) fn unknown(value: &str) -> String {
    format!("has the unknown value `{}`", shown(value))
}

/// Refuses `grading: custom`: a custom grader may compute any result from those in a group.
pub(super) fn refuse_custom_grader(node: YamlNode) -> Result<(), PackageError> {
    match &node.value {
        YamlValue::Scalar(text) if text == "custom" => Err(PackageError::Unsupported {
            location: node.location,
            what: "a custom grader",
        }),
        _ => Ok(()),
    }
}

/// Flags of the default grader. If modes conflict, the last one counts. A custom grader's flags
/// cause warnings.
pub(super) fn grader(
    node: YamlNode,
    warnings: &mut WarningList,
) -> Result<GraderFlags, PackageError> {
    let mut grader = GraderFlags {
        verdict: VerdictMode::WorstError,
        score: ScoreMode::Sum,
        ignore_sample: false,
        accept_if_any_accepted: false,
    };
    for flag in node.clone().split_texts("grader_flags")? {
        match flag.as_str() {
            "worst_error" | "no_errors" => grader.verdict = VerdictMode::WorstError,
            "first_error" => grader.verdict = VerdictMode::FirstError,
            "always_accept" => grader.verdict = VerdictMode::AlwaysAccept,
            "sum" => grader.score = ScoreMode::Sum,
            "avg" => grader.score = ScoreMode::Avg,
            "min" => grader.score = ScoreMode::Min,
            "max" => grader.score = ScoreMode::Max,
            "ignore_sample" => grader.ignore_sample = true,
            "accept_if_any_accepted" => grader.accept_if_any_accepted = true,
            other => {
                let message = format!("unknown grader flag `{}`", shown(other));
                warnings.add(node.location.clone(), message);
            }
        }
    }
    Ok(grader)
}

/// Two numbers, as one text (`0 100`) or as a list.
pub(super) fn range(node: YamlNode) -> Result<(f64, f64), PackageError> {
    let parts = node.clone().split_texts("range")?;
    // Rust parses the format's `inf`, `-inf` and `+inf`; `.inf` is YAML's own spelling.
    let numbers: Vec<f64> = parts
        .iter()
        .filter_map(|part| part.replace(".inf", "inf").parse().ok())
        .filter(|number: &f64| !number.is_nan())
        .collect();
    match numbers[..] {
        [low, high] if parts.len() == 2 && low <= high => Ok((low, high)),
        _ => Err(node.invalid(
            "range",
            "must be two numbers, the smaller first",
            "write it as `range: 0 100`",
        )),
    }
}

/// A string of flags, or `{name: …, flags: …}`.
pub(super) fn validator_flags(
    node: YamlNode,
    warnings: &mut WarningList,
) -> Result<Vec<String>, PackageError> {
    if !matches!(node.value, YamlValue::Map(_)) {
        return node.split_texts("output_validator_flags");
    }
    let mut fields = Fields::of(node, "output_validator_flags", warnings)?;
    fields.ignore(&["name"]);
    let flags = fields.split_texts("flags")?.unwrap_or_default();
    fields.finish(warnings);
    Ok(flags)
}

pub(super) fn max_score(node: YamlNode) -> Result<MaxScore, PackageError> {
    if matches!(&node.value, YamlValue::Scalar(text) if text == "unbounded") {
        return Ok(MaxScore::Unbounded);
    }
    let score = node.clone().number("scoring.score")?;
    let help = "use a number from 0 on, or `unbounded`";
    let invalid = || node.invalid("scoring.score", format!("is {score}"), help);
    (score >= 0.0)
        .then_some(MaxScore::Bounded(score))
        .ok_or_else(invalid)
}

pub(super) fn aggregation(node: YamlNode) -> Result<ScoreAggregation, PackageError> {
    match node.clone().text("scoring.aggregation")?.trim() {
        "pass-fail" => Ok(ScoreAggregation::PassFail),
        "sum" => Ok(ScoreAggregation::Sum),
        "min" => Ok(ScoreAggregation::Min),
        other => {
            let help = "use `pass-fail`, `sum` or `min`";
            Err(node.invalid("scoring.aggregation", unknown(other), help))
        }
    }
}
