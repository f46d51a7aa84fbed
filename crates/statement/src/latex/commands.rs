//! Writes single commands.

use super::scan::{LatexScanner, formula_or_paragraph};
use super::symbols;
use super::writer::LatexWriter;
use crate::math;
use crate::text::escaped;

impl LatexWriter<'_, '_> {
    pub fn command(&mut self, name: &str, scanner: &mut LatexScanner) {
        if let Some(font) = symbols::style(name) {
            self.styled(font, scanner.argument());
        } else if let Some(font) = symbols::declaration(name) {
            scanner.skip_space();
            self.declare(font);
        } else if symbols::is_accent(name) {
            let letter = scanner.argument();
            self.text(&symbols::accent(name, letter).unwrap_or_default());
        } else if let Some(sign) = symbols::symbol(name) {
            self.text_or_space(sign);
            if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                scanner.skip_space();
            }
        } else if let Some(arguments) = symbols::ignored(name) {
            scanner.optional();
            scanner.skip_arguments(arguments);
            if arguments == 0 {
                scanner.skip_space();
            }
        } else if let Some(arguments) = symbols::wrapper(name) {
            scanner.optional();
            scanner.skip_arguments(arguments);
            scanner.optional();
            self.run(scanner.argument());
        } else {
            self.structural(name, scanner);
        }
    }

    /// Writes a symbol; a space does not begin a paragraph.
    fn text_or_space(&mut self, sign: &str) {
        if sign.trim().is_empty() {
            self.space(sign);
        } else {
            self.text(sign);
        }
    }

    fn structural(&mut self, name: &str, scanner: &mut LatexScanner) {
        match name {
            "\\" | "\\*" | "newline" | "linebreak" | "tabularnewline" => {
                scanner.skip("*");
                scanner.optional();
                self.line_break();
            }
            "par" => self.end_paragraph(),
            "(" => self.inline(&math::inline(formula_or_paragraph(scanner, "\\)"))),
            "[" => self.display(formula_or_paragraph(scanner, "\\]")),
            "ensuremath" => self.inline(&math::inline(scanner.argument())),
            "verb" | "verb*" => self.verb(scanner),
            "lstinline" => {
                scanner.optional();
                if scanner.remaining().starts_with('{') {
                    self.code(scanner.argument());
                } else {
                    self.verb(scanner);
                }
            }
            "begin" => self.environment(scanner),
            "end" => drop(scanner.group()),
            "item" => {
                scanner.optional();
                self.line_break();
                self.text("• ");
            }
            "problemname" => self.title(scanner.argument()),
            "problemyamlname" => {
                let title = self.page.title;
                self.text(title);
            }
            "section" | "section*" | "chapter" | "chapter*" => self.section(2, scanner),
            "subsection" | "subsection*" => self.section(3, scanner),
            "subsubsection" | "subsubsection*" | "paragraph" | "paragraph*" => {
                self.section(4, scanner);
            }
            "nextsample" => {
                let sample = self.page.samples.next(self.page.texts);
                self.block(sample.as_deref().unwrap_or_default());
            }
            "remainingsamples" => {
                let samples = self.page.samples.remaining(self.page.texts);
                self.block(&samples);
            }
            "url" | "nolinkurl" | "path" => {
                let address = unescaped(scanner.argument());
                self.link(&address, &escaped(&address));
            }
            "href" => {
                scanner.optional();
                let address = unescaped(scanner.argument());
                let text = self.piece_of(scanner.argument());
                self.link(&address, &text);
            }
            "footnote" | "footnotetext" | "thanks" => {
                scanner.optional();
                self.footnote(scanner.argument());
            }
            "ref" | "autoref" | "cref" | "Cref" | "eqref" | "pageref" | "cite" => {
                let number = self.labels.get(scanner.argument());
                let number = number.map_or("?".to_owned(), u32::to_string);
                self.text(&number);
            }
            "enquote" => {
                self.text("“");
                self.run(scanner.argument());
                self.text("”");
            }
            "caption" | "caption*" | "captionof" | "captionof*" => self.caption(name, scanner),
            "includegraphics" | "includegraphics*" => self.includegraphics(scanner),
            "illustration" => self.illustration(scanner),
            "input" | "include" => {
                let file: String = scanner.argument().chars().take(80).collect();
                self.page.warn(format!("`{file}` is not included"));
            }
            _ => self.unknown(name, scanner),
        }
    }

    fn section(&mut self, level: u8, scanner: &mut LatexScanner) {
        scanner.optional();
        self.heading(level, scanner.argument());
    }

    fn verb(&mut self, scanner: &mut LatexScanner) {
        if let Some(text) = scanner.verb() {
            self.code(text);
        }
    }

    fn code(&mut self, text: &str) {
        self.inline(&format!("<code>{}</code>", escaped(text)));
    }

    /// Writes a link. Sanitising removes addresses that are not allowed; the text stays.
    fn link(&mut self, address: &str, html: &str) {
        self.inline(&format!("<a href=\"{}\">{html}</a>", escaped(address)));
    }

    fn unknown(&mut self, name: &str, scanner: &mut LatexScanner) {
        let name: String = name.chars().take(40).collect();
        if scanner.remaining().starts_with('[') {
            scanner.optional();
        }
        if !name.is_empty() {
            self.page.warn(format!("unknown LaTeX command `\\{name}`"));
        }
    }
}

/// Unescapes `\%`, `\_`, `\#` and `\&` in an address.
fn unescaped(address: &str) -> String {
    address.trim().replace('\\', "")
}
