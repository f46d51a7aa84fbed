use letscode_model::{ProblemSample, Statement, StatementFormat};

use crate::images::StatementImages;
use crate::page::StatementPage;
use crate::samples::SamplePlacement;
use crate::text::{MAX_TEXT_BYTES, truncated};
use crate::translations::PageTexts;
use crate::{latex, markdown, sanitise};

/// Input of [`render`].
#[derive(Debug, Clone, Copy)]
pub struct StatementSource<'a> {
    /// Without a statement, the title and the samples are shown.
    pub statement: Option<&'a Statement>,
    /// The title, unless the statement contains one.
    pub title: &'a str,
    pub samples: &'a [ProblemSample],
    /// Paths of the files beside the statement, relative to its folder: the only images that can be
    /// shown.
    pub files: &'a [String],
    /// Prefix of the URL of these files; a file's path, percent-encoded, is appended.
    pub files_url: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedStatement {
    pub html: String,
    /// Parts that could not be shown as the author meant them.
    pub warnings: Vec<String>,
}

/// Renders a statement with its samples: those that it does not place itself come at its end.
pub fn render(source: &StatementSource) -> RenderedStatement {
    let language = source.statement.map_or("en", |s| s.language.as_str());
    let mut page = StatementPage {
        title: source.title,
        texts: PageTexts::for_language(language),
        images: StatementImages::new(source.files, source.files_url),
        samples: SamplePlacement::new(source.samples),
        warnings: vec![],
    };
    let mut html = match source.statement {
        Some(statement) => {
            let text = truncated(&statement.text, MAX_TEXT_BYTES);
            match statement.format {
                StatementFormat::Latex => latex::to_html(text, &mut page),
                StatementFormat::Markdown => markdown::to_html(text, &mut page),
            }
        }
        None => page.heading(),
    };
    html.push_str(&page.samples.remaining(page.texts));
    if let Some(shorter) = sanitise::affordable(&html) {
        page.warn("too many special characters in one piece of text: it is cut");
        html = shorter;
    }
    RenderedStatement {
        html: sanitise::settled(&html, &page.images),
        warnings: page.warnings,
    }
}

/// Returns the statement in the preferred language, else in English, else the first one.
pub fn pick<'s>(statements: &'s [Statement], preferred: Option<&str>) -> Option<&'s Statement> {
    let in_language = |language: &str| {
        let matches = |s: &&Statement| s.language.eq_ignore_ascii_case(language);
        statements.iter().find(matches)
    };
    preferred
        .and_then(in_language)
        .or_else(|| in_language("en"))
        .or_else(|| statements.first())
}
