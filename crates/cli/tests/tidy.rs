//! Rules for the repository: allowed dependencies between crates, one folder with `unsafe`, documents
//! name existing files, length of source files.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rstest::rstest;
use support::repository;

const MAX_LINES: usize = 500;

/// Extensions of files that are written by hand.
const SOURCE_ENDINGS: [&str; 8] = ["rs", "toml", "ts", "tsx", "css", "sh", "sql", "lua"];

/// Folders with generated or third-party files.
const NOT_OURS: [&str; 6] = [
    "target",
    "node_modules",
    "dist",
    "generated",
    "vendor",
    "data",
];

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut result = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_folder = entry.file_type().unwrap().is_dir();
        if is_folder && !name.starts_with('.') && !NOT_OURS.contains(&name.as_str()) {
            result.extend(files_below(&entry.path()));
        } else if !is_folder {
            result.push(entry.path());
        }
    }
    result
}

fn sources() -> impl Iterator<Item = (String, String)> {
    let root = repository();
    let files = files_below(&root).into_iter().filter(|path| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|extension| SOURCE_ENDINGS.contains(&extension))
    });
    files.map(move |path| {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        (name, fs::read_to_string(&path).unwrap())
    })
}

#[test]
fn source_files_are_short() {
    let long: Vec<String> = sources()
        .map(|(name, text)| (name, text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(name, lines)| format!("{name}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "longer than {MAX_LINES} lines: {long:#?}");
}

#[test]
fn unsafe_is_in_one_folder() {
    const THE_FOLDER: &str = "crates/sandbox/src/sys/";
    let elsewhere: Vec<String> = sources()
        .filter(|(name, _)| is_product_code(name) && !name.starts_with(THE_FOLDER))
        .flat_map(|(name, text)| {
            let lines = text.lines().enumerate();
            let result = lines.filter(|(_, line)| says_unsafe(line));
            result
                .map(|(at, line)| format!("{name}:{}: {line}", at + 1))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        elsewhere.is_empty(),
        "unsafe outside of {THE_FOLDER}: {elsewhere:#?}"
    );
}

fn is_product_code(name: &str) -> bool {
    name.ends_with(".rs") && name.contains("/src/")
}

/// True if a line has the keyword `unsafe` outside of comments. `unsafe_code` (a lint) and
/// `unsafe-inline` (a policy) are other words.
fn says_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    // Every second part is the text of a string.
    let code = code.replace("'\"'", "").replace("\\\"", "");
    let is_part_of_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    code.split('"')
        .step_by(2)
        .flat_map(|part| part.split(|c| !is_part_of_word(c)))
        .any(|word| word == "unsafe")
}

/// Returns the workspace's crates and the workspace crates that each depends on.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let manifests = fs::read_dir(repository().join("crates")).unwrap();
    let manifests = manifests.map(|entry| entry.unwrap().path().join("Cargo.toml"));
    manifests
        .filter(|path| path.exists())
        .map(|path| parse_manifest(&fs::read_to_string(path).unwrap()))
        .collect()
}

fn parse_manifest(text: &str) -> (String, BTreeSet<String>) {
    let manifest: toml::Table = toml::from_str(text).unwrap();
    let name = manifest["package"]["name"].as_str().unwrap();
    let tables = ["dependencies", "build-dependencies"];
    let used = tables
        .iter()
        .filter_map(|table| manifest.get(*table)?.as_table());
    let workspace_crates = used
        .flat_map(toml::Table::keys)
        .filter_map(|name| name.strip_prefix("letscode-"))
        .map(str::to_owned);
    (
        name.trim_start_matches("letscode-").to_owned(),
        workspace_crates.collect(),
    )
}

/// Returns all workspace crates that a crate depends on, indirectly too.
fn all_below(krate: &str) -> BTreeSet<String> {
    let edges = dependencies();
    let mut result = BTreeSet::new();
    let mut open = vec![krate.to_owned()];
    while let Some(next) = open.pop() {
        let used = edges
            .get(&next)
            .unwrap_or_else(|| panic!("there is no crate {next}"));
        open.extend(
            used.iter()
                .filter(|name| result.insert((*name).clone()))
                .cloned(),
        );
    }
    result
}

#[rstest]
#[case::depends_on_none("model", &[])]
#[case::knows_no_language_and_no_verdict("sandbox", &[])]
#[case::has_only_files("zygotes", &[])]
#[case::only_analyses_text("analysis", &["model"])]
#[case::only_reads_json("json", &[])]
#[case::only_translates("adapters", &["json", "model"])]
#[case::does_not_execute("server", &["adapters", "analysis", "import", "influx", "json", "languages", "model", "package", "queue", "statement", "store"])]
#[case::reads_only("package", &["languages", "model"])]
#[case::imports_only("import", &["languages", "model", "package", "statement", "store"])]
#[case::reads_toml_only("languages", &["model"])]
#[case::only_exports_metrics("influx", &["model"])]
#[case::only_renders_text("statement", &["model"])]
#[case::does_not_judge("store", &["model"])]
#[case::does_not_judge_either("queue", &["model"])]
#[case::speaks_no_http("judge", &["languages", "model", "package", "sandbox", "zygotes"])]
fn crates_have_allowed_dependencies(#[case] krate: &str, #[case] allowed: &[&str]) {
    let used = all_below(krate);
    let used: Vec<&str> = used.iter().map(String::as_str).collect();
    let surplus: Vec<&&str> = used.iter().filter(|name| !allowed.contains(name)).collect();
    assert!(surplus.is_empty(), "{krate} is built from {surplus:?}");
}

#[test]
fn paths_in_the_architecture_exist() {
    let root = repository();
    let Ok(text) = fs::read_to_string(root.join("docs/ARCHITECTURE.md")) else {
        eprintln!("skipped: there is no docs/ARCHITECTURE.md yet");
        return;
    };
    let named: BTreeSet<&str> = in_backticks(&text).filter(|word| is_path(word)).collect();
    let missing: Vec<&&str> = named.iter().filter(|path| !exists(&root, path)).collect();
    assert!(
        missing.is_empty(),
        "docs/ARCHITECTURE.md names what is not there: {missing:#?}"
    );
}

/// Returns the inline code of a document; fenced blocks are left out.
fn in_backticks(text: &str) -> impl Iterator<Item = &str> {
    let outside_fences = text.split("```").step_by(2);
    outside_fences.flat_map(|part| part.split('`').skip(1).step_by(2))
}

/// True if a word looks like a file or folder of this repository, not like a path of a host or a
/// cell, a route, a pattern or a media type.
fn is_path(word: &str) -> bool {
    let (top, rest) = word.split_once('/').unwrap_or_default();
    let is_plain = word
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    let is_source = [".rs", ".toml", ".md"]
        .iter()
        .any(|extension| rest.ends_with(extension));
    is_plain && !top.is_empty() && (is_source || repository().join(top).is_dir())
}

fn exists(root: &Path, path: &str) -> bool {
    root.join(path).exists()
}

/// The aims for names and comments, which `scripts/code-counts` counts.
#[test]
fn code_counts_meet_their_aims() {
    let script = repository().join("scripts/code-counts");
    let mut missed = Vec::new();
    for entry in fs::read_dir(repository().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let command = Command::new("python3")
            .arg(&script)
            .args(["--check", "--crate", &name])
            .output();
        let Ok(output) = command else {
            eprintln!("skipped: python3 is not installed");
            return;
        };
        let counts = String::from_utf8_lossy(&output.stdout);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!counts.is_empty(), "{name}: {error}");
        println!("{name}\n{counts}");
        if !output.status.success() {
            missed.push(format!("{name}\n{counts}"));
        }
    }
    let help = "`scripts/code-counts --crate NAME --list` lists the places";
    assert!(missed.is_empty(), "{}\n{help}", missed.join("\n"));
}
