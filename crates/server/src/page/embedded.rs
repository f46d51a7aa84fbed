use std::hash::{DefaultHasher, Hash, Hasher};

use axum::http::{HeaderMap, HeaderValue, header};
use include_dir::{Dir, include_dir};

static PAGE: Dir<'static> = include_dir!("$LETSCODE_PAGE");

/// In order of preference: the encoding's name in HTTP, and the extension of the compressed copies.
const ENCODINGS: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

/// An embedded file of the page.
pub(super) struct EmbeddedFile {
    path: String,
    bytes: &'static [u8],
}

impl EmbeddedFile {
    pub fn get(path: &str) -> Option<Self> {
        Some(EmbeddedFile {
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

    /// Returns the smallest copy that the client accepts, and its encoding.
    pub fn best_for(&self, request: &HeaderMap) -> (&'static [u8], Option<&'static str>) {
        let encodings = ENCODINGS.iter().filter(|(name, _)| accepts(request, name));
        let mut copies = encodings.filter_map(|(name, extension)| {
            let copy = PAGE.get_file(format!("{}.{extension}", self.path))?;
            Some((copy.contents(), Some(*name)))
        });
        copies.next().unwrap_or((self.bytes, None))
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

fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    let accepted = request.get_all(header::ACCEPT_ENCODING).iter();
    accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| {
            let (name, quality) = item.split_once(';').unwrap_or((item, "q=1"));
            let refused = matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
            name.trim().eq_ignore_ascii_case(encoding) && !refused
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_used_only_if_accepted() {
        let request = |value: &'static str| {
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))])
        };
        assert!(accepts(&request("gzip, deflate, br"), "br"));
        assert!(accepts(&request("BR;q=0.5"), "br"));
        assert!(!accepts(&request("br;q=0, gzip"), "br"));
        assert!(!accepts(&request("deflate"), "gzip"));
        assert!(!accepts(&HeaderMap::new(), "gzip"));
    }
}
