use serde::Serialize;
use utoipa::ToSchema;

/// Reaction to jobs of clients who are flagged.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Serialize,
    ToSchema,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum FlagReaction {
    /// Only the log says so.
    Log,
    /// They wait in the last lane, and run one at a time.
    #[default]
    Slow,
    /// They are refused.
    Refuse,
}
