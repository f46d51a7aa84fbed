//! Hostile statements: no script, no foreign request, no endless work, no panic.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use letscode_model::{Statement, StatementFormat};
use letscode_statement::{MAX_TEXT_BYTES, StatementSource, render, sanitise};
use proptest::prelude::*;
use rstest::rstest;

const FORMATS: [StatementFormat; 2] = [StatementFormat::Latex, StatementFormat::Markdown];

fn html(format: StatementFormat, text: &str) -> String {
    let statement = Statement {
        language: "en".into(),
        format,
        text: text.into(),
    };
    let source = StatementSource {
        statement: Some(&statement),
        title: "T",
        samples: &[],
        files: &["a.png".to_owned()],
        files_url: "/i/",
    };
    render(&source).html
}

fn is_settled(html: &str) -> bool {
    sanitise(html, &["a.png".to_owned()], "/i/") == html
}

#[rstest]
#[case("<script>alert(1)</script>")]
#[case("<img src=a.png onerror=alert(1)>")]
#[case("<img src=\"https://x.org/a.png\">")]
#[case("<img src=\"/i/../../secret\"><img src=\"/api/x\">")]
#[case("![x](data:image/svg+xml;base64,AAAA)")]
#[case("[x](javascript:alert(1))")]
#[case("[x](  jAvAsCrIpT&colon;alert(1))")]
#[case("[x](data:text/html,x)")]
#[case("[x](//x.org) [y](/api/submit) [z](#a)")]
#[case(
    "<a href=\"vbscript:x\" style=\"position:fixed\" id=\"a\" name=\"a\" target=\"_blank\">x</a>"
)]
#[case("<style>*{display:none}</style><link rel=stylesheet href=//x.org>")]
#[case("<iframe src=//x.org></iframe><object data=x></object><embed src=x><base href=//x>")]
#[case("<form action=//x><input name=a><button>b</button></form><textarea>")]
#[case("<svg onload=alert(1)><math><mtext><script>x</script>")]
#[case("<div class=\"admin overlay\" onclick=x>x</div><meta http-equiv=refresh>")]
#[case("\\href{javascript:alert(1)}{x} \\url{data:text/html,x} \\href{\\\"onclick=x}{y}")]
#[case("\\includegraphics{https://x.org/a.png} \\includegraphics{/etc/passwd}")]
#[case("\\includegraphics[width=9\" onerror=\"x]{a.png\" onerror=\"x}")]
#[case("$</span><script>x</script>$ \\verb|</code><script>x</script>|")]
#[case("\\newcommand{\\x}{<script}\\x>alert(1)</script>")]
#[case("<noscript><p title=\"</noscript><img src=x onerror=x>\">")]
#[case("<table><a href=\"http://x\"><table><a>")]
fn harmful_html_is_removed(#[case] text: &str) {
    for format in FORMATS {
        let html = html(format, text);
        let tags: Vec<&str> = html
            .split('<')
            .skip(1)
            .map(|t| t.split('>').next().unwrap())
            .collect();
        for tag in tags {
            let name = tag.trim_start_matches('/').split(' ').next().unwrap();
            let allowed = [
                "a", "b", "br", "code", "div", "em", "h1", "img", "p", "pre", "span", "strong",
                "table", "tbody",
            ];
            assert!(allowed.contains(&name), "{tag} in {html}");
            for attribute in tag.split(' ').skip(1).filter(|a| a.contains("=\"")) {
                let (key, value) = attribute.split_once("=\"").unwrap();
                match key {
                    "href" => assert!(value.starts_with("http"), "{html}"),
                    "src" => assert_eq!(value, "/i/a.png\"", "{html}"),
                    "class" => assert!(
                        ["", "math", "missing"].contains(&value.trim_end_matches('"')),
                        "{html}"
                    ),
                    "rel" | "alt" | "width" | "title" => {}
                    _ => panic!("{key} in {html}"),
                }
            }
        }
        assert!(is_settled(&html), "{html}");
    }
}

/// Each piece is repeated to a size at which quadratic time would be noticed. With the environment
/// variable, to the maximum size of a statement.
#[rstest]
#[case::groups("{")]
#[case::closing("}")]
#[case::begins("\\begin{itemize}\\item ")]
#[case::begins_of_others("\\begin{a}")]
#[case::arguments("\\textbf{")]
#[case::brackets("\\\\[")]
#[case::formulas("\\(")]
#[case::displays("$$")]
#[case::dollars("{$")]
#[case::dollars_in_braces("${$")]
#[case::verbs("\\verb|")]
#[case::paragraphs("\\bf a\n\n")]
#[case::footnotes("\\footnote{\\footnote{a}}")]
#[case::tables("\\begin{tabular}{*{99}{c}}&\\end{tabular}")]
#[case::macros("\\newcommand{\\a}{\\a\\a}\\a")]
#[case::growing_macros(
    "\\def\\a#1{#1#1#1#1#1#1#1#1#1}\\a{\\a{\\a{\\a{\\a{\\a{\\a{\\a{\\a{x}}}}}}}}}"
)]
#[case::labels("\\label{a}\\ref{a}")]
#[case::quotes(">")]
#[case::lists("- ")]
#[case::links("[")]
#[case::images("![a](")]
#[case::emphasis("*a_")]
#[case::elements("<b><p>")]
#[case::divisions("<div>")]
#[case::samples("{{nextsample}}{{")]
#[case::code("`a")]
#[case::ampersands("&<")]
#[case::entities("&amp")]
#[case::whole_entities("&lt;a")]
#[case::signs("§")]
fn work_is_bounded(#[case] piece: &str) {
    let bytes = match std::env::var_os("LETSCODE_LONG_STATEMENTS") {
        Some(_) => MAX_TEXT_BYTES,
        None => MAX_TEXT_BYTES / 8,
    };
    let text = piece.repeat(bytes / piece.len());
    for format in FORMATS {
        let before = cpu_time();
        let html = html(format, &text);
        let elapsed = cpu_time() - before;
        eprintln!(
            "{format:?} {piece:?}: {} KiB in {elapsed:?} of CPU",
            html.len() >> 10
        );
        assert!(html.len() < 40 * bytes, "{}", html.len());
        assert!(elapsed < Duration::from_secs(20), "{elapsed:?}");
    }
}

/// Returns the CPU time of this thread, which other work on the machine hardly changes.
fn cpu_time() -> Duration {
    rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime)
        .try_into()
        .unwrap()
}

const PIECES: [&str; 62] = [
    "\\",
    "{",
    "}",
    "[",
    "]",
    "$",
    "$$",
    "%",
    "&",
    "#",
    "~",
    "^",
    "_",
    "`",
    "'",
    "-",
    "\n",
    "\n\n",
    " ",
    "a",
    "ö",
    "\0",
    "\\begin{itemize}",
    "\\end{itemize}",
    "\\item",
    "\\begin{tabular}{lr}",
    "\\end{tabular}",
    "\\\\",
    "\\begin{verbatim}",
    "\\end{verbatim}",
    "\\verb|",
    "\\newcommand{\\x}[1]",
    "\\x",
    "#1",
    "\\def\\y",
    "\\y",
    "\\textbf",
    "\\bf",
    "\\section*",
    "\\includegraphics",
    "a.png",
    "\\illustration",
    "\\footnote",
    "\\begin{figure}",
    "\\end{figure}",
    "\\caption",
    "\\(",
    "\\)",
    "\\[",
    "\\]",
    "\\'",
    "\\url",
    "\\href",
    "<p>",
    "</p>",
    "<table>",
    "<td>",
    "<a href='http://x'>",
    "<pre>\n\n",
    "{{nextsample}}",
    "* ",
    "> ",
];

proptest! {
    #[test]
    fn any_source_renders_to_sanitised_html(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60),
    ) {
        let text = pieces.concat();
        for format in FORMATS {
            let html = html(format, &text);
            prop_assert!(is_settled(&html), "{html}");
        }
    }

    #[test]
    fn any_bytes_render_to_sanitised_html(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes);
        for format in FORMATS {
            let html = html(format, &text);
            prop_assert!(is_settled(&html), "{html}");
        }
    }
}
