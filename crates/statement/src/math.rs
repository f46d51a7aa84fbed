//! Formulas: kept as TeX for the page to typeset, and readable where nothing does.

use crate::escaped;

/// A formula in a line of text.
pub(crate) fn inline(tex: &str) -> String {
    format!("<span class=\"math\">{}</span>", escaped(tex.trim()))
}

/// A formula on a line of its own.
pub(crate) fn display(tex: &str) -> String {
    format!(
        "<span class=\"math display\">{}</span>",
        escaped(tex.trim())
    )
}
