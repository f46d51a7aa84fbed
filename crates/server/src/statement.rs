//! Statements as HTML. Whoever wrote a package is a stranger to the person who reads it, so
//! nothing is let through but text, its structure, and links that leave the page only when clicked.

use std::collections::{HashMap, HashSet};

use ammonia::Builder;
use letscode_model::{Statement, StatementFormat};
use pulldown_cmark::{Options, Parser, html};

const TAGS: [&str; 40] = [
    "a",
    "b",
    "blockquote",
    "br",
    "caption",
    "center",
    "code",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
];

/// The statement's HTML, safe to be put into the page. `None` for a format that is not translated.
pub(crate) fn html(statement: &Statement) -> Option<String> {
    match statement.format {
        StatementFormat::Markdown => Some(sanitised(&rendered(&statement.text))),
        StatementFormat::Latex => None,
    }
}

fn rendered(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_MATH
        | Options::ENABLE_SUPERSCRIPT;
    let mut text = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut text, Parser::new_ext(markdown, options));
    text
}

fn sanitised(html: &str) -> String {
    // The classes that the renderer itself gives to formulas: the page typesets them.
    let formulas = HashMap::from([(
        "span",
        HashSet::from(["math", "math-inline", "math-display"]),
    )]);
    Builder::empty()
        .tags(HashSet::from(TAGS))
        .clean_content_tags(HashSet::from([
            "script", "style", "title", "template", "noscript",
        ]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "title"])),
            ("ol", HashSet::from(["start"])),
            ("td", HashSet::from(["colspan", "rowspan"])),
            ("th", HashSet::from(["colspan", "rowspan", "scope"])),
        ]))
        .allowed_classes(formulas)
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean(html)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(markdown: &str) -> String {
        let statement = Statement {
            language: "en".into(),
            format: StatementFormat::Markdown,
            text: markdown.into(),
        };
        html(&statement).unwrap_or_default()
    }

    #[test]
    fn structure_comes_through() {
        let html = shown("# A\n\n- `x` ≤ 10<sup>9</sup>\n\n|a|b|\n|-|-|\n|1|2|\n\n$x^2$");
        for part in [
            "<h1>A</h1>",
            "<code>x</code>",
            "<sup>9</sup>",
            "<td>1</td>",
            "math-inline",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn nothing_that_runs_loads_or_dresses_up_comes_through() {
        let html = shown(
            "<script>alert(1)</script><img src=x onerror=alert(1)><style>*{display:none}</style>\n\n\
             <p onclick=\"alert(1)\" style=\"position:fixed\" id=app class=verdict>text</p>\n\n\
             <iframe src=//evil></iframe><form action=//evil><input></form><svg onload=alert(1)>\n\n\
             [click](javascript:alert(1)) <a href=\"data:text/html,x\">x</a> ![i](http://evil/pixel)\n\n\
             <math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        );
        for part in [
            "script",
            "alert",
            "onerror",
            "style",
            "id=",
            "class",
            "iframe",
            "form",
            "input",
            "svg",
            "javascript:",
            "data:",
            "<img",
            "evil",
        ] {
            assert!(!html.contains(part), "{part} in {html}");
        }
        assert!(html.contains("text"));
    }

    #[test]
    fn a_link_leads_away_without_telling_from_where() {
        let html = shown("[home](https://example.org/)");
        assert!(html.contains("href=\"https://example.org/\""), "{html}");
        assert!(
            html.contains("rel=\"noopener noreferrer nofollow\""),
            "{html}"
        );
    }
}
