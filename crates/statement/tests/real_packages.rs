//! Statements of real contest packages, which are beside the repository. Skipped if they are
//! missing.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use letscode_languages::LanguageRegistry;
use letscode_model::{ProblemDetail, Statement};
use letscode_package::Package;
use letscode_statement::{RenderedStatement, StatementSource, render, sanitise};

const URL: &str = "/i/";

fn packages() -> Vec<ProblemDetail> {
    let folder = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/packages"
    ));
    let Ok(entries) = std::fs::read_dir(folder) else {
        eprintln!("skipped: there is no {}", folder.display());
        return vec![];
    };
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("problem.yaml").is_file())
        .collect();
    folders.sort();
    let languages = LanguageRegistry::builtin().unwrap();
    folders
        .iter()
        .map(|folder| Package::load(folder, &languages).unwrap().detail())
        .collect()
}

fn rendered(problem: &ProblemDetail, statement: &Statement) -> RenderedStatement {
    render(&StatementSource {
        statement: Some(statement),
        title: &problem.summary.title,
        samples: &problem.samples,
        files: &problem.statement_files,
        files_url: URL,
    })
}

/// Removes formulas and code, which may contain anything.
fn prose(html: &str) -> String {
    let without = |html: &str, start: &str, end: &str| {
        let mut parts = html.split(start);
        let mut text = parts.next().unwrap().to_owned();
        for part in parts {
            text.push_str(part.split_once(end).unwrap().1);
        }
        text
    };
    let html = without(html, "<span class=\"math", "</span>");
    without(&html, "<code>", "</code>")
}

#[test]
fn every_real_statement_renders() {
    let mut warned: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut pages = 0;
    for problem in packages() {
        let id = problem.summary.id.as_str();
        assert!(!problem.statements.is_empty(), "{id}");
        for statement in &problem.statements {
            let RenderedStatement { html, warnings } = rendered(&problem, statement);
            pages += 1;
            for warning in warnings {
                eprintln!("{id} ({}): {warning}", statement.language);
                warned.entry(warning).or_default().insert(id.to_owned());
            }
            assert_eq!(
                sanitise(&html, &problem.statement_files, URL),
                html,
                "{id} changes when it is sanitised again"
            );
            let prose = prose(&html);
            let source = prose.find(['\\', '{', '}', '$']);
            let source = source.map(|at| prose[at..].chars().take(60).collect::<String>());
            assert_eq!(source, None, "{id} ({})", statement.language);
            let headings = html.matches("<h1>").count();
            assert_eq!(headings, 1, "{id} has {headings} titles");
            let samples = html.matches("<div class=\"sample").count();
            assert!(samples >= problem.samples.len(), "{id} lacks samples");
            if let Some(folder) = std::env::var_os("LETSCODE_SHOW_STATEMENTS") {
                show(Path::new(&folder), id, &statement.language, &html);
            }
        }
    }
    eprintln!("{pages} pages");
    for (warning, packages) in warned {
        assert!(
            packages.len() == 1 || is_justified(&warning),
            "{warning}: {packages:?}"
        );
    }
}

/// Drawings are programs, which are not run. Figures named `sample` are PDF in several packages.
fn is_justified(warning: &str) -> bool {
    warning == "a drawing (`tikzpicture`) is not shown" || warning.starts_with("no image `sample")
}

/// Writes a file for each page, to look at.
fn show(folder: &Path, id: &str, language: &str, html: &str) {
    let file = folder.join(format!("{id}.{language}.html"));
    std::fs::write(file, format!("<!DOCTYPE html><meta charset=utf-8>{html}")).unwrap();
}
