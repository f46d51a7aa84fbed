//! YAML as package authors write it: a small tree in which every value knows its location.
//!
//! Typed structs would stop at the first `yes` where `true` was meant, lose the spelling of `1e-6`
//! in a validator's flags and know no location for an unknown key. So a document is read into
//! [`YamlNode`]s that keep scalars as they were written, and [`Fields`] hands them out by key and type;
//! what nobody asked for is an unknown key and becomes a warning.

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

/// The settings in `file`: none when it is empty.
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
