//! Lists.

use super::scan::{Scanner, split};
use super::writer::Writer;

impl Writer<'_, '_> {
    pub fn list(&mut self, kind: &str, body: &str) {
        let mut items = split(body, "\\item").into_iter();
        // In front of the first item there are only lengths to set, as a rule.
        let before = items.next().unwrap_or_default();
        self.run(before);
        let items: Vec<(Option<&str>, &str)> = items
            .map(|item| {
                let mut scanner = Scanner::new(item);
                (scanner.optional(), scanner.rest())
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
