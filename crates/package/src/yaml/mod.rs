//! YAML as package authors write it: a small tree in which every value knows its location.
//!
//! Typed structs would refuse `yes` in place of `true`, lose the spelling of `1e-6` in a validator's
//! flags, and have no location for an unknown key. So a document is read into [`YamlNode`]s that keep
//! scalars as written, and [`Fields`] returns them by key and type. Keys that are not taken are
//! unknown and cause warnings.

use std::sync::Arc;

use crate::error::{PackageError, WarningList};
use crate::tree::PackageFile;

mod fields;
mod node;
mod parse;

pub(crate) use fields::Fields;
pub(crate) use node::{YamlEntry, YamlNode, YamlValue};

/// The largest settings file that is read, in bytes.
pub(crate) const MAX_YAML_BYTES: u64 = 1 << 20;

/// Reads the settings in `file`; an empty file has none.
pub(crate) fn read(file: &PackageFile, warnings: &mut WarningList) -> Result<Fields, PackageError> {
    let (bytes, whole) = file.read(MAX_YAML_BYTES)?;
    if !whole {
        return Err(PackageError::YamlTooLarge {
            file: file.relative.clone(),
            limit_bytes: MAX_YAML_BYTES,
        });
    }
    let name: Arc<str> = file.relative.as_str().into();
    Fields::of(parse::parse(&name, &bytes)?, "", warnings)
}
