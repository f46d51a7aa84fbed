//! Writes images, figures and their captions.

use super::scan::LatexScanner;
use super::writer::{LatexWriter, NumberedFloat};
use crate::text::escaped;

/// Width of a page's text in CSS pixels, for relative widths.
const TEXT_WIDTH: f64 = 700.0;

impl LatexWriter<'_, '_> {
    pub fn float(&mut self, name: &str, mut inside: LatexScanner) {
        inside.optional();
        if name.starts_with("wrap") {
            inside.argument();
            inside.optional();
            inside.argument();
        }
        let texts = self.page.texts;
        let (label, counter) = if name.contains("figure") {
            (texts.figure, &mut self.figures)
        } else {
            (texts.table, &mut self.tables)
        };
        *counter += 1;
        let number = *counter;
        let outer = self.float.replace(NumberedFloat { label, number });
        let html = self.piece_of(inside.remaining());
        self.float = outer;
        let class = if name.starts_with("wrap") {
            " class=\"wrapped\""
        } else {
            ""
        };
        self.block(&format!("<figure{class}>{html}</figure>"));
    }

    pub fn caption(&mut self, name: &str, scanner: &mut LatexScanner) {
        if name.starts_with("captionof") {
            scanner.argument();
        }
        scanner.optional();
        let text = self.piece_of(scanner.argument());
        let is_numbered = !name.ends_with('*') && !name.starts_with("captionof");
        match self.float.filter(|_| is_numbered) {
            Some(NumberedFloat { label, number }) => {
                self.block(&format!(
                    "<figcaption>{label} {number}: {text}</figcaption>"
                ));
            }
            None => self.block(&format!("<figcaption>{text}</figcaption>")),
        }
    }

    pub fn includegraphics(&mut self, scanner: &mut LatexScanner) {
        let width = scanner.optional().and_then(width_option);
        let file = scanner.argument();
        self.image(file, width);
    }

    /// Writes `\illustration{0.3}{file}{caption}`: beside the text, with a share of its width.
    pub fn illustration(&mut self, scanner: &mut LatexScanner) {
        let share = scanner.argument().trim().parse::<f64>().ok();
        let file = scanner.argument();
        let text = scanner.argument();
        let caption = self.piece_of(text);
        self.end_paragraph();
        self.block("<figure class=\"illustration\">");
        self.image(file, share.and_then(|share| pixels(share * TEXT_WIDTH)));
        self.block("");
        if !caption.is_empty() {
            self.block(&format!("<figcaption>{caption}</figcaption>"));
        }
        self.block("</figure>");
    }

    fn image(&mut self, file: &str, width: Option<u32>) {
        let Some(url) = self.page.images.url(file) else {
            let name: String = file.trim().chars().take(80).collect();
            self.page.warn(format!("no image `{name}` to show"));
            return self.missing(&name);
        };
        let name = escaped(file.trim());
        let width = width.map_or(String::new(), |width| format!(" width=\"{width}\""));
        self.inline(&format!("<img src=\"{url}\" alt=\"{name}\"{width}>"));
    }
}

/// Parses the option `width=…`, to pixels.
fn width_option(options: &str) -> Option<u32> {
    let mut options = options.split(',');
    let width = options.find_map(|option| {
        let (key, value) = option.split_once('=')?;
        (key.trim() == "width").then_some(value.trim())
    })?;
    let end = width.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, unit) = width.split_at(end.unwrap_or(width.len()));
    let factor = match unit.trim() {
        "\\textwidth" | "\\linewidth" | "\\columnwidth" | "\\hsize" => TEXT_WIDTH,
        "cm" => 37.8,
        "mm" => 3.78,
        "in" => 96.0,
        "pt" => 1.33,
        "em" => 16.0,
        "px" => 1.0,
        _ => return None,
    };
    let number = if number.is_empty() {
        1.0
    } else {
        number.parse().ok()?
    };
    pixels(number * factor)
}

/// Returns `None` for a width that is out of range.
fn pixels(number: f64) -> Option<u32> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked"
    )]
    (1.0..=2000.0)
        .contains(&number)
        .then(|| number.round() as u32)
}
