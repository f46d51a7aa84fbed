//! Polygon's packages: `problem.xml`, and beside it tests, sources and statements.

use std::collections::BTreeSet;

use letscode_languages::LanguageRegistry;
use roxmltree::{Document, Node};

use super::checkers::testlib_flags;
use super::polygon_statement;
use super::polygon_testset;
use super::polygon_xml::{EXPORT_AGAIN, child, elements, unsupported};
use super::problem::{Checking, ConvertedProblem, ConvertedSolution};
use super::programs::ProgramFinder;
use super::target::ACCEPTED_OR_SLOW;
use crate::error::{PackageError, WarningList, shown};
use crate::file_names::PROBLEM_XML;
use crate::foreign_format::ForeignFormat;
use crate::tree::{PackageFile, PackageFolder};

const MAX_XML_BYTES: u64 = 4 << 20;
const MAX_XML_NODES: u32 = 500_000;

/// Folder of the sources and headers of checkers, generators and the like.
const FILES: &str = "files";

pub(super) fn read<'f>(
    tree: &'f PackageFolder,
    languages: &LanguageRegistry,
    warnings: &mut WarningList,
) -> Result<ConvertedProblem<'f>, PackageError> {
    let text = xml_text(tree)?;
    let options = roxmltree::ParsingOptions {
        nodes_limit: MAX_XML_NODES,
        ..roxmltree::ParsingOptions::default()
    };
    let document = Document::parse_with_options(&text, options)
        .map_err(|error| unsupported(format!("it is not valid XML: {error}"), EXPORT_AGAIN))?;
    let root = document.root_element();
    let judging = child(root, "judging");
    refuse_unusual(root, judging)?;
    let mut problem = ConvertedProblem {
        id: root.attribute("short-name").map(str::to_owned),
        names: polygon_statement::names(root),
        keywords: keywords(root),
        unix_line_ends: true,
        ..ConvertedProblem::default()
    };
    let testset = polygon_testset::testset(judging, warnings)?;
    let has_interactor = asset(root, "interactor").is_some();
    polygon_testset::read(testset, tree, has_interactor, &mut problem)?;
    read_programs(root, tree, languages, &mut problem)?;
    read_solutions(root, tree, &mut problem, warnings);
    polygon_statement::read(tree, &mut problem, warnings)?;
    Ok(problem)
}

fn xml_text(tree: &PackageFolder) -> Result<String, PackageError> {
    let missing = || unsupported("it is no file", EXPORT_AGAIN);
    let file = tree.file(PROBLEM_XML).ok_or_else(missing)?;
    let (text, whole) = file.read_text(MAX_XML_BYTES)?;
    if !whole {
        return Err(PackageError::YamlTooLarge {
            file: PROBLEM_XML.to_owned(),
            limit_bytes: MAX_XML_BYTES,
        });
    }
    Ok(text)
}

/// Refuses what can't be judged here in the same way.
fn refuse_unusual(root: Node<'_, '_>, judging: Option<Node<'_, '_>>) -> Result<(), PackageError> {
    if root.tag_name().name() != "problem" {
        return Err(unsupported("it describes no problem", EXPORT_AGAIN));
    }
    let attribute = |name: &str| judging.and_then(|node| node.attribute(name)).unwrap_or("");
    let files = [attribute("input-file"), attribute("output-file")];
    let is_stream = |name: &&str| ["", "stdin", "stdout"].contains(name);
    if let Some(name) = files.iter().find(|name| !is_stream(name)) {
        let reason = format!("programs use the file `{}`", shown(name));
        let help = "in Polygon, leave the names of the input and output file empty: programs use \
                    standard input and output here";
        return Err(unsupported(reason, help));
    }
    let runs_twice = ["", "1"].contains(&attribute("run-count"));
    let interactor = asset(root, "interactor");
    if !runs_twice || interactor.is_some_and(|node| child(node, "runs").is_some()) {
        let help = "such problems can be written as multi-pass problems in the format 2023-07";
        return Err(unsupported("solutions run twice on each test", help));
    }
    for name in ["scorer", "arbiter", "strategy"] {
        if asset(root, name).is_some() {
            let reason = format!("its verdicts come from a program of its own (`{name}`)");
            let help = "remove it, and give points by test groups";
            return Err(unsupported(reason, help));
        }
    }
    Ok(())
}

fn keywords(root: Node<'_, '_>) -> Vec<String> {
    let tags = child(root, "tags").into_iter();
    let tags = tags.flat_map(|node| elements(node, "tag"));
    tags.filter_map(|tag| Some(tag.attribute("value")?.to_owned()))
        .take(100)
        .collect()
}

fn read_programs<'f>(
    root: Node<'_, '_>,
    tree: &'f PackageFolder,
    languages: &LanguageRegistry,
    problem: &mut ConvertedProblem<'f>,
) -> Result<(), PackageError> {
    let finder = ProgramFinder {
        format: ForeignFormat::Polygon,
        settings: PROBLEM_XML,
        folder: tree,
        header_folders: tree.folder(FILES).into_iter().chain([tree]).collect(),
        languages,
    };
    let checker = asset(root, "checker");
    if let Some(interactor) = asset(root, "interactor") {
        let program = finder.program("interactor", &sources(interactor), &[])?;
        problem.interactor = Some(program);
    }
    let name = checker.and_then(|node| node.attribute("name"));
    let flags = name.and_then(testlib_flags);
    let paths = checker.map(sources).unwrap_or_default();
    problem.checking = match (flags, &problem.interactor) {
        // What an interactor wrote is checked by a program.
        (Some(flags), None) => Checking::Flags(flags),
        _ if !paths.is_empty() => Checking::Program(finder.program("checker", &paths, &[])?),
        (_, Some(_)) => Checking::Flags(Vec::new()),
        (None, None) => {
            let named = name.map_or("none".to_owned(), |name| format!("`{}`", shown(name)));
            let reason = format!("its checker is {named}, and no source of it is there");
            return Err(unsupported(reason, EXPORT_AGAIN));
        }
    };
    Ok(())
}

/// Returns the paths of the sources of a program.
fn sources(program: Node<'_, '_>) -> Vec<String> {
    elements(program, "source")
        .filter_map(|source| Some(source.attribute("path")?.to_owned()))
        .collect()
}

fn read_solutions<'f>(
    root: Node<'_, '_>,
    tree: &'f PackageFolder,
    problem: &mut ConvertedProblem<'f>,
    warnings: &mut WarningList,
) {
    let mut names = BTreeSet::new();
    let solutions = asset(root, "solutions").into_iter();
    for solution in solutions.flat_map(|node| elements(node, "solution")) {
        let tag = solution.attribute("tag").unwrap_or_default();
        let Some(path) = sources(solution).into_iter().next() else {
            continue;
        };
        let (Some(folder), Some(file)) = (folder_of_tag(tag), tree.file_at(&path)) else {
            let message = format!("left out: a solution with the tag `{}`", shown(tag));
            warnings.add_file(&shown(&path), message);
            continue;
        };
        let source = elements(solution, "source").next();
        let kind = source.and_then(|node| node.attribute("type"));
        let mut name = solution_name(file, kind.unwrap_or_default());
        while !names.insert((folder, name.clone())) {
            name = format!("another-{name}");
        }
        problem
            .solutions
            .push(ConvertedSolution { folder, name, file });
    }
}

/// Returns the folder of `submissions/` for a solution's tag.
fn folder_of_tag(tag: &str) -> Option<&'static str> {
    match tag {
        "main" | "accepted" => Some("accepted"),
        "wrong-answer" | "presentation-error" => Some("wrong_answer"),
        "time-limit-exceeded" => Some("time_limit_exceeded"),
        "memory-limit-exceeded" => Some("memory_limit_exceeded"),
        "failed" => Some("run_time_error"),
        "time-limit-exceeded-or-memory-limit-exceeded" => Some("brute_force"),
        "time-limit-exceeded-or-accepted" => Some(ACCEPTED_OR_SLOW),
        "rejected" => Some("rejected"),
        _ => None,
    }
}

/// Returns a solution's name. Python 2 has the extension of Python 3 in Polygon.
fn solution_name(file: &PackageFile, kind: &str) -> String {
    let name = file.name();
    match name.strip_suffix(".py") {
        Some(stem) if kind == "python.2" => format!("{stem}.py2"),
        _ => name.to_owned(),
    }
}

fn asset<'a, 'i>(root: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    child(child(root, "assets")?, name)
}
