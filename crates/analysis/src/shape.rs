//! What expressions are made of, the same for all languages.

use tree_sitter::Node;

/// An expression, as far as names are followed through it.
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
    /// One value or the other, told at run time.
    Either(Node<'t>, Node<'t>),
    /// Worth what its one part is worth: `(x)`, `await x`, `&x`.
    Transparent(Node<'t>),
    /// The outermost names of the program itself: `crate`, `self::`.
    Root,
    Opaque,
}

/// The source, by nodes.
#[derive(Clone, Copy)]
pub(crate) struct SourceText<'s>(pub &'s str);

impl<'s> SourceText<'s> {
    pub fn of(self, node: Node) -> &'s str {
        self.0.get(node.byte_range()).unwrap_or_default()
    }

    /// A name that a field of a node holds.
    pub fn field(self, node: Node, field: &str) -> Option<&'s str> {
        node.child_by_field_name(field).map(|node| self.of(node))
    }

    /// A string literal without prefix and quotes.
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
        match raw {
            true => inner.to_owned(),
            false => unescape(inner),
        }
    }
}

/// The escapes by which a name can be hidden: `\x6f`, `\u006f`, `\u{6f}`, `\157`.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (digits, radix, skip) = match rest.as_bytes().first() {
            Some(b'x') => (2, 16, 1),
            Some(b'u') => (4, 16, 1),
            Some(b'U') => (8, 16, 1),
            Some(b'0'..=b'7') => (3, 8, 0),
            _ => (0, 0, 0),
        };
        let braced = rest
            .get(skip..)
            .and_then(|rest| rest.strip_prefix('{'))
            .and_then(|rest| rest.split_once('}'));
        let (number, after) = match braced {
            Some((number, after)) if digits > 0 => (number, after),
            _ if digits > 0 => {
                let is_digit = |c: &char| c.is_digit(radix);
                let found = rest[skip..]
                    .chars()
                    .take(digits)
                    .take_while(is_digit)
                    .count();
                rest[skip..].split_at(found)
            }
            _ => {
                // `\n` and its like: no name has one.
                plain.push('\\');
                continue;
            }
        };
        plain.extend(
            u32::from_str_radix(number, radix)
                .ok()
                .and_then(char::from_u32),
        );
        rest = after;
    }
    plain.push_str(rest);
    plain
}

/// `1_000`, `0xff`, `1e6`, `10'000`, `5usize`, `7ULL`, `9n`.
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
    fn escapes_hide_no_name() {
        assert_eq!(unescape(r"\x65v\u0061l"), "eval");
        assert_eq!(unescape(r"\u{65}val\n"), "eval\\n");
        assert_eq!(unescape(r"\145val"), "eval");
        assert_eq!(unescape("\\"), "\\");
        assert_eq!(unescape(r"\u{}\x"), "");
    }

    #[test]
    fn numbers_are_read_in_every_language() {
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
