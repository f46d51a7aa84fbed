//! Sanitises HTML with a list of allowed elements, attributes and classes. All HTML passes here.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use ammonia::{Builder, UrlRelative};

use crate::images::StatementImages;
use crate::text::truncated;

const TAGS: [&str; 46] = [
    "a",
    "b",
    "blockquote",
    "br",
    "caption",
    "code",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
];

/// Classes that the page's style sheet may use.
const CLASSES: [(&str, &[&str]); 5] = [
    ("span", &["math", "display", "smallcaps", "missing"]),
    (
        "div",
        &[
            "sample",
            "interaction",
            "sample-input",
            "sample-output",
            "sample-read",
            "sample-written",
            "sample-remark",
            "center",
            "right",
            "footnotes",
        ],
    ),
    ("figure", &["illustration", "wrapped"]),
    ("table", &["ruled"]),
    ("td", &["center", "right"]),
];

/// Maximum number of rounds until HTML no longer changes. Usually one is enough; HTML with so many
/// nesting errors that it needs more is shown as text.
const MAX_ROUNDS: usize = 4;

/// Sanitises HTML whose images are served below `files_url`. The result of [`crate::render`] is not
/// changed.
pub fn sanitise(html: &str, files: &[String], files_url: &str) -> String {
    sanitiser(&StatementImages::new(files, files_url))
        .clean(html)
        .to_string()
}

/// Sanitises until nothing changes. This removes anything that could be parsed in two ways, which
/// is how sanitisers are fooled.
pub(crate) fn settled(html: &str, images: &StatementImages) -> String {
    let sanitiser = sanitiser(images);
    let clean = |html: &str| sanitiser.clean(html).to_string();
    let mut before = clean(html);
    for _ in 1..MAX_ROUNDS {
        let after = clean(&before);
        if after == before {
            return after;
        }
        before = after;
    }
    let text = Builder::empty().clean(&before).to_string();
    clean(&format!("<pre><code>{text}</code></pre>"))
}

/// A text between two tags that is longer and has more than [`MAX_STOPS`] such characters is cut.
const MAX_RUN_BYTES: usize = 16 << 10;
const MAX_STOPS: usize = 1_000;

/// Cuts texts that would take quadratic time to sanitise: at each `&` and each byte 0xC2 the library
/// that writes the result searches for the end of the text again. `None` if nothing has to be cut.
pub(crate) fn affordable(html: &str) -> Option<String> {
    let is_costly = |run: &str| {
        let stops = run.bytes().filter(|byte| matches!(byte, b'&' | 0xC2));
        run.len() > MAX_RUN_BYTES && stops.count() > MAX_STOPS
    };
    let runs = || html.split_inclusive(['<', '>']);
    runs().any(is_costly).then(|| {
        let cut = |run: &str| {
            if is_costly(run) {
                let tag = run.find(['<', '>']).map_or("", |at| &run[at..]);
                [truncated(run, MAX_RUN_BYTES), tag].concat()
            } else {
                run.to_owned()
            }
        };
        runs().map(cut).collect()
    })
}

fn sanitiser(images: &StatementImages) -> Builder<'static> {
    let images = images.clone();
    let mut builder = Builder::new();
    builder
        .tags(HashSet::from(TAGS))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "title"])),
            ("img", HashSet::from(["src", "alt", "width", "height"])),
            ("ol", HashSet::from(["start"])),
            ("td", HashSet::from(["colspan", "rowspan"])),
            ("th", HashSet::from(["colspan", "rowspan"])),
        ]))
        .generic_attributes(HashSet::new())
        .allowed_classes(
            CLASSES
                .iter()
                .map(|(tag, classes)| (*tag, classes.iter().copied().collect()))
                .collect(),
        )
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer nofollow"))
        .attribute_filter(move |tag, attribute, value| {
            let is_harmless = match (tag, attribute) {
                ("img", "src") if !images.has_url(value) => {
                    return images.url(value).map(Cow::Owned);
                }
                ("a", "href") => is_external(value),
                (_, "width" | "height" | "colspan" | "rowspan" | "start") => is_small_number(value),
                _ => true,
            };
            is_harmless.then_some(Cow::Borrowed(value))
        });
    builder
}

/// True for a link to another site: never to pages or the API of this service.
fn is_external(url: &str) -> bool {
    let schemes = ["http://", "https://", "mailto:"];
    schemes.iter().any(|scheme| url.starts_with(scheme))
}

fn is_small_number(value: &str) -> bool {
    value.len() <= 4 && value.chars().all(|c| c.is_ascii_digit())
}
