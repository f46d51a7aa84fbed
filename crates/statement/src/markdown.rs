//! Converts Markdown: CommonMark with tables, formulas and placeholders for samples.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeStream};

use crate::math;
use crate::page::StatementPage;

/// Maximum nesting, deeper than any statement's; below it only the text is kept.
const MAX_DEPTH: usize = 32;
/// Maximum number of HTML tags in Markdown. They don't count as nesting, so they have their own
/// limit.
const MAX_TAGS: usize = 2_000;

pub(crate) fn to_html(text: &str, page: &mut StatementPage) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_MATH | Options::ENABLE_STRIKETHROUGH;
    let parsed = TextMergeStream::new(Parser::new_ext(text, options));
    let mut writer = MarkdownWriter {
        page,
        depth: 0,
        tags: 0,
        in_code: false,
        missing: vec![],
        events: vec![],
    };
    parsed.for_each(|event| writer.event(event));
    let events = without_sample_paragraphs(writer.events);
    let has_title = matches!(
        events.first(),
        Some(Event::Start(Tag::Heading {
            level: HeadingLevel::H1,
            ..
        }))
    );
    let mut html = if has_title {
        String::new()
    } else {
        page.heading()
    };
    pulldown_cmark::html::push_html(&mut html, events.into_iter());
    html
}

struct MarkdownWriter<'e, 'p, 'a> {
    page: &'p mut StatementPage<'a>,
    depth: usize,
    tags: usize,
    in_code: bool,
    /// One entry per open image: true if its file is missing.
    missing: Vec<bool>,
    events: Vec<Event<'e>>,
}

impl<'e> MarkdownWriter<'e, '_, '_> {
    fn event(&mut self, event: Event<'e>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if !self.in_code => self.text(&text),
            Event::InlineMath(tex) => self.push_html(math::inline(&tex)),
            Event::DisplayMath(tex) => self.push_html(math::display(&tex)),
            Event::Html(html) | Event::InlineHtml(html) => {
                self.tags += html.matches('<').count();
                if self.tags <= MAX_TAGS {
                    self.events.push(Event::InlineHtml(html));
                } else {
                    self.page.warn("too much HTML: some of it is shown as text");
                    self.events.push(Event::Text(html));
                }
            }
            other => self.events.push(other),
        }
    }

    fn start(&mut self, tag: Tag<'e>) {
        self.depth += 1;
        self.in_code |= matches!(tag, Tag::CodeBlock(_));
        let tag = match tag {
            Tag::Image {
                link_type,
                dest_url,
                title,
                id,
            } => {
                let url = self.page.images.url(&percent_decoded(&dest_url));
                self.missing.push(url.is_none());
                let Some(url) = url else {
                    let name: String = dest_url.chars().take(80).collect();
                    self.page.warn(format!("no image `{name}` to show"));
                    self.push_html("<span class=\"missing\">[".to_owned());
                    return;
                };
                Tag::Image {
                    link_type,
                    dest_url: url.into(),
                    title,
                    id,
                }
            }
            tag => tag,
        };
        if self.depth <= MAX_DEPTH {
            self.events.push(Event::Start(tag));
        }
    }

    fn end(&mut self, tag: TagEnd) {
        self.in_code &= tag != TagEnd::CodeBlock;
        if tag == TagEnd::Image && self.missing.pop() == Some(true) {
            self.push_html("]</span>".to_owned());
        } else if self.depth <= MAX_DEPTH {
            self.events.push(Event::End(tag));
        }
        self.depth -= 1;
    }

    /// Writes text, with samples in place of their placeholders.
    fn text(&mut self, mut text: &str) {
        while let Some((before, behind)) = text.split_once("{{") {
            let Some((name, after)) = behind.split_once("}}") else {
                break;
            };
            let samples = match name.trim() {
                "nextsample" => self.page.samples.next(self.page.texts).unwrap_or_default(),
                "remainingsamples" => self.page.samples.remaining(self.page.texts),
                _ => {
                    self.push_text(&text[..before.len() + 2]);
                    text = behind;
                    continue;
                }
            };
            self.push_text(before);
            self.push_html(samples);
            text = after;
        }
        self.push_text(text);
    }

    fn push_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.events.push(Event::Text(text.to_owned().into()));
        }
    }

    fn push_html(&mut self, html: String) {
        self.events.push(Event::InlineHtml(html.into()));
    }
}

/// Unwraps the paragraphs that contain nothing but samples.
fn without_sample_paragraphs(events: Vec<Event>) -> Vec<Event> {
    let mut result: Vec<Event> = Vec::with_capacity(events.len());
    for event in events {
        let closes = event == Event::End(TagEnd::Paragraph);
        if let (true, [.., start, Event::InlineHtml(html)]) = (closes, result.as_slice())
            && *start == Event::Start(Tag::Paragraph)
            && (html.is_empty() || html.starts_with("<div class=\"sample"))
        {
            let html = html.clone();
            result.truncate(result.len() - 2);
            result.push(Event::Html(html));
        } else {
            result.push(event);
        }
    }
    result
}

/// Decodes `my%20image.png` to `my image.png`.
fn percent_decoded(url: &str) -> String {
    let mut bytes = Vec::with_capacity(url.len());
    let mut remaining = url.as_bytes();
    while let [first, behind @ ..] = remaining {
        let hex = |c: u8| char::from(c).to_digit(16);
        remaining = match (first, behind) {
            (b'%', [high, low, behind @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                let digits = hex(*high).unwrap_or(0) * 16 + hex(*low).unwrap_or(0);
                bytes.extend(u8::try_from(digits));
                behind
            }
            _ => {
                bytes.push(*first);
                behind
            }
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
