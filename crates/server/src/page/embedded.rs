use std::hash::{DefaultHasher, Hash, Hasher};

use axum::http::{HeaderMap, HeaderValue, header};
use include_dir::{Dir, include_dir};

static PAGE: Dir<'static> = include_dir!("$LETSCODE_PAGE");

/// In the order of preference: the name in HTTP, and the ending of the copies.
const ENCODINGS: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

/// A file of the page.
pub(super) struct Embedded {
    path: String,
    bytes: &'static [u8],
}

impl Embedded {
    pub fn get(path: &str) -> Option<Self> {
        Some(Embedded {
            path: path.to_owned(),
            bytes: PAGE.get_file(path)?.contents(),
        })
    }

    pub fn content_type(&self) -> &'static str {
        match self.path.rsplit('.').next().unwrap_or_default() {
            "html" => "text/html; charset=utf-8",
            "js" | "mjs" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "wasm" => "application/wasm",
            "zip" => "application/zip",
            "json" => "application/json",
            "svg" => "image/svg+xml",
            "ttf" => "font/ttf",
            "woff2" => "font/woff2",
            _ => "application/octet-stream",
        }
    }

    /// The smallest copy that the client understands, and how it is encoded.
    pub fn best_for(&self, asked: &HeaderMap) -> (&'static [u8], Option<&'static str>) {
        let copies = ENCODINGS.iter().filter(|(name, _)| accepts(asked, name));
        let mut found = copies.filter_map(|(name, ending)| {
            let copy = PAGE.get_file(format!("{}.{ending}", self.path))?;
            Some((copy.contents(), Some(*name)))
        });
        found.next().unwrap_or((self.bytes, None))
    }

    pub fn tag(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.bytes.hash(&mut hasher);
        format!("\"{:016x}\"", hasher.finish())
    }

    pub fn header_value(&self) -> Option<HeaderValue> {
        HeaderValue::from_bytes(self.bytes.trim_ascii()).ok()
    }
}

fn accepts(asked: &HeaderMap, encoding: &str) -> bool {
    let accepted = asked.get_all(header::ACCEPT_ENCODING).iter();
    accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| {
            let (name, quality) = one.split_once(';').unwrap_or((one, "q=1"));
            let refused = matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
            name.trim().eq_ignore_ascii_case(encoding) && !refused
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_used_only_where_it_was_asked_for() {
        let asked = |value: &'static str| {
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))])
        };
        assert!(accepts(&asked("gzip, deflate, br"), "br"));
        assert!(accepts(&asked("BR;q=0.5"), "br"));
        assert!(!accepts(&asked("br;q=0, gzip"), "br"));
        assert!(!accepts(&asked("deflate"), "gzip"));
        assert!(!accepts(&HeaderMap::new(), "gzip"));
    }
}
