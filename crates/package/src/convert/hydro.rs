//! Hydro's problems: `problem.yaml` and `problem.md`, and the test data in `testdata/` with its
//! `config.yaml`. An archive of test data alone has `config.yaml` at its top.

use letscode_languages::LanguageRegistry;

use super::checkers::testlib_flags;
use super::hydro_cases;
use super::hydro_values::{unit, unsupported};
use super::problem::{Checking, ConvertedProblem, ConvertedStatement, Protocol};
use super::programs::ProgramFinder;
use super::refusal::named_file;
use super::units::{mebibytes, seconds};
use crate::error::{PackageError, WarningList, shown};
use crate::file_names::{CONFIG_YAML, PROBLEM_YAML, TESTDATA};
use crate::foreign_format::ForeignFormat;
use crate::tree::{PackageFile, PackageFolder};
use crate::yaml::{self, Fields, YamlNode, YamlValue};

const MAX_STATEMENT_BYTES: u64 = 1 << 20;
const IMAGES: [&str; 6] = [".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp"];

/// Hydro's own limits where none is stated.
const DEFAULT_SECONDS: f64 = 1.0;
const DEFAULT_MIB: f64 = 256.0;

/// Keys without effect on verdicts here.
const IGNORED: [&str; 12] = [
    "detail",
    "hackable",
    "key",
    "num_processes",
    "pidFilter",
    "score",
    "std",
    "subType",
    "target",
    "template",
    "validator",
    "verify",
];

pub(super) fn read<'f>(
    tree: &'f PackageFolder,
    languages: &LanguageRegistry,
    warnings: &mut WarningList,
) -> Result<ConvertedProblem<'f>, PackageError> {
    let testdata = tree.folder(TESTDATA).unwrap_or(tree);
    let mut problem = ConvertedProblem::default();
    read_metadata(tree, &mut problem, warnings)?;
    let configs = [CONFIG_YAML, "config.yml", "Config.yaml"];
    let config = configs.iter().find_map(|name| testdata.file(name));
    let mut fields = match config {
        Some(file) => yaml::read(file, warnings)?,
        None => Fields::default(),
    };
    refuse_unusual(&mut fields)?;
    let time = unit(fields.take("time"), "time", seconds)?.unwrap_or(DEFAULT_SECONDS);
    let memory = unit(fields.take("memory"), "memory", mebibytes)?.unwrap_or(DEFAULT_MIB);
    read_programs(&mut fields, testdata, languages, &mut problem)?;
    read_extra_files(&mut fields, testdata, languages, &mut problem)?;
    let cases = hydro_cases::read(&mut fields, testdata, (time, memory), warnings)?;
    problem.time_limit_seconds = Some(cases.limits.0);
    problem.memory_mib = Some(cases.limits.1);
    problem.groups = cases.groups;
    for key in ["langs", "time_limit_rate", "memory_limit_rate"] {
        if fields.take(key).is_some() {
            let message = format!("`{key}` is not enforced: every language has the same limits");
            warnings.add_file(CONFIG_YAML, message);
        }
    }
    fields.ignore(&IGNORED);
    fields.finish(warnings);
    Ok(problem)
}

fn refuse_unusual(fields: &mut Fields) -> Result<(), PackageError> {
    let kind = fields.text("type")?.unwrap_or_else(|| "default".to_owned());
    if !["default", "interactive"].contains(&kind.as_str()) {
        let reason = format!("it is of the type `{}`", shown(&kind));
        return Err(unsupported(
            reason,
            "programs that answer by standard output, also in a conversation, can be judged here",
        ));
    }
    if let Some(name) = fields.text("filename")? {
        let reason = format!(
            "programs use the files `{0}.in` and `{0}.out`",
            shown(&name)
        );
        return Err(unsupported(
            reason,
            "remove `filename`: programs use standard input and output here",
        ));
    }
    for key in ["redirect", "answers", "manager"] {
        if fields.take(key).is_some() {
            let reason = format!("it needs `{key}`, which is not done here");
            return Err(unsupported(
                reason,
                "export the problem with test data of its own",
            ));
        }
    }
    Ok(())
}

/// Reads `checker` and `interactor`: a file's name, or `{file, lang}`.
fn read_programs<'f>(
    fields: &mut Fields,
    testdata: &'f PackageFolder,
    languages: &LanguageRegistry,
    problem: &mut ConvertedProblem<'f>,
) -> Result<(), PackageError> {
    let finder = ProgramFinder {
        format: ForeignFormat::Hydro,
        settings: CONFIG_YAML,
        folder: testdata,
        header_folders: vec![testdata],
        languages,
    };
    let extra = files(fields, "judge_extra_files", testdata)?;
    let checker = program_name(fields.take("checker"))?;
    let interactor = program_name(fields.take("interactor"))?;
    let kind = fields
        .text("checker_type")?
        .unwrap_or_else(|| "default".to_owned());
    problem.protocol = Protocol::TestlibShares;
    if let Some(name) = interactor {
        problem.interactor = Some(finder.program("interactor", &[name], &extra)?);
        return Ok(());
    }
    let flags = |flags: &[&str]| flags.iter().map(|flag| (*flag).to_owned()).collect();
    problem.checking = match (kind.as_str(), checker) {
        ("strict", _) => Checking::Flags(flags(&["case_sensitive", "space_change_sensitive"])),
        ("default", _) => Checking::Flags(flags(&["case_sensitive"])),
        ("testlib" | "kattis", Some(name)) => match testlib_flags(&name) {
            Some(flags) if !name.contains('.') => Checking::Flags(flags),
            _ => {
                if kind == "kattis" {
                    problem.protocol = Protocol::Kattis;
                }
                Checking::Program(finder.program("checker", &[name], &extra)?)
            }
        },
        (kind, _) => {
            let reason = format!(
                "its checker has the arguments of the type `{}`",
                shown(kind)
            );
            return Err(unsupported(
                reason,
                "give it those of `testlib` or `kattis`",
            ));
        }
    };
    Ok(())
}

fn program_name(node: Option<YamlNode>) -> Result<Option<String>, PackageError> {
    let Some(node) = node else { return Ok(None) };
    if matches!(node.value, YamlValue::Map(_)) {
        let mut fields = Fields::of(node, "checker", &mut WarningList::default())?;
        return fields.text("file");
    }
    node.text("checker").map(Some)
}

fn files<'f>(
    fields: &mut Fields,
    key: &str,
    testdata: &'f PackageFolder,
) -> Result<Vec<&'f PackageFile>, PackageError> {
    let names = fields.texts(key)?.unwrap_or_default();
    let file = |name: &String| named_file(testdata, name, ForeignFormat::Hydro, CONFIG_YAML);
    names.iter().map(file).collect()
}

/// Reads the files that stand beside every submission.
fn read_extra_files<'f>(
    fields: &mut Fields,
    testdata: &'f PackageFolder,
    languages: &LanguageRegistry,
    problem: &mut ConvertedProblem<'f>,
) -> Result<(), PackageError> {
    for file in files(fields, "user_extra_files", testdata)? {
        let name = file.name().to_owned();
        let language = languages
            .of_file(&name)
            .and_then(|language| language.judged());
        if language.is_some_and(letscode_languages::Language::is_compiled) {
            let reason = format!("`{}` is compiled in Hydro's own way", shown(&name));
            return Err(unsupported(reason, "make it a header"));
        }
        problem.includes.push((file, name));
    }
    Ok(())
}

/// Reads `problem.yaml` and the statements.
fn read_metadata<'f>(
    tree: &'f PackageFolder,
    problem: &mut ConvertedProblem<'f>,
    warnings: &mut WarningList,
) -> Result<(), PackageError> {
    if let Some(file) = tree.file(PROBLEM_YAML) {
        // Hydro's other keys say who owns a problem and how often it was solved.
        let mut fields = yaml::read(file, &mut WarningList::default())?;
        problem.id = fields.text("pid")?;
        problem.keywords = fields.texts("tag")?.unwrap_or_default();
        if let Some(title) = fields.text("title")? {
            problem.names.push(("en".to_owned(), title));
        }
    }
    for (name, file) in tree.files() {
        let language = match name
            .strip_prefix("problem")
            .and_then(|name| name.strip_suffix(".md"))
        {
            Some("") => "en",
            Some(suffix) => match suffix.strip_prefix('_') {
                Some(language) => language,
                None => continue,
            },
            None => continue,
        };
        let (text, whole) = file.read_text(MAX_STATEMENT_BYTES)?;
        if !whole {
            warnings.add_file(&file.relative, "cut after 1 MiB");
        }
        add_statements(language, text, problem);
    }
    for name in ["additional_file", "assets"] {
        let images = tree
            .folder(name)
            .map(PackageFolder::files)
            .into_iter()
            .flatten();
        let images = images.filter(|(name, _)| is_image(name));
        problem
            .images
            .extend(images.map(|(name, file)| (file, name.to_owned())));
    }
    Ok(())
}

fn is_image(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    IMAGES.iter().any(|ending| name.ends_with(ending))
}

/// Adds one statement, or those of several languages: a JSON object of texts.
fn add_statements(language: &str, text: String, problem: &mut ConvertedProblem<'_>) {
    let several: Result<serde_json::Map<String, serde_json::Value>, _> =
        serde_json::from_str(&text);
    let texts: Vec<(String, String)> = match several {
        Ok(texts) => texts
            .into_iter()
            .filter_map(|(language, text)| Some((language, text.as_str()?.to_owned())))
            .collect(),
        Err(_) => vec![(language.to_owned(), text)],
    };
    for (language, text) in texts {
        let is_plain = language
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        let is_new = problem
            .statements
            .iter()
            .all(|statement| statement.language != language);
        if is_plain && is_new && (1..=16).contains(&language.len()) {
            problem.statements.push(ConvertedStatement {
                language,
                extension: "md",
                // Hydro's way to name a file of the problem.
                text: text.replace("](file://", "]("),
            });
        }
    }
}
