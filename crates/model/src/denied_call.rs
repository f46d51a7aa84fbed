use serde::{Deserialize, Serialize};

/// A system call that a policy denies, and that ended a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeniedCall {
    /// Name as in the manual, `socket` for example. A call that this version has no name for is
    /// `syscall-` and its number.
    pub name: String,
    /// Number of the call on x86-64.
    pub number: i64,
    /// The six arguments as the registers had them, in hexadecimal: a number of 64 bits is not exact
    /// in JSON. Those that the call doesn't take are whatever was there.
    pub arguments: Vec<String>,
    pub stage: RunStage,
}

/// What a program was executed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum RunStage {
    Compile,
    Run,
    /// A checker, validator or interactor.
    Check,
}
