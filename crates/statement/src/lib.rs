//! Problem statements, LaTeX and Markdown, as HTML that can be shown to anybody.
//!
//! A pure function: no I/O, no async. Whatever the author wrote, what comes out is a fixed point of
//! one sanitiser ([`sanitise`]): no script, no style, no foreign image, and nothing that means
//! something else when it is parsed again.

mod images;
mod latex;
mod markdown;
mod math;
mod samples;
mod sanitise;
mod words;

use letscode_model::{ProblemSample, Statement, StatementFormat};

pub use images::{ImageType, is_file_name};
pub use sanitise::sanitise;

use images::Images;
use samples::Placement;
use words::Words;

/// The most text of a statement that is rendered, in bytes.
pub const MAX_TEXT_BYTES: usize = 1 << 20;
/// The most that is said about one statement.
const MAX_WARNINGS: usize = 50;

/// What a statement is rendered from.
#[derive(Debug, Clone, Copy)]
pub struct StatementSource<'a> {
    /// Without one, title and samples are what is shown.
    pub statement: Option<&'a Statement>,
    /// The title where the statement does not give one.
    pub title: &'a str,
    pub samples: &'a [ProblemSample],
    /// The files beside the statement, by their path from its folder: the only images there are.
    pub files: &'a [String],
    /// Where these files are served; a file's path, percent-encoded, is put behind it.
    pub files_url: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedStatement {
    pub html: String,
    /// What could not be shown as its author meant it.
    pub warnings: Vec<String>,
}

/// Renders a statement with its samples: those that it does not place itself come at its end.
pub fn render(source: &StatementSource) -> RenderedStatement {
    let language = source.statement.map_or("en", |s| s.language.as_str());
    let mut page = Page {
        title: source.title,
        words: Words::of(language),
        images: Images::new(source.files, source.files_url),
        samples: Placement::new(source.samples),
        warnings: vec![],
    };
    let mut html = match source.statement {
        Some(statement) => {
            let text = start_of(&statement.text, MAX_TEXT_BYTES);
            match statement.format {
                StatementFormat::Latex => latex::to_html(text, &mut page),
                StatementFormat::Markdown => markdown::to_html(text, &mut page),
            }
        }
        None => page.heading(),
    };
    html.push_str(&page.samples.remaining(page.words));
    if let Some(shorter) = sanitise::affordable(&html) {
        page.warn(
            "very many special characters in one piece of text: the rest of that is left out",
        );
        html = shorter;
    }
    RenderedStatement {
        html: sanitise::settled(&html, &page.images),
        warnings: page.warnings,
    }
}

/// The statement in the wanted language, else in English, else the first.
pub fn pick<'s>(statements: &'s [Statement], wanted: Option<&str>) -> Option<&'s Statement> {
    let spoken = |language: &str| {
        let same = |s: &&Statement| s.language.eq_ignore_ascii_case(language);
        statements.iter().find(same)
    };
    let preferred = wanted.and_then(spoken);
    preferred
        .or_else(|| spoken("en"))
        .or_else(|| statements.first())
}

/// What a statement is written onto: things that both formats place in it.
struct Page<'a> {
    title: &'a str,
    words: &'static Words,
    images: Images,
    samples: Placement<'a>,
    warnings: Vec<String>,
}

impl Page<'_> {
    fn heading(&self) -> String {
        format!("<h1>{}</h1>\n", escaped(self.title))
    }

    fn warn(&mut self, warning: impl Into<String>) {
        let warning = warning.into();
        if self.warnings.len() < MAX_WARNINGS && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// Text as it stands in HTML, between tags and in attributes.
fn escaped(text: &str) -> String {
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

/// At most so many bytes, whole characters.
fn start_of(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
