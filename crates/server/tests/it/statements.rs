//! Statements as HTML, and their images.

use std::fs;
use std::path::Path;

use crate::common::{Answer, TestServer, problem};
use axum::http::StatusCode;
use letscode_model::{ProblemId, Statement, StatementFormat};
use letscode_store::Store;

const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg'><script>x</script></svg>";

/// Starts a server with the problem `pictures`, whose statements are in English and Swedish.
async fn server() -> TestServer {
    server_with("statement").await
}

async fn server_with(statements: &str) -> TestServer {
    let server = TestServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("pictures");
    let write = |file: &str, contents: &[u8]| {
        let path = package.join(file.replace("statement/", &format!("{statements}/")));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    };
    write("problem.yaml", b"name: Pictures\n");
    write("statement/a.svg", SVG.as_bytes());
    write("statement/img/b c.gif", b"GIF89a...");
    write("statement/page.png", b"<html><script>x</script>");
    write("statement/problem.en.tex", b"secret remark");
    write("data/secret/1.ans", b"GIF89a");
    let large = fs::File::create(package.join(statements).join("large.gif")).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&large, b"GIF89a", 0).unwrap();
    large.set_len((8 << 20) + 1).unwrap();
    import(&server, &package).await;
    server
}

async fn import(server: &TestServer, package: &Path) {
    let statement = |language: &str, text: &str| Statement {
        language: language.into(),
        format: StatementFormat::Latex,
        text: text.into(),
    };
    let mut detail = problem();
    detail.summary.id = ProblemId::parse("pictures").unwrap();
    detail.statements = vec![
        statement("en", "See \\includegraphics{a} and $x<y$."),
        statement("sv", "Se \\includegraphics{img/b c}."),
    ];
    detail.statement_files = vec!["a.svg".into(), "img/b c.gif".into(), "page.png".into()];
    server.store.import_problem(package, &detail).await.unwrap();
}

async fn image(server: &TestServer, file: &str) -> Answer {
    let path = format!("/api/problems/pictures/statement/{file}");
    server.get(&path).await
}

#[tokio::test]
async fn statements_are_served_in_the_preferred_language() {
    let server = server().await;
    let page = server.get("/api/problems/pictures").await.json();
    insta::assert_snapshot!(page["statementHtml"].as_str().unwrap(), @r#"
    <h1>A+B</h1>
    <p>See <img src="/api/problems/pictures/statement/a.svg" alt="a"> and <span class="math">x&lt;y</span>.</p>
    <div class="sample"><div class="sample-input"><h3>Sample Input 1</h3><pre><code>1 2
    </code></pre></div><div class="sample-output"><h3>Sample Output 1</h3><pre><code>3
    </code></pre></div></div>
    "#);
    assert_eq!(page["statementLanguage"], "en");
    assert_eq!(page["statementLanguages"], serde_json::json!(["en", "sv"]));
    assert_eq!(
        page["statements"][0]["text"],
        "See \\includegraphics{a} and $x<y$."
    );

    let page = server.get("/api/problems/pictures?lang=sv").await.json();
    let html = page["statementHtml"].as_str().unwrap();
    assert!(html.contains("Exempelindata"), "{html}");
    assert_eq!(page["statementLanguage"], "sv");
    // The address in the page leads to the image.
    let address = html
        .split("src=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let image = server.get(address).await;
    assert_eq!(image.header("content-type"), "image/gif");

    let page = server.get("/api/problems/pictures?lang=fr").await.json();
    assert_eq!(page["statementLanguage"], "en");
}

#[tokio::test]
async fn images_are_served_as_images_only() {
    let server = server().await;
    let svg = image(&server, "a.svg").await;
    assert_eq!(svg.status, StatusCode::OK);
    assert_eq!(svg.text, SVG);
    assert_eq!(svg.header("content-type"), "image/svg+xml");
    assert_eq!(svg.header("content-length"), SVG.len().to_string());
    assert_eq!(svg.header("x-content-type-options"), "nosniff");
    let policy = svg.header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(policy.contains("sandbox"), "{policy}");
    let gif = image(&server, "img%2Fb%20c.gif").await;
    assert_eq!(gif.header("content-type"), "image/gif");
}

#[tokio::test]
async fn legacy_packages_have_another_folder() {
    let server = server_with("problem_statement").await;
    assert_eq!(image(&server, "a.svg").await.text, SVG);
}

#[tokio::test]
async fn files_that_are_no_images_are_not_served() {
    let server = server().await;
    for file in [
        "page.png",
        "problem.en.tex",
        "large.gif",
        "gone.png",
        "img",
        "..%2Fproblem.yaml",
        "..%2Fdata%2Fsecret%2F1.ans",
        "%2Fetc%2Fpasswd",
        ".%2Fa.svg",
        "a.svg%00",
        "img%2F..%2Fa.svg",
    ] {
        let answer = image(&server, file).await;
        assert_eq!(
            answer.status,
            StatusCode::NOT_FOUND,
            "{file}: {}",
            answer.text
        );
    }
    for path in [
        "/api/problems/gone/statement/a.svg",
        "/api/problems/../statement/a.svg",
    ] {
        assert_eq!(
            server.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}
