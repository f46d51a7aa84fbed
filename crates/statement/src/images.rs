//! Images: only files beside the statement, named by their path, told by their first bytes.

use std::fmt::Write;
use std::sync::Arc;

/// Tried in this order where a statement leaves the ending away, as LaTeX allows.
const ENDINGS: [&str; 6] = ["svg", "png", "jpg", "jpeg", "gif", "webp"];

/// Whether this can be the path of a file beside a statement: a few plain names with `/` between
/// them, none hidden. It is joined to a folder, so nothing else is ever accepted.
pub fn is_file_name(path: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || " ._-+,()".contains(c);
    let is_name = |name: &str| {
        !name.is_empty() && !name.starts_with(['.', ' ']) && name.chars().all(is_plain)
    };
    path.len() <= 128 && path.split('/').count() <= 4 && path.split('/').all(is_name)
}

/// A kind of image that browsers show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageType {
    Png,
    Jpeg,
    Gif,
    Webp,
    Svg,
}

impl ImageType {
    /// Told by the first bytes of the file: its name may say anything.
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

/// The root element is `svg`; in front of it may be a declaration, a document type and comments.
fn is_svg(start: &[u8]) -> bool {
    let start = &start[..start.len().min(4096)];
    let text = String::from_utf8_lossy(start);
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let end = match rest {
            _ if rest.starts_with("<?") => "?>",
            _ if rest.starts_with("<!--") => "-->",
            _ if rest.starts_with("<!DOCTYPE svg") => ">",
            _ => break,
        };
        let Some((_, behind)) = rest.split_once(end) else {
            return false;
        };
        rest = behind.trim_start();
    }
    let root = rest.strip_prefix("<svg");
    root.is_some_and(|behind| behind.starts_with(|c: char| c.is_whitespace() || c == '>'))
}

/// The images that a statement can show.
#[derive(Debug, Clone)]
pub(crate) struct Images {
    files: Arc<[String]>,
    url: Arc<str>,
}

impl Images {
    pub fn new(files: &[String], url: &str) -> Self {
        Images {
            files: files.into(),
            url: url.into(),
        }
    }

    /// Where the image that a statement names is served; `None` when there is none of that name.
    pub fn url(&self, named: &str) -> Option<String> {
        let named = named.trim().trim_matches('"');
        let named = named.strip_prefix("./").unwrap_or(named);
        if !is_file_name(named) {
            return None;
        }
        let file = self.find(named)?;
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

    /// Whether a URL is one of ours.
    pub fn is_ours(&self, url: &str) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-%".contains(c);
        let behind = url.strip_prefix(&*self.url);
        behind.is_some_and(|file| !file.starts_with('.') && file.chars().all(plain))
    }

    /// By its name, else with an ending, else with another ending: browsers can't show a PDF, but
    /// authors often have the same figure as an SVG or PNG beside it.
    fn find(&self, named: &str) -> Option<&str> {
        let there = |wanted: &str| {
            let same = |file: &&String| file.eq_ignore_ascii_case(wanted);
            self.files.iter().find(same).map(String::as_str)
        };
        let stem = named.rsplit_once('.').map_or(named, |(stem, _)| stem);
        let with_endings = |stem: &str| {
            let mut names = ENDINGS.iter().map(|ending| format!("{stem}.{ending}"));
            names.find_map(|name| there(&name))
        };
        let exact = there(named).filter(|file| has_image_ending(file));
        exact
            .or_else(|| with_endings(named))
            .or_else(|| with_endings(stem))
    }
}

fn has_image_ending(file: &str) -> bool {
    let ending = file.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| {
        ENDINGS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(ending))
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
    fn names(#[case] name: &str, #[case] good: bool) {
        assert_eq!(is_file_name(name), good);
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
    fn types_are_told_by_bytes(#[case] start: &[u8], #[case] kind: Option<ImageType>) {
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
    fn images_are_found_as_latex_does(#[case] named: &str, #[case] url: Option<&str>) {
        let files = ["a.png", "b.pdf", "b.SVG", "c.pdf", "img/d e.jpg"].map(str::to_owned);
        let found = Images::new(&files, "/s/").url(named);
        assert_eq!(found.as_deref(), url);
        assert!(found.is_none_or(|url| Images::new(&files, "/s/").is_ours(&url)));
    }
}
