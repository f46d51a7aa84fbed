use serde::{Deserialize, Serialize};

use crate::{CompileOption, PeerNames};

/// The stable name of a language in every API: `javascript`, `python`, `cpp`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, example = "python"))]
#[serde(transparent)]
pub struct LanguageId(pub String);

impl LanguageId {
    /// Longest id or alias.
    pub const MAX_BYTES: usize = 64;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for LanguageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The availability of a language's toolchain.
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
    /// Name for people, such as `C++`.
    pub name: String,
    /// Version that the toolchain reports, such as `g++ (Debian 12.2.0-14) 12.2.0`; empty when missing.
    pub version: String,
    pub status: LanguageStatus,
    /// File extensions by which the command line recognises this language.
    pub extensions: Vec<String>,
    /// Other names that are accepted wherever a language is named, such as `c++`.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Programs are compiled before they run: to compile a draft ahead is worth while.
    #[serde(default)]
    pub compiled: bool,
    /// Options of the compiler that a run may choose; `*` at the end stands for a value of letters,
    /// digits and `+=._-`.
    #[serde(default)]
    pub compile_options: Vec<CompileOption>,
    #[serde(default)]
    pub editor: EditorInfo,
    /// Names that the adapters for other services' clients accept.
    #[serde(skip_serializing_if = "PeerNames::is_empty", default)]
    pub peers: PeerNames,
    /// Explains what is missing, the toolchain or a library for programs, and how to install it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
}

impl LanguageInfo {
    /// True if `name` is the id or an alias, in whatever case.
    pub fn is_named(&self, name: &str) -> bool {
        let aliases = self.aliases.iter().map(String::as_str);
        let mut names = std::iter::once(self.id.as_str()).chain(aliases);
        names.any(|own| own.eq_ignore_ascii_case(name))
    }
}

/// Settings of a language for an editor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EditorInfo {
    /// Monaco's name for the syntax, such as `cpp`.
    pub mode: String,
    /// Text of a new draft.
    pub template: String,
    /// Format of the compiler's messages: `gcc`, `rustc`, `python` or `node`. Messages in another format
    /// mark no lines.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub diagnostics: Option<String>,
}
