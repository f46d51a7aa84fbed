//! Languages that are recognized but have no file in `languages/`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A language that can't be judged.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CatalogEntry {
    pub extensions: Vec<String>,
    #[serde(default)]
    pub priority: u32,
    /// Part of the first line of the files that are in this language and not in another.
    pub shebang: Option<String>,
    /// Extensions of those files.
    #[serde(default)]
    pub shebang_extensions: Vec<String>,
}

/// Returns the ICPC's list, by code.
pub(crate) fn read_catalog() -> Result<BTreeMap<String, CatalogEntry>, toml::de::Error> {
    toml::from_str(include_str!("../catalog.toml"))
}
