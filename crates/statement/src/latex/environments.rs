//! Writes environments, from `\begin` to `\end`.

use super::scan::{LatexScanner, VERBATIM};
use super::writer::LatexWriter;
use crate::text::escaped;

impl LatexWriter<'_, '_> {
    pub fn environment(&mut self, scanner: &mut LatexScanner) {
        let name = scanner.group().unwrap_or_default();
        let body = scanner.body(name);
        let mut inside = LatexScanner::new(body);
        if VERBATIM.contains(&name) {
            return self.verbatim(name, inside);
        }
        match name {
            "itemize" | "enumerate" | "description" | "compactitem" | "compactenum" => {
                inside.optional();
                self.list(name, inside.remaining());
            }
            "tabular" | "tabular*" | "tabularx" | "tabulary" | "longtable" | "array" => {
                if matches!(name, "tabular*" | "tabularx" | "tabulary") {
                    inside.argument();
                }
                inside.optional();
                let columns = inside.argument();
                self.tabular(columns, inside.remaining());
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
            "Input" => self.chapter(self.page.texts.input, body),
            "Output" => self.chapter(self.page.texts.output, body),
            "Interaction" => self.chapter(self.page.texts.interaction, body),
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
                self.separate(inside.remaining());
            }
            "flushleft" | "samepage" | "document" | "abstract" | "small" | "footnotesize"
            | "large" | "sloppypar" | "landscape" | "singlespace" => self.separate(body),
            "tikzpicture" | "pgfpicture" | "picture" | "asy" | "forest" | "circuitikz" => {
                self.page.warn(format!("a drawing (`{name}`) is not shown"));
                self.missing("…");
            }
            _ => {
                let shown: String = name.chars().take(40).collect();
                self.page
                    .warn(format!("unknown LaTeX environment `{shown}`"));
                inside.optional();
                self.separate(inside.remaining());
            }
        }
    }

    /// Writes a placeholder for something that cannot be shown.
    pub fn missing(&mut self, name: &str) {
        let name = escaped(name);
        self.inline(&format!("<span class=\"missing\">[{name}]</span>"));
    }

    fn verbatim(&mut self, name: &str, mut inside: LatexScanner) {
        // Other environments have no options: what follows `\begin{verbatim}` is text.
        if matches!(name, "lstlisting" | "Verbatim" | "minted") {
            inside.optional();
        }
        if name == "minted" {
            inside.argument();
        }
        let text = inside.remaining();
        let text = text.strip_prefix('\n').unwrap_or(text);
        self.block(&format!("<pre><code>{}</code></pre>", escaped(text)));
    }

    fn boxed(&mut self, class: &str, body: &str) {
        let html = self.piece_of(body);
        self.block(&format!("<div class=\"{class}\">{html}</div>"));
    }

    /// Writes separate paragraphs, without an element around them.
    fn separate(&mut self, body: &str) {
        self.end_paragraph();
        self.run(body);
        self.end_paragraph();
    }

    fn chapter(&mut self, title: &str, body: &str) {
        self.block(&format!("<h2>{}</h2>", escaped(title)));
        self.separate(body);
    }

    fn rows_of_formulas(&mut self, kind: &str, body: &str) {
        let rows = unnumbered(body);
        let rows = rows.trim();
        self.display(&format!("\\begin{{{kind}}}\n{rows}\n\\end{{{kind}}}"));
    }
}

/// Removes the commands that number a formula.
fn unnumbered(tex: &str) -> String {
    let mut text = String::with_capacity(tex.len());
    let mut scanner = LatexScanner::new(tex);
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
