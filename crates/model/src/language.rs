use serde::{Deserialize, Serialize};

/// The stable name of a language in every API: `javascript`, `python`, `cpp`, `rust`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, example = "python"))]
#[serde(transparent)]
pub struct LanguageId(pub String);

impl LanguageId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for LanguageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether submissions in a language can be judged here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum LanguageStatus {
    /// The toolchain answered its version probe.
    Available,
    /// The toolchain is not installed or does not answer; submissions are refused.
    Missing,
}

/// A language as clients see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LanguageInfo {
    pub id: LanguageId,
    /// What to show a person, such as `C++`.
    pub name: String,
    /// What the toolchain says of itself, such as `g++ (Debian 12.2.0-14) 12.2.0`; empty when missing.
    pub version: String,
    pub status: LanguageStatus,
    /// The file endings by which the command line tells this language.
    pub extensions: Vec<String>,
    /// What is missing, the language or something that its programs may use, and how to mend it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
}
