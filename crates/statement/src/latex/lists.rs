//! Writes lists.

use super::scan::{LatexScanner, split};
use super::writer::LatexWriter;

impl LatexWriter<'_, '_> {
    pub fn list(&mut self, kind: &str, body: &str) {
        let mut items = split(body, "\\item").into_iter();
        // Usually only lengths are set before the first item.
        let before = items.next().unwrap_or_default();
        self.run(before);
        let items: Vec<(Option<&str>, &str)> = items
            .map(|item| {
                let mut scanner = LatexScanner::new(item);
                (scanner.optional(), scanner.remaining())
            })
            .collect();
        if items.is_empty() {
            return;
        }
        let all_named = items.iter().all(|(name, _)| name.is_some());
        let tag = match kind {
            _ if all_named || kind == "description" => "dl",
            "enumerate" | "compactenum" => "ol",
            _ => "ul",
        };
        let mut html = format!("<{tag}>\n");
        for (name, text) in items {
            let name = name.map(|name| self.piece_of(name));
            let text = self.piece_of(text);
            html.push_str(&match (tag, name) {
                ("dl", name) => {
                    let name = name.unwrap_or_default();
                    format!("<dt>{name}</dt>\n<dd>{text}</dd>\n")
                }
                (_, Some(name)) => format!("<li>{name} {text}</li>\n"),
                (_, None) => format!("<li>{text}</li>\n"),
            });
        }
        html.push_str(&format!("</{tag}>"));
        self.block(&html);
    }
}
