//! The settings of a test data group: `testdata.yaml` (legacy) or `test_group.yaml` (since 2023-07).
//!
//! The legacy format says that a group without a file uses its parent's. Kattis' own tools take
//! every missing *key* from the parent, and packages are written for those tools, so this loader
//! does the same. Two settings are not inherited: `ignore_sample`, which only makes sense at the
//! root, and the draft's `scoring`.

use crate::constants::Constants;
use crate::error::{PackageError, WarningList};
use crate::yaml::{Fields, YamlNode, YamlValue};

mod settings;
mod values;

pub use settings::{
    DraftScoring, GraderFlags, Grading, GroupSettings, MaxScore, OnReject, ScoreAggregation,
    ScoreMode, VerdictMode,
};

use values::{
    aggregation, grader, max_score, on_reject, range, refuse_custom_grader, unknown,
    validator_flags,
};

/// Settings of the format and of problem.yaml that apply to all groups.
#[derive(Debug, Clone)]
pub(crate) struct GroupDefaults {
    pub draft: bool,
    pub scoring: bool,
    /// problem.yaml's `validator_flags`.
    pub validator_flags: Vec<String>,
    /// Keys of testdata.yaml that problem.yaml's `grading` once had; they still take precedence.
    pub overrides: GradingOverrides,
    pub constants: Constants,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct GradingOverrides {
    accept_score: Option<f64>,
    reject_score: Option<f64>,
    range: Option<(f64, f64)>,
    on_reject: Option<OnReject>,
}

impl GroupSettings {
    /// Settings of the root group before any file is read.
    pub(crate) fn root(context: &GroupDefaults) -> Self {
        GroupSettings {
            on_reject: OnReject::Break,
            grader: GraderFlags {
                verdict: VerdictMode::WorstError,
                score: ScoreMode::Sum,
                ignore_sample: false,
                accept_if_any_accepted: false,
            },
            accept_score: 1.0,
            reject_score: 0.0,
            score_range: (f64::NEG_INFINITY, f64::INFINITY),
            scoring: None,
            output_validator_args: context.validator_flags.clone(),
            args: vec![],
            full_feedback: false,
        }
    }

    /// Settings of a subgroup before its own file is read.
    pub(crate) fn inherited(&self, name: &str, context: &GroupDefaults) -> Self {
        let mut settings = self.clone();
        settings.grader.ignore_sample = false;
        settings.full_feedback |= name == "sample";
        let in_secret = name == "secret" || name.starts_with("secret/");
        settings.scoring = (context.draft && context.scoring && in_secret).then(|| DraftScoring {
            max_score: None,
            aggregation: match name {
                "secret" => ScoreAggregation::Sum,
                _ => ScoreAggregation::PassFail,
            },
            require_pass: vec![],
        });
        settings
    }

    /// Applies a group's own file.
    pub(crate) fn apply(
        &mut self,
        mut fields: Fields,
        context: &GroupDefaults,
        warnings: &mut WarningList,
    ) -> Result<(), PackageError> {
        self.apply_shared(&mut fields, context, warnings)?;
        if let Some(node) = fields.take("on_reject") {
            self.on_reject = on_reject(node)?;
        }
        if let Some(node) = fields.take("grading") {
            refuse_custom_grader(node)?;
        }
        if let Some(node) = fields.take("grader_flags") {
            self.grader = grader(node, warnings)?;
        }
        self.accept_score = fields.number("accept_score")?.unwrap_or(self.accept_score);
        self.reject_score = fields.number("reject_score")?.unwrap_or(self.reject_score);
        if let Some(node) = fields.take("range") {
            self.score_range = range(node)?;
        }
        self.apply_scoring(fields.take("scoring"), warnings)?;
        self.apply_flat_scoring(&mut fields, warnings)?;
        for key in ["static_validation", "static_validation_score"] {
            if let Some(node) = fields.take(key)
                && !matches!(&node.value, YamlValue::Scalar(text) if text == "false")
            {
                return Err(PackageError::Unsupported {
                    location: node.location,
                    what: "a static validator",
                });
            }
        }
        fields.ignore(&["static_validator_args"]);
        fields.finish(warnings);
        Ok(())
    }

    /// Applies the settings that a single test may have too.
    pub(crate) fn apply_shared(
        &mut self,
        fields: &mut Fields,
        context: &GroupDefaults,
        warnings: &mut WarningList,
    ) -> Result<(), PackageError> {
        if let Some(node) = fields.take("output_validator_flags") {
            let own = validator_flags(node, warnings)?;
            self.output_validator_args = [context.validator_flags.clone(), own].concat();
        }
        let filled = |args: Vec<String>| -> Vec<String> {
            let constants = &context.constants;
            args.into_iter().map(|arg| constants.in_text(arg)).collect()
        };
        if let Some(args) = fields.split_texts("output_validator_args")? {
            self.output_validator_args = filled(args);
        }
        if let Some(args) = fields.split_texts("args")? {
            self.args = filled(args);
        }
        if let Some(flag) = fields.flag("full_feedback")? {
            self.full_feedback = flag;
        }
        // Input is not validated here, and `testdata` reads the hints.
        fields.ignore(&[
            "input_validator_flags",
            "input_validator_args",
            "input_visualizer_args",
            "output_visualizer_args",
            "hint",
            "description",
        ]);
        Ok(())
    }

    /// Applies overrides and defaults that depend on other settings, after all files are read.
    pub(crate) fn settle(&mut self, context: &GroupDefaults) {
        let overrides = &context.overrides;
        self.accept_score = overrides.accept_score.unwrap_or(self.accept_score);
        self.reject_score = overrides.reject_score.unwrap_or(self.reject_score);
        self.score_range = overrides.range.unwrap_or(self.score_range);
        self.on_reject = overrides.on_reject.unwrap_or(self.on_reject);
        if context.draft && context.scoring {
            // There is no `on_reject`: the aggregation decides if later tests can still matter.
            self.on_reject = match &self.scoring {
                Some(scoring) if scoring.aggregation != ScoreAggregation::Sum => OnReject::Break,
                _ => OnReject::Continue,
            };
        }
    }

    fn apply_scoring(
        &mut self,
        node: Option<YamlNode>,
        warnings: &mut WarningList,
    ) -> Result<(), PackageError> {
        let Some(node) = node else { return Ok(()) };
        let location = node.location.clone();
        let mut fields = Fields::of(node, "scoring", warnings)?;
        let Some(scoring) = &mut self.scoring else {
            warnings.add(location, "`scoring` has no effect here: it is for secret groups of scoring problems in formats since 2023-07");
            return Ok(());
        };
        if let Some(node) = fields.take("score") {
            scoring.max_score = Some(max_score(node)?);
        }
        if let Some(node) = fields.take("aggregation") {
            scoring.aggregation = aggregation(node)?;
        }
        scoring.require_pass = fields.texts("require_pass")?.unwrap_or_default();
        fields.finish(warnings);
        Ok(())
    }
}

impl GroupSettings {
    /// `scoring` in versions since 2025-09: as keys of the group itself.
    fn apply_flat_scoring(
        &mut self,
        fields: &mut Fields,
        warnings: &mut WarningList,
    ) -> Result<(), PackageError> {
        let nodes = ["max_score", "score_aggregation", "require_pass"]
            .map(|key| fields.take(key).map(|node| (key, node)));
        for (key, node) in nodes.into_iter().flatten() {
            let Some(scoring) = &mut self.scoring else {
                let message = format!(
                    "`{key}` has no effect here: it is for secret groups of scoring problems in formats since 2023-07"
                );
                warnings.add(node.location, message);
                continue;
            };
            match key {
                "max_score" => scoring.max_score = Some(max_score(node)?),
                "score_aggregation" => scoring.aggregation = aggregation(node)?,
                _ => scoring.require_pass = node.texts(key)?,
            }
        }
        Ok(())
    }
}

/// Reads problem.yaml's `grading`.
pub(crate) fn read_grading(
    mut fields: Fields,
    warnings: &mut WarningList,
) -> Result<(Grading, GradingOverrides), PackageError> {
    let maximize = match fields.take("objective") {
        None => true,
        Some(node) => match node.clone().text("grading.objective")?.trim() {
            "max" => true,
            "min" => false,
            other => {
                return Err(node.invalid(
                    "grading.objective",
                    unknown(other),
                    "use `max` or `min`",
                ));
            }
        },
    };
    let grading = Grading {
        maximize,
        show_test_data_groups: fields.flag("show_test_data_groups")?.unwrap_or(false),
    };
    let overrides = GradingOverrides {
        accept_score: fields.number("accept_score")?,
        reject_score: fields.number("reject_score")?,
        range: fields.take("range").map(range).transpose()?,
        on_reject: fields.take("on_reject").map(on_reject).transpose()?,
    };
    // Kattis' old name for `custom … score`. Not needed: a validator writes points or it does not.
    fields.ignore(&["custom_scoring"]);
    fields.finish(warnings);
    Ok((grading, overrides))
}
