//! Values in Hydro's `config.yaml`.

use crate::error::{PackageError, shown};
use crate::file_names::CONFIG_YAML;
use crate::foreign_format::ForeignFormat;
use crate::yaml::YamlNode;

pub(super) fn unsupported(reason: impl Into<String>, help: &str) -> PackageError {
    ForeignFormat::Hydro.unsupported(CONFIG_YAML, reason, help)
}

/// Reads a value with a unit.
pub(super) fn unit(
    node: Option<YamlNode>,
    key: &str,
    parse: fn(&str) -> Option<f64>,
) -> Result<Option<f64>, PackageError> {
    let Some(node) = node else { return Ok(None) };
    let text = node.text(key)?;
    match parse(&text) {
        Some(number) => Ok(Some(number)),
        None => {
            let reason = format!("`{key}` is `{}`", shown(&text));
            Err(unsupported(
                reason,
                "write times as `1s` or `500ms`, sizes as `256m`",
            ))
        }
    }
}
