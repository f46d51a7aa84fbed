use serde::{Deserialize, Serialize};

/// Names of a language in other services' APIs, for clients that were written for those.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct PeerNames {
    /// Judge0's numbers of the language, the newest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub judge0: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub piston: Option<PistonNames>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox_fusion: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jobe: Option<String>,
}

/// Names of a language in Piston's API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct PistonNames {
    pub name: String,
    pub aliases: Vec<String>,
    /// Name of the program that compiles or runs it, such as `gcc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
}

impl PeerNames {
    /// True if no other service has the language.
    pub fn is_empty(&self) -> bool {
        *self == PeerNames::default()
    }
}

impl PistonNames {
    /// True if `name` is the name or an alias, in this case.
    pub fn is_named(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().any(|alias| alias == name)
    }
}
