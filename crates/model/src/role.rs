use serde::{Deserialize, Serialize};

/// Rights of an account. Each role has those of the ones before it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::EnumIter,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Role {
    /// Runs, submits, and sees what is their own.
    User,
    /// Adds problems, changes their own, and sees the submissions to them.
    Setter,
    /// Sees and changes everything.
    Admin,
}

/// Right of an API key. A key never has more rights than its account.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::EnumIter,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum KeyScope {
    /// Ad-hoc runs.
    Run,
    /// Submissions.
    Submit,
    /// Submissions, results and streams of its users.
    Read,
    /// Rights of a setter.
    Setter,
    /// Rights of an admin.
    Admin,
}
