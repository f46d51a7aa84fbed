//! Package formats of other judges, and how they are recognized.

use std::path::Path;

use crate::file_names::{CONFIG_YAML, DOMJUDGE_INI, INIT_YML, PROBLEM_XML, PROBLEM_YAML, TESTDATA};

/// A package format of another judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignFormat {
    Polygon,
    Dmoj,
    Hydro,
}

impl std::fmt::Display for ForeignFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ForeignFormat::Polygon => "Polygon",
            ForeignFormat::Dmoj => "DMOJ",
            ForeignFormat::Hydro => "Hydro",
        })
    }
}

impl ForeignFormat {
    /// Returns the format of the package in the folder `dir`; `None` if it is in our own, or in none
    /// that is known.
    pub fn detect(dir: &Path) -> Option<ForeignFormat> {
        let has = |name: &str| dir.join(name).exists();
        let has_hydro_data = has(TESTDATA) && !has("data");
        match () {
            () if has(PROBLEM_YAML) && !has_hydro_data => None,
            () if has(PROBLEM_XML) => Some(ForeignFormat::Polygon),
            () if has(INIT_YML) => Some(ForeignFormat::Dmoj),
            () if has(DOMJUDGE_INI) => None,
            () if has_hydro_data || has(CONFIG_YAML) => Some(ForeignFormat::Hydro),
            () => None,
        }
    }
}

/// Replaces what a problem's id must not have, such as the `$` in `sum-12$linux`.
pub(crate) fn sanitized_id(name: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let name = name.trim_start_matches('.').chars().take(128);
    name.map(|c| if allowed(c) { c } else { '-' }).collect()
}
