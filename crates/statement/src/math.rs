//! Writes formulas as TeX, which the page typesets and which is readable without.

use crate::text::escaped;

/// Writes a formula within a line of text.
pub(crate) fn inline(tex: &str) -> String {
    format!("<span class=\"math\">{}</span>", escaped(tex.trim()))
}

/// Writes a formula on a line of its own.
pub(crate) fn display(tex: &str) -> String {
    format!(
        "<span class=\"math display\">{}</span>",
        escaped(tex.trim())
    )
}
