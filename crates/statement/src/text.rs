//! Limits and escapes plain text.

/// Maximum size of a statement's text that is rendered, in bytes.
pub const MAX_TEXT_BYTES: usize = 1 << 20;

/// Escapes text for HTML, between tags and in attributes.
pub(crate) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            _ => html.push(c),
        }
    }
    html
}

/// Returns at most the given number of bytes, without splitting a character.
pub(crate) fn truncated(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
