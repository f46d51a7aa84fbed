//! The one gate that all HTML passes: a list of what may be there, and nothing else.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use ammonia::{Builder, UrlRelative};

use crate::images::Images;

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

/// What the page's style sheet may give a meaning to.
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

/// How often HTML is parsed and written until it stays as it is. Once is the rule; what mistakes in
/// nesting need more is not worth more.
const MAX_ROUNDS: usize = 4;

/// Sanitises HTML whose images are served below `files_url`: what [`crate::render`] gives stays
/// as it is.
pub fn sanitise(html: &str, files: &[String], files_url: &str) -> String {
    gate(&Images::new(files, files_url)).clean(html).to_string()
}

/// HTML that another sanitising would not change. Anything that could be read in two ways, which is
/// how sanitisers are fooled, is gone then.
pub(crate) fn settled(html: &str, images: &Images) -> String {
    let gate = gate(images);
    let clean = |html: &str| gate.clean(html).to_string();
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

/// A text between two tags that is longer, and has more such characters, is cut.
const MAX_RUN_BYTES: usize = 16 << 10;
const MAX_STOPS: usize = 1_000;

/// What can be sanitised in time that grows with its length: at each `&` and each byte 0xC2 the library that
/// writes the result looks for the end of the text again. `None` where all of it can.
pub(crate) fn affordable(html: &str) -> Option<String> {
    let is_costly = |run: &str| {
        let stops = run.bytes().filter(|byte| matches!(byte, b'&' | 0xC2));
        run.len() > MAX_RUN_BYTES && stops.count() > MAX_STOPS
    };
    let runs = || html.split_inclusive(['<', '>']);
    runs().any(is_costly).then(|| {
        let cut = |run: &str| match is_costly(run) {
            true => {
                let tag = run.find(['<', '>']).map_or("", |at| &run[at..]);
                [crate::start_of(run, MAX_RUN_BYTES), tag].concat()
            }
            false => run.to_owned(),
        };
        runs().map(cut).collect()
    })
}

fn gate(images: &Images) -> Builder<'static> {
    let images = images.clone();
    let mut gate = Builder::new();
    gate.tags(HashSet::from(TAGS))
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
                ("img", "src") if !images.is_ours(value) => {
                    return images.url(value).map(Cow::Owned);
                }
                ("a", "href") => is_elsewhere(value),
                (_, "width" | "height" | "colspan" | "rowspan" | "start") => is_small_number(value),
                _ => true,
            };
            is_harmless.then_some(Cow::Borrowed(value))
        });
    gate
}

/// A statement links to other places, never to pages or calls of this service.
fn is_elsewhere(url: &str) -> bool {
    let schemes = ["http://", "https://", "mailto:"];
    schemes.iter().any(|scheme| url.starts_with(scheme))
}

fn is_small_number(value: &str) -> bool {
    value.len() <= 4 && value.chars().all(|c| c.is_ascii_digit())
}
