//! The settings of a test data group, as the judge uses them.

/// Settings of a group: how the results in it become the group's result.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupSettings {
    pub on_reject: OnReject,
    pub grader: GraderFlags,
    /// Points of an accepted test; legacy scoring problems.
    pub accept_score: f64,
    /// Points of a rejected test; legacy scoring problems.
    pub reject_score: f64,
    /// The smallest and largest score possible; infinite by default.
    pub score_range: (f64, f64),
    /// Scoring problems since 2023-07; `None` in the legacy format and in pass-fail problems.
    pub scoring: Option<DraftScoring>,
    /// Command line of the output validator, default or custom.
    pub output_validator_args: Vec<String>,
    /// Command line of the submission.
    pub args: Vec<String>,
    /// A failed test's data may be shown to the submission's author.
    pub full_feedback: bool,
}

/// Reaction to a rejected test or subgroup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnReject {
    /// Skips the remaining tests of the group.
    Break,
    Continue,
}

/// The default grader's `grader_flags`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraderFlags {
    pub verdict: VerdictMode,
    pub score: ScoreMode,
    /// Root only: the samples don't count.
    pub ignore_sample: bool,
    pub accept_if_any_accepted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerdictMode {
    WorstError,
    FirstError,
    AlwaysAccept,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScoreMode {
    Sum,
    Avg,
    Min,
    Max,
}

/// `scoring` of the formats since 2023-07.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftScoring {
    /// `None`: inferred from the parent group; 100 for `secret`.
    pub max_score: Option<MaxScore>,
    pub aggregation: ScoreAggregation,
    /// Tests and groups, such as `secret/group1`, that must be accepted first.
    pub require_pass: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MaxScore {
    Bounded(f64),
    Unbounded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScoreAggregation {
    /// All points or none.
    PassFail,
    Sum,
    Min,
}

/// problem.yaml's `grading`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grading {
    /// `objective: max`: a higher score is better.
    pub maximize: bool,
    /// Users see the groups' results, not only the total.
    pub show_test_data_groups: bool,
}
