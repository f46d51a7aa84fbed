//! Statements, the title in them, and the samples that are shown with them.

use letscode_model::{ProblemSample, Statement, StatementFormat, plain_title};

use crate::constants::Constants;
use crate::error::{PackageError, WarningList};
use crate::testdata::TestData;
use crate::tree::{PackageFile, PackageFolder};
use crate::validation::Validation;

/// Maximum size of a statement.
const MAX_STATEMENT_BYTES: u64 = 1 << 20;
/// Maximum size of a sample's input or output.
const MAX_SAMPLE_BYTES: u64 = 64 << 10;
/// Maximum number of statements, samples and images. The format has no limit, but a page needs one.
const MAX_SHOWN: usize = 100;

/// Images are in the statements' folder, or in folders below.
const MAX_IMAGE_DEPTH: usize = 3;
const IMAGE_EXTENSIONS: [&str; 6] = ["png", "jpg", "jpeg", "gif", "webp", "svg"];
/// Folders with statements: the first in formats since 2023-07, the second in legacy packages.
const FOLDERS: [&str; 2] = ["statement", "problem_statement"];

/// Reads `problem.<language>.<tex|md>` in one of [`FOLDERS`]. PDF statements are ignored.
pub(crate) fn read(
    package: &PackageFolder,
    constants: &Constants,
    warnings: &mut WarningList,
) -> Result<Vec<Statement>, PackageError> {
    let Some(folder) = FOLDERS.iter().find_map(|name| package.folder(name)) else {
        return Ok(vec![]);
    };
    let mut statements = Vec::new();
    for (name, file) in folder.files().take(MAX_SHOWN * 10) {
        let Some((language, format)) = classify(name) else {
            continue;
        };
        if statements.len() == MAX_SHOWN {
            break;
        }
        let (text, whole) = file.read_text(MAX_STATEMENT_BYTES)?;
        if !whole {
            warnings.add_file(&file.relative, "cut after 1 MiB");
        }
        statements.push(Statement {
            language: language.to_owned(),
            format,
            text: constants.in_text(text),
        });
    }
    statements.sort_by(|a, b| a.language.cmp(&b.language));
    Ok(statements)
}

/// Paths of the images for statements, relative to the statements' folder.
pub(crate) fn images(package: &PackageFolder) -> Vec<String> {
    let Some(folder) = FOLDERS.iter().find_map(|name| package.folder(name)) else {
        return vec![];
    };
    let files = folder.files_below().into_iter().filter_map(|file| {
        let path = file.relative.strip_prefix(&folder.relative)?;
        let path = path.trim_start_matches('/');
        let (_, extension) = path.rsplit_once('.')?;
        let is_image = IMAGE_EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str());
        let is_near = path.matches('/').count() <= MAX_IMAGE_DEPTH;
        (is_image && is_near).then(|| path.to_owned())
    });
    files.take(MAX_SHOWN).collect()
}

/// Language and format of `problem.en.tex` or `problem.tex`; the latter is English.
fn classify(name: &str) -> Option<(&str, StatementFormat)> {
    let suffix = name.strip_prefix("problem.")?;
    let (language, extension) = suffix.rsplit_once('.').unwrap_or(("en", suffix));
    let format = match extension {
        "tex" => StatementFormat::Latex,
        "md" => StatementFormat::Markdown,
        _ => return None,
    };
    let plausible = !language.is_empty()
        && language.len() <= 16
        && language
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    plausible.then_some((language, format))
}

/// Title in the English, or else the first, statement.
pub(crate) fn title(statements: &[Statement]) -> Option<String> {
    let english_first = statements
        .iter()
        .filter(|s| s.language == "en")
        .chain(statements);
    english_first
        .into_iter()
        .find_map(|statement| match statement.format {
            StatementFormat::Latex => latex_title(&statement.text),
            StatementFormat::Markdown => markdown_title(&statement.text),
        })
}

/// Title in `%% plainproblemname: …`, or the argument of `\problemname`.
fn latex_title(text: &str) -> Option<String> {
    let plain = |line: &str| {
        let name = line
            .trim()
            .trim_start_matches('%')
            .trim()
            .strip_prefix("plainproblemname:")?;
        presentable(name)
    };
    let comments = text
        .lines()
        .filter(|line| line.trim_start().starts_with('%'));
    comments.into_iter().find_map(plain).or_else(|| {
        let commands = text.lines().map(|line| line.split_once("\\problemname"));
        let (_, behind) = commands
            .flatten()
            .find(|(before, _)| !before.contains('%'))?;
        presentable(&plain_latex(argument(behind.trim_start())?))
    })
}

/// Text in the braces that `text` starts with.
fn argument(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('{')?;
    let mut depth = 1;
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&inside[..at]);
        }
    }
    None
}

/// Removes the little LaTeX that titles have: escapes, formulas, fonts.
fn plain_latex(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' | '$' => {}
            '~' => plain.push(' '),
            // Drop a command's name, keep an escaped character.
            '\\' if chars.peek().is_some_and(char::is_ascii_alphabetic) => {
                while chars.next_if(char::is_ascii_alphabetic).is_some() {}
                chars.next_if(|c| *c == ' ');
            }
            '\\' => plain.extend(chars.next()),
            _ => plain.push(c),
        }
    }
    plain
}

/// Title in the first `# …` line.
fn markdown_title(text: &str) -> Option<String> {
    let heading = text.lines().find_map(|line| line.strip_prefix("# "))?;
    presentable(heading.trim_end_matches('#'))
}

/// Cleans a title up: one line of at most 200 characters, none of them invisible. Returns `None` if it
/// is empty.
pub(crate) fn presentable(title: &str) -> Option<String> {
    let parts: Vec<&str> = title.split_whitespace().collect();
    let title = plain_title(&parts.join(" "));
    let title: String = title.chars().take(200).collect();
    (!title.is_empty()).then_some(title)
}

/// Reads the samples to show from `data/sample`: `.in.statement` and `.ans.statement` or `.out` if
/// they exist, `.in` and `.ans` otherwise. For interactive and multi-pass problems only
/// `.interaction` protocols are shown, as the output of a sample without input: there `.in` and
/// `.ans` are for the validator.
pub(crate) fn samples(
    package: &PackageFolder,
    tests: &TestData,
    validation: &Validation,
) -> Result<Vec<ProblemSample>, PackageError> {
    let Some(folder) = package
        .folder("data")
        .and_then(|data| data.folder("sample"))
    else {
        return Ok(vec![]);
    };
    let has_interaction = validation.is_interactive() || validation.is_multi_pass();
    let mut samples = protocols(folder)?;
    let has_protocol: Vec<String> = samples.iter().map(|sample| sample.name.clone()).collect();
    for test in tests.samples().filter(|_| !has_interaction).take(MAX_SHOWN) {
        // The format has no subgroups of samples, but some packages do.
        let name = test.name.strip_prefix("sample/").unwrap_or(&test.name);
        if has_protocol.iter().any(|with| with == name) {
            continue;
        }
        let (folder, base) = descend(folder, name);
        let shown = |extensions: &[&str]| {
            let file = extensions
                .iter()
                .find_map(|extension| folder?.file(&format!("{base}{extension}")));
            file.map_or_else(|| Ok(String::new()), shown_text)
        };
        samples.push(ProblemSample {
            name: name.to_owned(),
            input: shown(&[".in.statement", ".in"])?,
            output: shown(&[".ans.statement", ".out", ".ans"])?,
            interaction: false,
        });
    }
    samples.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(samples)
}

fn protocols(folder: &PackageFolder) -> Result<Vec<ProblemSample>, PackageError> {
    let files = folder
        .files()
        .filter_map(|(name, file)| Some((name.strip_suffix(".interaction")?, file)));
    let sample = |(name, file): (&str, &PackageFile)| {
        Ok(ProblemSample {
            name: name.to_owned(),
            input: String::new(),
            output: shown_text(file)?,
            interaction: true,
        })
    };
    files.take(MAX_SHOWN).map(sample).collect()
}

fn descend<'f, 'n>(
    folder: &'f PackageFolder,
    name: &'n str,
) -> (Option<&'f PackageFolder>, &'n str) {
    let Some((path, base)) = name.rsplit_once('/') else {
        return (Some(folder), name);
    };
    let parent = path
        .split('/')
        .try_fold(folder, |folder, part| folder.folder(part));
    (parent, base)
}

fn shown_text(file: &PackageFile) -> Result<String, PackageError> {
    let (mut text, whole) = file.read_text(MAX_SAMPLE_BYTES)?;
    if !whole {
        text.push_str("\n[cut after 64 KiB]\n");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("\\problemname{A plus B}\n", Some("A plus B"))]
    #[case("% \\problemname{old}\n\\problemname{New}", Some("New"))]
    #[case("\\problemname{$x^2$ \\& \\textbf{bold}}", Some("x^2 & bold"))]
    #[case("%% plainproblemname: x^2\n\\problemname{$x^2$}", Some("x^2"))]
    #[case("\\problemname{}", None)]
    #[case("\\problemname{open", None)]
    #[case("no title", None)]
    fn latex_titles_are_read(#[case] text: &str, #[case] title: Option<&str>) {
        assert_eq!(latex_title(text).as_deref(), title);
    }

    #[rstest::rstest]
    #[case("problem.en.tex", Some("en"))]
    #[case("problem.tex", Some("en"))]
    #[case("problem.pt-BR.md", Some("pt-BR"))]
    #[case("problem.en.pdf", None)]
    #[case("solution.en.tex", None)]
    #[case("problem-slide.en.tex", None)]
    #[case("problem..tex", None)]
    fn statements_are_recognized_by_name(#[case] name: &str, #[case] language: Option<&str>) {
        assert_eq!(classify(name).map(|(language, _)| language), language);
    }
}
