//! The second pass: writes HTML. Here are text, paragraphs, groups and fonts; commands and
//! environments are in the files beside this one.

use std::collections::HashMap;

use super::labels;
use super::scan::LatexScanner;
use crate::math;
use crate::page::StatementPage;
use crate::text::escaped;

/// Maximum nesting, deeper than any statement's; below it only the text is kept.
const MAX_DEPTH: usize = 40;
const MAX_FOOTNOTES: usize = 200;

/// A figure or table whose captions are numbered.
#[derive(Debug, Clone, Copy)]
pub(super) struct NumberedFloat {
    /// Such as `Figure`.
    pub label: &'static str,
    pub number: u32,
}

pub(super) struct LatexWriter<'p, 'a> {
    pub page: &'p mut StatementPage<'a>,
    pub labels: HashMap<String, u32>,
    pub float: Option<NumberedFloat>,
    pub figures: u32,
    pub tables: u32,
    html: String,
    in_paragraph: bool,
    /// Elements around the current text: closed with a paragraph and reopened in the next one.
    fonts: Vec<&'static str>,
    footnotes: Vec<String>,
    has_title: bool,
    depth: usize,
}

pub(super) fn write(text: &str, page: &mut StatementPage) -> String {
    let mut writer = LatexWriter {
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

impl LatexWriter<'_, '_> {
    fn finish(self) -> String {
        let mut html = if self.has_title {
            String::new()
        } else {
            self.page.heading()
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

    /// Writes a piece of source. Fonts that it declares end with the piece.
    pub fn run(&mut self, text: &str) {
        if self.depth == MAX_DEPTH {
            self.page.warn("nested too deeply: only the text is shown");
            return self.bare_text(text);
        }
        self.depth += 1;
        let fonts = self.fonts.len();
        let mut scanner = LatexScanner::new(text);
        while let Some(c) = scanner.peek() {
            self.piece(c, &mut scanner);
        }
        self.end_fonts(fonts);
        self.depth -= 1;
    }

    fn piece(&mut self, c: char, scanner: &mut LatexScanner) {
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

    fn dollar(&mut self, scanner: &mut LatexScanner) {
        scanner.next();
        if scanner.remaining().starts_with('$') {
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

    /// Writes quotes and dashes, joined as in LaTeX.
    fn ligature(&mut self, scanner: &mut LatexScanner) {
        const JOINED: [(&str, &str); 7] = [
            ("---", "—"),
            ("--", "–"),
            ("-", "-"),
            ("``", "“"),
            ("`", "‘"),
            ("''", "”"),
            ("'", "’"),
        ];
        let ligature = JOINED.iter().find(|(source, _)| scanner.skip(source));
        self.text(ligature.map_or("", |(_, text)| text));
    }

    /// Writes text of the statement, which is escaped here.
    pub fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.inline(&escaped(text));
        }
    }

    /// Writes HTML within a paragraph.
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

    /// Writes HTML between paragraphs.
    pub fn block(&mut self, html: &str) {
        self.end_paragraph();
        self.html.push_str(html);
        self.html.push('\n');
    }

    /// Starts a font, up to the end of the group.
    pub fn declare(&mut self, font: &'static str) {
        if self.fonts.contains(&font) {
            return;
        }
        self.fonts.push(font);
        if self.in_paragraph {
            self.html.push_str(&format!("<{font}>"));
        }
    }

    /// Ends all fonts but the given number of outer ones.
    fn end_fonts(&mut self, outer: usize) {
        while self.fonts.len() > outer {
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

    /// Returns the HTML of a separate piece: as paragraphs, unless it is only one.
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

    /// Writes `\problemname`. BAPCtools and others take the name from `problem.yaml`.
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

    /// Writes text without its commands.
    fn bare_text(&mut self, text: &str) {
        let mut scanner = LatexScanner::new(text);
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
