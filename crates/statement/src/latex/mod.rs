//! Converts LaTeX as used in problem statements to HTML.
//!
//! Two passes: [`expand`] removes comments and expands the author's own commands, [`writer`] converts
//! the result. Of an unknown command, the text of its arguments is shown, and a warning names it.
//! Depth, expansions and length are bounded; nothing is ever an error.

mod commands;
mod environments;
mod expand;
mod figures;
mod labels;
mod lists;
mod scan;
mod symbols;
mod tables;
mod writer;

use crate::page::StatementPage;
use crate::text::{MAX_TEXT_BYTES, truncated};

pub(crate) fn to_html(text: &str, page: &mut StatementPage) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (text, overflowed) = expand::expand(&text);
    if overflowed {
        page.warn("too many or endlessly recursive commands: not all were expanded");
    }
    // Only the body of a document is shown.
    let body = text.split_once("\\begin{document}");
    let body = body.map_or(text.as_str(), |(_, behind)| behind);
    let body = body.split("\\end{document}").next().unwrap_or(body);
    writer::write(truncated(body, 2 * MAX_TEXT_BYTES), page)
}
