//! What stands between `\begin` and `\end`.

use super::scan::{Scanner, VERBATIM};
use super::writer::Writer;
use crate::escaped;

impl Writer<'_, '_> {
    pub fn environment(&mut self, scanner: &mut Scanner) {
        let name = scanner.group().unwrap_or_default();
        let body = scanner.body(name);
        let mut inside = Scanner::new(body);
        if VERBATIM.contains(&name) {
            return self.verbatim(name, inside);
        }
        match name {
            "itemize" | "enumerate" | "description" | "compactitem" | "compactenum" => {
                inside.optional();
                self.list(name, inside.rest());
            }
            "tabular" | "tabular*" | "tabularx" | "tabulary" | "longtable" | "array" => {
                if matches!(name, "tabular*" | "tabularx" | "tabulary") {
                    inside.argument();
                }
                inside.optional();
                let columns = inside.argument();
                self.tabular(columns, inside.rest());
            }
            "figure" | "figure*" | "wrapfigure" | "table" | "table*" | "wraptable" => {
                self.float(name, inside);
            }
            "center" | "centering" => self.boxed("center", body),
            "flushright" => self.boxed("right", body),
            "quote" | "quotation" | "displayquote" => {
                let html = self.piece_of(body);
                self.block(&format!("<blockquote>{html}</blockquote>"));
            }
            "Input" => self.chapter(self.page.words.input, body),
            "Output" => self.chapter(self.page.words.output, body),
            "Interaction" => self.chapter(self.page.words.interaction, body),
            "math" => self.inline(&crate::math::inline(body)),
            "equation" | "equation*" | "displaymath" => self.display(&unnumbered(body)),
            "align" | "align*" | "eqnarray" | "eqnarray*" | "flalign" | "flalign*" | "alignat"
            | "alignat*" | "split" => self.rows_of_formulas("aligned", body),
            "gather" | "gather*" | "multline" | "multline*" => {
                self.rows_of_formulas("gathered", body);
            }
            "minipage" | "subfigure" | "adjustbox" | "multicols" | "spacing" => {
                inside.optional();
                inside.argument();
                self.apart(inside.rest());
            }
            "flushleft" | "samepage" | "document" | "abstract" | "small" | "footnotesize"
            | "large" | "sloppypar" | "landscape" | "singlespace" => self.apart(body),
            "tikzpicture" | "pgfpicture" | "picture" | "asy" | "forest" | "circuitikz" => {
                self.page.warn(format!("a drawing (`{name}`) is not shown"));
                self.missing("…");
            }
            _ => {
                let shown: String = name.chars().take(40).collect();
                self.page
                    .warn(format!("unknown LaTeX environment `{shown}`"));
                inside.optional();
                self.apart(inside.rest());
            }
        }
    }

    /// In place of what cannot be shown.
    pub fn missing(&mut self, what: &str) {
        let what = escaped(what);
        self.inline(&format!("<span class=\"missing\">[{what}]</span>"));
    }

    fn verbatim(&mut self, name: &str, mut inside: Scanner) {
        // Behind `\begin{verbatim}` the line ends.
        if matches!(name, "lstlisting" | "Verbatim" | "minted") {
            inside.optional();
        }
        if name == "minted" {
            inside.argument();
        }
        let text = inside.rest();
        let text = text.strip_prefix('\n').unwrap_or(text);
        self.block(&format!("<pre><code>{}</code></pre>", escaped(text)));
    }

    fn boxed(&mut self, class: &str, body: &str) {
        let html = self.piece_of(body);
        self.block(&format!("<div class=\"{class}\">{html}</div>"));
    }

    /// Paragraphs of their own, without anything around them.
    fn apart(&mut self, body: &str) {
        self.end_paragraph();
        self.run(body);
        self.end_paragraph();
    }

    fn chapter(&mut self, title: &str, body: &str) {
        self.block(&format!("<h2>{}</h2>", escaped(title)));
        self.apart(body);
    }

    fn rows_of_formulas(&mut self, kind: &str, body: &str) {
        let rows = unnumbered(body);
        let rows = rows.trim();
        self.display(&format!("\\begin{{{kind}}}\n{rows}\n\\end{{{kind}}}"));
    }
}

/// A formula without the commands that number it.
fn unnumbered(tex: &str) -> String {
    let mut text = String::with_capacity(tex.len());
    let mut scanner = Scanner::new(tex);
    loop {
        text.push_str(scanner.take_while(|c| c != '\\'));
        if scanner.next().is_none() {
            return text;
        }
        match scanner.name() {
            "label" | "tag" => drop(scanner.group()),
            "nonumber" | "notag" => {}
            name => {
                text.push('\\');
                text.push_str(name);
            }
        }
    }
}
