//! LaTeX as authors of problem statements use it, as HTML.
//!
//! Two passes: [`expand`] takes comments and the author's own commands away, [`writer`] walks over
//! what is left. A command that is not known loses its name and keeps its arguments' text, and a
//! warning names it. Depth, replacements and length are bounded; nothing is ever an error.

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

use crate::{MAX_TEXT_BYTES, Page, start_of};

pub(crate) fn to_html(text: &str, page: &mut Page) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (text, overflowed) = expand::expand(&text);
    if overflowed {
        page.warn("its own commands are too many or have no end: not all were replaced");
    }
    // What a document has around its body is not shown.
    let body = text.split_once("\\begin{document}");
    let body = body.map_or(text.as_str(), |(_, behind)| behind);
    let body = body.split("\\end{document}").next().unwrap_or(body);
    writer::write(start_of(body, 2 * MAX_TEXT_BYTES), page)
}
