//! Finds images: only files beside the statement, by their path; recognised by their first bytes.

use std::fmt::Write;
use std::sync::Arc;

/// Tried in this order if a statement omits the extension, as LaTeX allows.
const EXTENSIONS: [&str; 6] = ["svg", "png", "jpg", "jpeg", "gif", "webp"];

/// True for a valid path of a file beside a statement: a few plain names separated by `/`, none
/// hidden. The path is joined to a folder, so nothing else may be accepted.
pub fn is_file_name(path: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || " ._-+,()".contains(c);
    let is_name = |name: &str| {
        !name.is_empty() && !name.starts_with(['.', ' ']) && name.chars().all(is_plain)
    };
    path.len() <= 128 && path.split('/').count() <= 4 && path.split('/').all(is_name)
}

/// A type of image that browsers can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageType {
    Png,
    Jpeg,
    Gif,
    Webp,
    Svg,
}

impl ImageType {
    /// Recognises the type by the file's first bytes: its name may be wrong.
    pub fn sniff(start: &[u8]) -> Option<ImageType> {
        match start {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(ImageType::Png),
            [0xff, 0xd8, 0xff, ..] => Some(ImageType::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(ImageType::Gif),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Some(ImageType::Webp),
            _ => is_svg(start).then_some(ImageType::Svg),
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            ImageType::Png => "image/png",
            ImageType::Jpeg => "image/jpeg",
            ImageType::Gif => "image/gif",
            ImageType::Webp => "image/webp",
            ImageType::Svg => "image/svg+xml",
        }
    }
}

/// True if the root element is `svg`; a declaration, a document type and comments may precede it.
fn is_svg(start: &[u8]) -> bool {
    let start = &start[..start.len().min(4096)];
    let text = String::from_utf8_lossy(start);
    let mut remaining = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let end = match remaining {
            _ if remaining.starts_with("<?") => "?>",
            _ if remaining.starts_with("<!--") => "-->",
            _ if remaining.starts_with("<!DOCTYPE svg") => ">",
            _ => break,
        };
        let Some((_, behind)) = remaining.split_once(end) else {
            return false;
        };
        remaining = behind.trim_start();
    }
    let root = remaining.strip_prefix("<svg");
    root.is_some_and(|behind| behind.starts_with(|c: char| c.is_whitespace() || c == '>'))
}

/// The images that a statement can show.
#[derive(Debug, Clone)]
pub(crate) struct StatementImages {
    files: Arc<[String]>,
    url: Arc<str>,
}

impl StatementImages {
    pub fn new(files: &[String], url: &str) -> Self {
        StatementImages {
            files: files.into(),
            url: url.into(),
        }
    }

    /// Returns the URL of the image with a name in the statement; `None` if there is no such image.
    pub fn url(&self, name: &str) -> Option<String> {
        let name = name.trim().trim_matches('"');
        let name = name.strip_prefix("./").unwrap_or(name);
        if !is_file_name(name) {
            return None;
        }
        let file = self.find(name)?;
        let mut url = self.url.to_string();
        for byte in file.bytes() {
            if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
                url.push(char::from(byte));
            } else {
                // Writing to a string can't fail.
                let _ = write!(url, "%{byte:02X}");
            }
        }
        Some(url)
    }

    /// True for a URL that [`Self::url`] could return.
    pub fn has_url(&self, url: &str) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-%".contains(c);
        let behind = url.strip_prefix(&*self.url);
        behind.is_some_and(|file| !file.starts_with('.') && file.chars().all(plain))
    }

    /// Finds a file by its name, else with an extension added, else with another extension: browsers
    /// can't show a PDF, but authors often provide the same figure as an SVG or PNG.
    fn find(&self, name: &str) -> Option<&str> {
        let existing = |name: &str| {
            let matches = |file: &&String| file.eq_ignore_ascii_case(name);
            self.files.iter().find(matches).map(String::as_str)
        };
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let with_extensions = |stem: &str| {
            let mut names = EXTENSIONS
                .iter()
                .map(|extension| format!("{stem}.{extension}"));
            names.find_map(|name| existing(&name))
        };
        let exact = existing(name).filter(|file| has_image_extension(file));
        exact
            .or_else(|| with_extensions(name))
            .or_else(|| with_extensions(stem))
    }
}

fn has_image_extension(file: &str) -> bool {
    let extension = file.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|extension| {
        EXTENSIONS
            .iter()
            .any(|candidate| candidate.eq_ignore_ascii_case(extension))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("a.png", true)]
    #[case("img/Bild åäö (1).jpg", true)]
    #[case("", false)]
    #[case("/etc/passwd", false)]
    #[case("../a.png", false)]
    #[case("img//a.png", false)]
    #[case(".hidden", false)]
    #[case("a\0.png", false)]
    #[case("a\\b.png", false)]
    #[case("http://example.org/a.png", false)]
    #[case("data:image/png;base64,AAAA", false)]
    #[case("a/b/c/d/e.png", false)]
    fn only_plain_paths_are_accepted(#[case] name: &str, #[case] is_accepted: bool) {
        assert_eq!(is_file_name(name), is_accepted);
    }

    #[rstest::rstest]
    #[case(b"\x89PNG\r\n\x1a\n....", Some(ImageType::Png))]
    #[case(b"\xff\xd8\xff\xe0", Some(ImageType::Jpeg))]
    #[case(b"GIF89a", Some(ImageType::Gif))]
    #[case(b"RIFF\0\0\0\0WEBPVP8 ", Some(ImageType::Webp))]
    #[case(
        b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- hi -->\n<svg xmlns=''>",
        Some(ImageType::Svg)
    )]
    #[case(b"<svg>", Some(ImageType::Svg))]
    #[case(b"<svgx>", None)]
    #[case(b"<html><svg>", None)]
    #[case(b"%PDF-1.4", None)]
    #[case(b"", None)]
    fn types_are_recognised_by_content(#[case] start: &[u8], #[case] kind: Option<ImageType>) {
        assert_eq!(ImageType::sniff(start), kind);
    }

    #[rstest::rstest]
    #[case("a", Some("/s/a.png"))]
    #[case("a.png", Some("/s/a.png"))]
    #[case("./a.png", Some("/s/a.png"))]
    #[case("b.pdf", Some("/s/b.SVG"))]
    #[case("c", None)]
    #[case("c.pdf", None)]
    #[case("img/d e.jpg", Some("/s/img%2Fd%20e.jpg"))]
    #[case("https://example.org/a.png", None)]
    fn extensions_may_be_omitted(#[case] name: &str, #[case] expected: Option<&str>) {
        let files = ["a.png", "b.pdf", "b.SVG", "c.pdf", "img/d e.jpg"].map(str::to_owned);
        let images = StatementImages::new(&files, "/s/");
        let url = images.url(name);
        assert_eq!(url.as_deref(), expected);
        assert!(url.is_none_or(|url| images.has_url(&url)));
    }
}
