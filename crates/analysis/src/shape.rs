//! Structure of expressions, the same for all languages.

use tree_sitter::Node;

/// Structure of an expression, as far as it matters to resolve names.
pub(crate) enum ExprShape<'t, 's> {
    Name(&'s str),
    /// `object.name`, `scope::name`
    Member(Node<'t>, &'s str),
    /// `a::b::c`: names behind an object, or behind nothing.
    Chain(Option<Node<'t>>, Vec<&'s str>),
    /// `object[key]`
    Index(Node<'t>, Node<'t>),
    /// The callee, and the node that holds the arguments.
    Call(Node<'t>, Option<Node<'t>>),
    Text(String),
    Number(f64),
    /// An operator on two values.
    Binary(Node<'t>, &'s str, Node<'t>),
    /// One of two values, chosen at run time.
    Either(Node<'t>, Node<'t>),
    /// Has the value of its only part: `(x)`, `await x`, `&x`.
    Transparent(Node<'t>),
    /// The program's outermost scope: `crate`, `self::`.
    Root,
    Opaque,
}

/// Source text, accessed by node.
#[derive(Clone, Copy)]
pub(crate) struct SourceText<'s>(pub &'s str);

impl<'s> SourceText<'s> {
    pub fn of(self, node: Node) -> &'s str {
        self.0.get(node.byte_range()).unwrap_or_default()
    }

    /// Text of a field of a node.
    pub fn field(self, node: Node, field: &str) -> Option<&'s str> {
        node.child_by_field_name(field).map(|node| self.of(node))
    }

    /// Value of a string literal, without prefix and quotes.
    pub fn inside_quotes(self, node: Node) -> String {
        let text = self.of(node);
        let Some(open) = text.find(['"', '\'', '`']) else {
            return String::new();
        };
        let raw = text[..open].contains(['r', 'R']);
        let mut inner = &text[open..];
        for quotes in ["\"\"\"", "'''", "\"", "'", "`"] {
            if inner.len() >= 2 * quotes.len()
                && inner.starts_with(quotes)
                && inner.ends_with(quotes)
            {
                inner = &inner[quotes.len()..inner.len() - quotes.len()];
                break;
            }
        }
        if raw {
            inner.to_owned()
        } else {
            unescape(inner)
        }
    }
}

/// Replaces the escapes that can hide a name: `\x6f`, `\u006f`, `\u{6f}`, `\157`.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut remaining = text;
    while let Some(at) = remaining.find('\\') {
        plain.push_str(&remaining[..at]);
        remaining = &remaining[at + 1..];
        let (digits, radix, skip) = match remaining.as_bytes().first() {
            Some(b'x') => (2, 16, 1),
            Some(b'u') => (4, 16, 1),
            Some(b'U') => (8, 16, 1),
            Some(b'0'..=b'7') => (3, 8, 0),
            _ => (0, 0, 0),
        };
        let braced = remaining
            .get(skip..)
            .and_then(|text| text.strip_prefix('{'))
            .and_then(|text| text.split_once('}'));
        let (number, after) = match braced {
            Some((number, after)) if digits > 0 => (number, after),
            _ if digits > 0 => {
                let is_digit = |c: &char| c.is_digit(radix);
                let length = remaining[skip..]
                    .chars()
                    .take(digits)
                    .take_while(is_digit)
                    .count();
                remaining[skip..].split_at(length)
            }
            _ => {
                // `\n` and the like can't be part of a name.
                plain.push('\\');
                continue;
            }
        };
        plain.extend(
            u32::from_str_radix(number, radix)
                .ok()
                .and_then(char::from_u32),
        );
        remaining = after;
    }
    plain.push_str(remaining);
    plain
}

/// Parses a number literal: `1_000`, `0xff`, `1e6`, `10'000`, `5usize`, `7ULL`, `9n`.
pub(crate) fn number(text: &str) -> Option<f64> {
    let plain: String = text.chars().filter(|c| !matches!(c, '_' | '\'')).collect();
    let lower = plain.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0b", 2), ("0o", 8)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            let end = digits
                .find(|c: char| !c.is_digit(radix))
                .unwrap_or(digits.len());
            return u64::from_str_radix(&digits[..end], radix)
                .ok()
                .map(|n| n as f64);
        }
    }
    let end = lower
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | 'e' | '+' | '-')))
        .unwrap_or(lower.len());
    lower[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_replaced() {
        assert_eq!(unescape(r"\x65v\u0061l"), "eval");
        assert_eq!(unescape(r"\u{65}val\n"), "eval\\n");
        assert_eq!(unescape(r"\145val"), "eval");
        assert_eq!(unescape("\\"), "\\");
        assert_eq!(unescape(r"\u{}\x"), "");
    }

    #[test]
    fn numbers_of_all_languages_are_parsed() {
        for (text, value) in [
            ("1_000", 1e3),
            ("0xff", 255.0),
            ("1e6", 1e6),
            ("10'000", 1e4),
            ("5usize", 5.0),
            ("7ULL", 7.0),
            ("9n", 9.0),
        ] {
            assert_eq!(number(text), Some(value), "{text}");
        }
        assert_eq!(number("x"), None);
    }
}
