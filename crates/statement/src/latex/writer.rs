//! Walks over LaTeX and writes HTML: text, paragraphs, groups and fonts. What commands and
//! environments do is in the files beside this one.

use std::collections::HashMap;

use super::labels;
use super::scan::Scanner;
use crate::{Page, escaped, math};

/// Deeper nesting than any statement has; below it only text is kept.
const MAX_DEPTH: usize = 40;
const MAX_FOOTNOTES: usize = 200;

/// A float whose captions are numbered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Float {
    pub word: &'static str,
    pub number: u32,
}

pub(super) struct Writer<'p, 'a> {
    pub page: &'p mut Page<'a>,
    pub labels: HashMap<String, u32>,
    pub float: Option<Float>,
    pub figures: u32,
    pub tables: u32,
    html: String,
    in_paragraph: bool,
    /// Elements that text is in now: closed with a paragraph, and opened in the next.
    fonts: Vec<&'static str>,
    footnotes: Vec<String>,
    has_title: bool,
    depth: usize,
}

pub(super) fn write(text: &str, page: &mut Page) -> String {
    let mut writer = Writer {
        page,
        labels: labels::numbers(text),
        float: None,
        figures: 0,
        tables: 0,
        html: String::new(),
        in_paragraph: false,
        fonts: vec![],
        footnotes: vec![],
        has_title: false,
        depth: 0,
    };
    writer.run(text);
    writer.end_paragraph();
    writer.finish()
}

impl Writer<'_, '_> {
    fn finish(self) -> String {
        let mut html = match self.has_title {
            true => String::new(),
            false => self.page.heading(),
        };
        html.push_str(&self.html);
        if !self.footnotes.is_empty() {
            html.push_str("<div class=\"footnotes\"><ol>\n");
            for note in &self.footnotes {
                html.push_str(&format!("<li>{note}</li>\n"));
            }
            html.push_str("</ol></div>\n");
        }
        html
    }

    /// Writes a piece of source. Fonts that it declares end with it.
    pub fn run(&mut self, text: &str) {
        if self.depth == MAX_DEPTH {
            self.page.warn("nested too deep: only the text is shown");
            return self.bare_text(text);
        }
        self.depth += 1;
        let fonts = self.fonts.len();
        let mut scanner = Scanner::new(text);
        while let Some(c) = scanner.peek() {
            self.piece(c, &mut scanner);
        }
        self.end_fonts(fonts);
        self.depth -= 1;
    }

    fn piece(&mut self, c: char, scanner: &mut Scanner) {
        match c {
            '\\' => {
                scanner.next();
                let name = scanner.name();
                self.command(name, scanner);
            }
            '{' => {
                let group = scanner.group().unwrap_or_default();
                self.run(group);
            }
            '}' => {
                scanner.next();
            }
            '$' => self.dollar(scanner),
            '~' => {
                scanner.next();
                self.text("\u{a0}");
            }
            '`' | '\'' | '-' if !self.fonts.contains(&"code") => self.ligature(scanner),
            c if c.is_whitespace() => {
                let space = scanner.take_while(char::is_whitespace);
                match space.matches('\n').count() {
                    0 => self.space(" "),
                    1 => self.space("\n"),
                    _ => self.end_paragraph(),
                }
            }
            '`' | '\'' | '-' => {
                scanner.next();
                self.text(c.encode_utf8(&mut [0; 4]));
            }
            _ => {
                let special = |c: char| "\\{}$~`'-".contains(c) || c.is_whitespace();
                let text = scanner.take_while(|c| !special(c));
                self.text(text);
            }
        }
    }

    fn dollar(&mut self, scanner: &mut Scanner) {
        scanner.next();
        if scanner.rest().starts_with('$') {
            scanner.next();
            if let Some(tex) = scanner.formula("$$") {
                self.display(tex);
            }
        } else if let Some(tex) = scanner.formula("$") {
            self.inline(&math::inline(tex));
        } else {
            self.text("$");
        }
    }

    /// Quotes and dashes, as LaTeX joins them.
    fn ligature(&mut self, scanner: &mut Scanner) {
        const JOINED: [(&str, &str); 7] = [
            ("---", "—"),
            ("--", "–"),
            ("-", "-"),
            ("``", "“"),
            ("`", "‘"),
            ("''", "”"),
            ("'", "’"),
        ];
        let found = JOINED.iter().find(|(source, _)| scanner.skip(source));
        self.text(found.map_or("", |(_, text)| text));
    }

    /// Text of the statement, still to be escaped.
    pub fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.inline(&escaped(text));
        }
    }

    /// HTML that stands in a paragraph.
    pub fn inline(&mut self, html: &str) {
        if !self.in_paragraph {
            self.in_paragraph = true;
            self.html.push_str("<p>");
            for font in &self.fonts {
                self.html.push_str(&format!("<{font}>"));
            }
        }
        self.html.push_str(html);
    }

    pub fn space(&mut self, space: &str) {
        if self.in_paragraph {
            self.html.push_str(space);
        }
    }

    pub fn line_break(&mut self) {
        if self.in_paragraph {
            self.html.push_str("<br>\n");
        }
    }

    pub fn display(&mut self, tex: &str) {
        self.inline(&math::display(tex));
    }

    pub fn end_paragraph(&mut self) {
        if !self.in_paragraph {
            return;
        }
        self.in_paragraph = false;
        for font in self.fonts.iter().rev() {
            self.html.push_str(&format!("</{font}>"));
        }
        let written = self.html.trim_end().len();
        self.html.truncate(written);
        self.html.push_str("</p>\n");
    }

    /// HTML that stands between paragraphs.
    pub fn block(&mut self, html: &str) {
        self.end_paragraph();
        self.html.push_str(html);
        self.html.push('\n');
    }

    /// From here to the end of the group.
    pub fn declare(&mut self, font: &'static str) {
        if self.fonts.contains(&font) {
            return;
        }
        self.fonts.push(font);
        if self.in_paragraph {
            self.html.push_str(&format!("<{font}>"));
        }
    }

    fn end_fonts(&mut self, left: usize) {
        while self.fonts.len() > left {
            let font = self.fonts.pop();
            if let (true, Some(font)) = (self.in_paragraph, font) {
                self.html.push_str(&format!("</{font}>"));
            }
        }
    }

    pub fn styled(&mut self, font: &'static str, text: &str) {
        let fonts = self.fonts.len();
        self.declare(font);
        self.run(text);
        self.end_fonts(fonts);
    }

    /// The HTML of a piece that stands by itself: paragraphs, unless it is only one.
    pub fn piece_of(&mut self, text: &str) -> String {
        let outer = std::mem::take(&mut self.html);
        let in_paragraph = std::mem::replace(&mut self.in_paragraph, false);
        self.run(text);
        self.end_paragraph();
        let html = std::mem::replace(&mut self.html, outer);
        self.in_paragraph = in_paragraph;
        let html = html.trim_end();
        let only = html
            .strip_prefix("<p>")
            .and_then(|h| h.strip_suffix("</p>"));
        match only {
            Some(only) if !only.contains("<p>") => only.to_owned(),
            _ => html.to_owned(),
        }
    }

    pub fn heading(&mut self, level: u8, text: &str) {
        let html = self.piece_of(text);
        self.block(&format!("<h{level}>{html}</h{level}>"));
    }

    /// `\problemname`: BAPCtools and others leave the name to `problem.yaml`.
    pub fn title(&mut self, text: &str) {
        if std::mem::replace(&mut self.has_title, true) {
            return;
        }
        if text.trim().is_empty() || text.contains("\\problemyamlname") {
            let heading = self.page.heading();
            self.block(heading.trim_end());
        } else {
            self.heading(1, text);
        }
    }

    pub fn footnote(&mut self, text: &str) {
        if self.footnotes.len() == MAX_FOOTNOTES {
            return self.run(text);
        }
        let note = self.piece_of(text);
        self.footnotes.push(note);
        let number = self.footnotes.len();
        self.inline(&format!("<sup>[{number}]</sup>"));
    }

    /// Text without its commands.
    fn bare_text(&mut self, text: &str) {
        let mut scanner = Scanner::new(text);
        while let Some(c) = scanner.peek() {
            match c {
                '\\' => {
                    scanner.next();
                    scanner.name();
                }
                '{' | '}' => {
                    scanner.next();
                }
                _ => {
                    let text = scanner.take_while(|c| !"\\{}".contains(c));
                    self.text(text);
                }
            }
        }
    }
}
