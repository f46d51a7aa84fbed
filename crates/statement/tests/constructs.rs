//! The HTML of each construct of LaTeX and Markdown.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use letscode_model::{ProblemSample, Statement, StatementFormat};
use letscode_statement::{RenderedStatement, StatementSource, pick, render};
use rstest::rstest;

fn rendered(format: StatementFormat, text: &str) -> RenderedStatement {
    let statement = Statement {
        language: "en".into(),
        format,
        text: text.into(),
    };
    let files = ["a.png", "fig.svg", "fig.pdf", "img/b c.jpg"].map(str::to_owned);
    render(&StatementSource {
        statement: Some(&statement),
        title: "T",
        samples: &[],
        files: &files,
        files_url: "/i/",
    })
}

fn latex(text: &str) -> String {
    let html = rendered(StatementFormat::Latex, text).html;
    html.strip_prefix("<h1>T</h1>")
        .unwrap_or(&html)
        .trim()
        .to_owned()
}

fn markdown(text: &str) -> String {
    let html = rendered(StatementFormat::Markdown, text).html;
    html.strip_prefix("<h1>T</h1>")
        .unwrap_or(&html)
        .trim()
        .to_owned()
}

#[rstest]
#[case::paragraphs("a\nb\n\n\nc", "<p>a\nb</p>\n<p>c</p>")]
#[case::comments("a % no\n  b\n%c\n\nd\\%", "<p>a b</p>\n<p>d%</p>")]
#[case::html_is_text(
    "a < b & c > d <script>x</script>",
    "<p>a &lt; b &amp; c &gt; d &lt;script&gt;x&lt;/script&gt;</p>"
)]
#[case::quotes("``a'' `b' c's", "<p>“a” ‘b’ c’s</p>")]
#[case::dashes("a-b 1--2 c---d", "<p>a-b 1–2 c—d</p>")]
#[case::code_is_literal("\\texttt{--a `b' ''}", "<p><code>--a `b' ''</code></p>")]
#[case::signs(
    "\\% \\& \\_ \\# \\$ \\{\\} \\ldots~\\dots{}x \\textbackslash n",
    "<p>% &amp; _ # $ {} …&nbsp;…x \\n</p>"
)]
#[case::accents(
    "\\\"{o}\\\"a \\'e \\`{a} \\^i \\~n \\c{c} \\v s \\r{a} \\aa \\o \\ss{} \\'{\\i}",
    "<p>öä é à î ñ ç š å åøß í</p>"
)]
#[case::rare_accents("\\d{x}", "<p>x\u{323}</p>")]
#[case::styles(
    "\\textbf{b} \\emph{e} \\textit{i} \\underline{u} \\textsuperscript{s}",
    "<p><strong>b</strong> <em>e</em> <em>i</em> <u>u</u> <sup>s</sup></p>"
)]
#[case::declarations("{\\bf b {\\it c}} d", "<p><strong>b <em>c</em></strong> d</p>")]
#[case::style_over_paragraphs(
    "\\textbf{a\n\nb}",
    "<p><strong>a</strong></p>\n<p><strong>b</strong></p>"
)]
#[case::breaks("a\\\\b\\newline c\\par d", "<p>a<br>\nb<br>\nc</p>\n<p>d</p>")]
#[case::inline_math(
    "$a<b$ \\(c_1\\) \\ensuremath{d}",
    "<p><span class=\"math\">a&lt;b</span> <span class=\"math\">c_1</span> <span class=\"math\">d</span></p>"
)]
#[case::display_math(
    "$$x$$ \\[y\\]",
    "<p><span class=\"math display\">x</span> <span class=\"math display\">y</span></p>"
)]
#[case::math_in_math(
    "$\\text{$x$ `\\texttt{+}'}$",
    "<p><span class=\"math\">\\text{$x$ `\\texttt{+}'}</span></p>"
)]
#[case::a_lonely_dollar("5$ is", "<p>5$ is</p>")]
#[case::equation(
    "\\begin{equation}\\label{e}a=b\\end{equation} (\\ref{e})",
    "<p><span class=\"math display\">a=b</span> (1)</p>"
)]
#[case::align(
    "\\begin{align*}a&=b\\\\c&=d\\nonumber\\end{align*}",
    "<p><span class=\"math display\">\\begin{aligned}\na&amp;=b\\\\c&amp;=d\n\\end{aligned}</span></p>"
)]
#[case::sections(
    "\\section*{Input}\na\n\\subsection{B \\emph{c}}",
    "<h2>Input</h2>\n<p>a</p>\n<h3>B <em>c</em></h3>"
)]
#[case::bapc_sections("\\begin{Input}a\\end{Input}", "<h2>Input</h2>\n<p>a</p>")]
#[case::itemize(
    "\\begin{itemize}\\setlength{\\itemsep}{0pt}\n\\item a\n\\item $b$\n\n c\\end{itemize}",
    "<ul>\n<li>a</li>\n<li><p><span class=\"math\">b</span></p>\n<p>c</p></li>\n</ul>"
)]
#[case::nested_lists(
    "\\begin{enumerate}\\item a \\begin{itemize}\\item b\\end{itemize}\\item c\\end{enumerate}",
    "<ol>\n<li><p>a</p>\n<ul>\n<li>b</li>\n</ul></li>\n<li>c</li>\n</ol>"
)]
#[case::description(
    "\\begin{description}\\item[a {$]$}] b\\end{description}",
    "<dl>\n<dt>a <span class=\"math\">]</span></dt>\n<dd>b</dd>\n</dl>"
)]
#[case::tabular(
    "\\begin{tabular}{|l|r@{ }c|}\\hline a & $b&$ & \\& \\\\ \\hline\n\\multicolumn{2}{c}{d} & e \\\\\n\\hline\\end{tabular}",
    "<table class=\"ruled\"><tbody>\n<tr><td>a</td><td class=\"right\"><span class=\"math\">b&amp;</span></td><td class=\"center\">&amp;</td></tr>\n<tr><td colspan=\"2\" class=\"center\">d</td><td class=\"center\">e</td></tr>\n</tbody></table>"
)]
#[case::verbatim(
    "\\begin{verbatim}\na % \\b {\n  <c>\\end{verbatim}",
    "<pre><code>a % \\b {\n  &lt;c&gt;</code></pre>"
)]
#[case::verb("\\verb|a%\\b{|c", "<p><code>a%\\b{</code>c</p>")]
#[case::center("\\begin{center}a\\end{center}", "<div class=\"center\">a</div>")]
#[case::image(
    "\\includegraphics[width=0.5\\textwidth]{a}",
    "<p><img src=\"/i/a.png\" alt=\"a\" width=\"350\"></p>"
)]
#[case::image_in_a_folder(
    "\\includegraphics{img/b c.jpg}",
    "<p><img src=\"/i/img%2Fb%20c.jpg\" alt=\"img/b c.jpg\"></p>"
)]
#[case::image_instead_of_pdf(
    "\\includegraphics{fig.pdf}",
    "<p><img src=\"/i/fig.svg\" alt=\"fig.pdf\"></p>"
)]
#[case::image_that_is_not_there(
    "\\includegraphics{../x.png}",
    "<p><span class=\"missing\">[../x.png]</span></p>"
)]
#[case::figure(
    "\\begin{figure}[h]\\centering\\includegraphics{a}\\caption{C}\\label{f}\\end{figure} See~\\ref{f}.",
    "<figure><p><img src=\"/i/a.png\" alt=\"a\"></p>\n<figcaption>Figure 1: C</figcaption></figure>\n<p>See&nbsp;1.</p>"
)]
#[case::illustration(
    "\\illustration{0.3}{a}{By \\href{http://x.org/a_b%20c}{X}}",
    "<figure class=\"illustration\">\n<p><img src=\"/i/a.png\" alt=\"a\" width=\"210\"></p>\n\n<figcaption>By <a href=\"http://x.org/a_b%20c\" rel=\"noopener noreferrer nofollow\">X</a></figcaption>\n</figure>"
)]
#[case::url(
    "\\url{https://x.org/\\_a}",
    "<p><a href=\"https://x.org/_a\" rel=\"noopener noreferrer nofollow\">https://x.org/_a</a></p>"
)]
#[case::footnote(
    "a\\footnote{b}c",
    "<p>a<sup>[1]</sup>c</p>\n<div class=\"footnotes\"><ol>\n<li>b</li>\n</ol></div>"
)]
#[case::newcommand(
    "\\newcommand{\\maxn}[1][5]{$#1$}\\maxn\\ \\maxn[6] x",
    "<p><span class=\"math\">5</span> <span class=\"math\">6</span> x</p>"
)]
#[case::newcommand_in_math(
    "\\newcommand\\R{\\mathbb R}$x \\in \\R$",
    "<p><span class=\"math\">x \\in \\mathbb R</span></p>"
)]
#[case::def("\\def\\a#1#2{#2#1}\\a{x}y", "<p>yx</p>")]
#[case::newenvironment(
    "\\newenvironment{n}[1]{\\textbf{#1}: }{!}\\begin{n}{a}b\\end{n}",
    "<p><strong>a</strong>: b!</p>"
)]
#[case::not_closed(
    "\\begin{itemize}\\item \\textbf{a",
    "<ul>\n<li><strong>a</strong></li>\n</ul>"
)]
#[case::not_opened("a}b\\end{itemize}", "<p>ab</p>")]
#[case::only_the_body(
    "\\documentclass{a}\\usepackage[x]{y}\\begin{document}a\\end{document}b",
    "<p>a</p>"
)]
fn latex_constructs_are_converted(#[case] source: &str, #[case] html: &str) {
    assert_eq!(latex(source), html);
}

#[rstest]
#[case::commonmark(
    "a *b* **c** `d`\n\n- e\n- f",
    "<p>a <em>b</em> <strong>c</strong> <code>d</code></p>\n<ul>\n<li>e</li>\n<li>f</li>\n</ul>"
)]
#[case::math(
    "$a<b_1*c*d$ and $$e$$",
    "<p><span class=\"math\">a&lt;b_1*c*d</span> and <span class=\"math display\">e</span></p>"
)]
#[case::table(
    "|a|b|\n|-|-|\n|c|$d$|",
    "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>\n<tr><td>c</td><td><span class=\"math\">d</span></td></tr>\n</tbody></table>"
)]
#[case::image(
    "![alt](a.png) <img src=\"a.png\">",
    "<p><img src=\"/i/a.png\" alt=\"alt\"> <img src=\"/i/a.png\"></p>"
)]
#[case::image_in_a_folder(
    "![alt](img/b%20c.jpg)",
    "<p><img src=\"/i/img%2Fb%20c.jpg\" alt=\"alt\"></p>"
)]
#[case::foreign_image(
    "![alt](https://x.org/a.png)",
    "<p><span class=\"missing\">[alt]</span></p>"
)]
#[case::code(
    "```\n{{nextsample}} <b>\n```",
    "<pre><code>{{nextsample}} &lt;b&gt;\n</code></pre>"
)]
#[case::other_braces("{{x}} {{", "<p>{{x}} {{</p>")]
fn markdown_constructs_are_converted(#[case] source: &str, #[case] html: &str) {
    assert_eq!(markdown(source), html);
}

#[rstest]
#[case(
    StatementFormat::Latex,
    "\\problemname{A \\& $b$}\nc",
    "<h1>A &amp; <span class=\"math\">b</span></h1>\n<p>c</p>\n"
)]
#[case(
    StatementFormat::Latex,
    "\\problemname{\\problemyamlname}",
    "<h1>T</h1>\n"
)]
#[case(StatementFormat::Latex, "\\problemname{}", "<h1>T</h1>\n")]
#[case(StatementFormat::Latex, "a", "<h1>T</h1>\n<p>a</p>\n")]
#[case(StatementFormat::Markdown, "# A", "<h1>A</h1>\n")]
#[case(StatementFormat::Markdown, "## A", "<h1>T</h1>\n<h2>A</h2>\n")]
fn every_page_has_a_title(#[case] format: StatementFormat, #[case] text: &str, #[case] html: &str) {
    assert_eq!(rendered(format, text).html, html);
}

#[test]
fn unknown_commands_keep_their_text_and_are_reported() {
    let page = rendered(
        StatementFormat::Latex,
        "\\strange[x]{a} \\begin{odd}b\\end{odd} \\begin{tikzpicture}\\draw (0,0);\\end{tikzpicture}\
         \\includegraphics{gone}",
    );
    insta::assert_debug_snapshot!(page, @r#"
    RenderedStatement {
        html: "<h1>T</h1>\n<p>a</p>\n<p>b</p>\n<p><span class=\"missing\">[…]</span><span class=\"missing\">[gone]</span></p>\n",
        warnings: [
            "unknown LaTeX command `\\strange`",
            "unknown LaTeX environment `odd`",
            "a drawing (`tikzpicture`) is not shown",
            "no image `gone` to show",
        ],
    }
    "#);
}

fn sample(name: &str, input: &str, output: &str, interaction: bool) -> ProblemSample {
    ProblemSample {
        name: name.into(),
        input: input.into(),
        output: output.into(),
        interaction,
    }
}

fn with_samples(format: StatementFormat, text: &str, language: &str) -> String {
    let statement = Statement {
        language: language.into(),
        format,
        text: text.into(),
    };
    let samples = [
        sample("1", "\n1 <2>\n", "3\n", false),
        sample("2", "", "<4\n>5\n>6\n---\n<7\nnote\n", true),
        sample("3", "8", "9", false),
    ];
    let source = StatementSource {
        statement: Some(&statement),
        title: "T",
        samples: &samples,
        files: &[],
        files_url: "/i/",
    };
    render(&source).html
}

#[test]
fn unplaced_samples_come_last() {
    insta::assert_snapshot!(with_samples(StatementFormat::Latex, "a", "sv"), @r#"
    <h1>T</h1>
    <p>a</p>
    <div class="sample"><div class="sample-input"><h3>Exempelindata 1</h3><pre><code>
    1 &lt;2&gt;
    </code></pre></div><div class="sample-output"><h3>Exempelutdata 1</h3><pre><code>3
    </code></pre></div></div>
    <div class="sample interaction"><h3>Exempelinteraktion 2</h3><div class="sample-read"><pre><code>4</code></pre></div><div class="sample-written"><pre><code>5
    6</code></pre></div><hr><div class="sample-read"><pre><code>7</code></pre></div><div class="sample-remark"><pre><code>note</code></pre></div></div>
    <div class="sample"><div class="sample-input"><h3>Exempelindata 3</h3><pre><code>8</code></pre></div><div class="sample-output"><h3>Exempelutdata 3</h3><pre><code>9</code></pre></div></div>
    "#);
}

#[rstest]
#[case(
    StatementFormat::Latex,
    "a \\nextsample b\n\n\\remainingsamples\nc \\nextsample"
)]
#[case(
    StatementFormat::Markdown,
    "a\n\n{{nextsample}}\n\nb\n\n{{ remainingsamples }}\n\nc\n\n{{nextsample}}"
)]
fn samples_are_placed_where_the_statement_says(
    #[case] format: StatementFormat,
    #[case] text: &str,
) {
    let html = with_samples(format, text, "en");
    let order = [
        "<p>a</p>",
        "Sample Input 1",
        "<p>b</p>",
        "Sample Interaction 2",
        "Sample Input 3",
        "<p>c</p>",
    ];
    let places: Vec<usize> = order
        .iter()
        .map(|part| html.find(part).expect(part))
        .collect();
    assert!(places.is_sorted(), "{html}");
    assert_eq!(html.matches("class=\"sample\"").count(), 2);
    assert!(!html.contains("<p></p>"), "{html}");
}

#[test]
fn the_preferred_language_is_picked() {
    let statement = |language: &str| Statement {
        language: language.into(),
        format: StatementFormat::Markdown,
        text: String::new(),
    };
    let all = ["de", "en", "sv"].map(statement);
    let language = |preferred| pick(&all, preferred).map(|s| s.language.as_str());
    assert_eq!(language(Some("SV")), Some("sv"));
    assert_eq!(language(Some("fr")), Some("en"));
    assert_eq!(language(None), Some("en"));
    assert_eq!(
        pick(&all[..1], None).map(|s| s.language.as_str()),
        Some("de")
    );
    assert_eq!(pick(&[], Some("en")), None);
}
