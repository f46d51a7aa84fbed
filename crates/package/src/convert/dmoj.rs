//! DMOJ's problems: `init.yml`, and beside it an archive of tests and the sources of programs.

use std::path::Path;

use letscode_languages::LanguageRegistry;

use super::checkers::{FloatMode, FloatSettings, dmoj_flags};
use super::dmoj_cases::{self, CaseFiles};
use super::problem::{Checking, ConvertedProblem, JuryProgram};
use super::programs::ProgramFinder;
use super::refusal::named_file;
use crate::error::{PackageError, WarningList, shown};
use crate::file_names::{INIT_YML, TIMELIMIT};
use crate::foreign_format::ForeignFormat;
use crate::tree::{self, PackageFolder};
use crate::yaml::{self, Fields, YamlNode, YamlValue};
use crate::zip::unpack_data;

/// Folder into which the archive of tests is unpacked, beside the new package.
const ARCHIVE: &str = ".archive";

/// Keys that ask for something which is not done here, with what it is.
const UNSUPPORTED: [(&str, &str); 6] = [
    (
        "custom_judge",
        "a grader in DMOJ's own Python interface (`custom_judge`)",
    ),
    (
        "signature_grader",
        "functions instead of programs (`signature_grader`)",
    ),
    ("generator", "tests that a generator makes (`generator`)"),
    (
        "file_io",
        "files instead of standard input and output (`file_io`)",
    ),
    ("output_only", "outputs instead of programs (`output_only`)"),
    (
        "communication",
        "several processes of a submission (`communication`)",
    ),
];

/// Keys without effect on verdicts.
const IGNORED: [&str; 9] = [
    "archive",
    "hints",
    "meta",
    "output_prefix_length",
    "points",
    "short_circuit",
    "symlinks",
    "unbuffered",
    "wall_time_factor",
];

fn unsupported(reason: impl Into<String>, help: &str) -> PackageError {
    ForeignFormat::Dmoj.unsupported(INIT_YML, reason, help)
}

/// Unpacks the archive that `init.yml` names, if it names one.
pub(super) fn open_archive(
    tree: &PackageFolder,
    into: &Path,
    warnings: &mut WarningList,
) -> Result<Option<PackageFolder>, PackageError> {
    // Its warnings come with the second reading.
    let mut fields = read_settings(tree, &mut WarningList::default())?;
    let Some(name) = fields.text("archive")? else {
        return Ok(None);
    };
    let file = named_file(tree, &name, ForeignFormat::Dmoj, INIT_YML)?;
    let folder = into.join(ARCHIVE);
    unpack_data(&file.path, &folder)?;
    let root = folder
        .canonicalize()
        .map_err(|source| PackageError::io(&folder, source))?;
    tree::walk(&root, warnings).map(Some)
}

fn read_settings(tree: &PackageFolder, warnings: &mut WarningList) -> Result<Fields, PackageError> {
    match tree.file(INIT_YML) {
        Some(file) => yaml::read(file, warnings),
        None => Err(unsupported(
            "it is no file",
            "put the problem's init.yml there",
        )),
    }
}

pub(super) fn read<'f>(
    tree: &'f PackageFolder,
    archive: Option<&'f PackageFolder>,
    languages: &LanguageRegistry,
    warnings: &mut WarningList,
) -> Result<ConvertedProblem<'f>, PackageError> {
    let mut fields = read_settings(tree, warnings)?;
    refuse_unusual(&mut fields)?;
    let mut problem = ConvertedProblem {
        unix_line_ends: !fields.flag("binary_data")?.unwrap_or(false),
        time_limit_seconds: stated_time_limit(tree)?,
        output_mib: fields
            .number("output_limit_length")?
            .map(|bytes| bytes / f64::from(1 << 20)),
        ..ConvertedProblem::default()
    };
    if problem.time_limit_seconds.is_none() {
        let message = "DMOJ keeps limits of time and memory in its database, not in the package: the \
                       defaults hold; a file `.timelimit` beside it sets the time in seconds";
        warnings.add_file(INIT_YML, message);
    }
    let finder = ProgramFinder {
        format: ForeignFormat::Dmoj,
        settings: INIT_YML,
        folder: tree,
        header_folders: vec![tree],
        languages,
    };
    if let Some(node) = fields.take("interactive") {
        problem.interactor = Some(bridged(node, "interactor", &finder, warnings)?);
        fields.ignore(&["checker"]);
    } else if let Some(node) = fields.take("checker") {
        problem.checking = checking(node, &finder, warnings)?;
    } else {
        problem.checking = Checking::Flags(vec!["case_sensitive".to_owned()]);
    }
    if fields.take("pretest_test_cases").is_some() {
        let message = "left out: `pretest_test_cases`, which only decide during a contest";
        warnings.add_file(INIT_YML, message);
    }
    let default_points = fields.number("points")?;
    let cases = fields.take("test_cases");
    problem.groups = dmoj_cases::read(
        cases,
        CaseFiles(archive.unwrap_or(tree)),
        default_points,
        warnings,
    )?;
    fields.ignore(&IGNORED);
    fields.finish(warnings);
    Ok(problem)
}

fn refuse_unusual(fields: &mut Fields) -> Result<(), PackageError> {
    for (key, what) in UNSUPPORTED {
        if fields.take(key).is_some() {
            let help = "write it as an interactive problem or with a checker, in C++ or Python, by \
                        DMOJ's `bridged` or in the Kattis format";
            return Err(unsupported(format!("it needs {what}"), help));
        }
    }
    if let Some(key) = fields.keys().find(|key| key.ends_with('+')) {
        let reason = format!("`{}` is computed by Python code", shown(key));
        return Err(unsupported(reason, "write its value in place of the code"));
    }
    Ok(())
}

/// Reads `.timelimit`, our own file, which a package of DMOJ may have for us.
fn stated_time_limit(tree: &PackageFolder) -> Result<Option<f64>, PackageError> {
    let Some(file) = tree.file(TIMELIMIT) else {
        return Ok(None);
    };
    let (text, _) = file.read_text(64)?;
    let number = text.trim().parse::<f64>().ok();
    Ok(number.filter(|number| number.is_finite() && *number > 0.0))
}

/// Reads `checker`: a name, or `{name: …, args: {…}}`.
fn checking<'f>(
    node: YamlNode,
    finder: &ProgramFinder<'f, '_>,
    warnings: &mut WarningList,
) -> Result<Checking<'f>, PackageError> {
    let (name, mut args) = match &node.value {
        YamlValue::Map(_) => {
            let mut fields = Fields::of(node, "checker", warnings)?;
            let args = fields.fields("args", warnings)?;
            (fields.text("name")?.unwrap_or_default(), args)
        }
        _ => (node.text("checker")?, Fields::default()),
    };
    if name == "bridged" {
        return program(args, "checker", finder).map(Checking::Program);
    }
    let mode = match args.text("error_mode")?.as_deref() {
        Some("absolute") => FloatMode::Absolute,
        Some("relative") => FloatMode::Relative,
        _ => FloatMode::Either,
    };
    let precision = args.whole_in("precision", (0, 300), "use 0 to 300")?;
    let floats = FloatSettings {
        precision: precision.unwrap_or(6),
        mode,
    };
    match dmoj_flags(&name, floats) {
        Some(flags) => Ok(Checking::Flags(flags)),
        None => {
            let help =
                "use `standard`, `identical` or `floats`, or a `bridged` checker in C++ or Python";
            let reason = format!(
                "its checker `{}` is not one that can be run here",
                shown(&name)
            );
            Err(unsupported(reason, help))
        }
    }
}

fn bridged<'f>(
    node: YamlNode,
    role: &str,
    finder: &ProgramFinder<'f, '_>,
    warnings: &mut WarningList,
) -> Result<JuryProgram<'f>, PackageError> {
    program(Fields::of(node, role, warnings)?, role, finder)
}

/// Reads `{files, lang, type}`. The types `default` and `testlib` of a checker have the same arguments,
/// and the codes 0 and 1 the same meaning.
fn program<'f>(
    mut fields: Fields,
    role: &str,
    finder: &ProgramFinder<'f, '_>,
) -> Result<JuryProgram<'f>, PackageError> {
    let kind = fields.text("type")?.unwrap_or_else(|| "default".to_owned());
    let is_known = kind == "testlib" || (kind == "default" && role == "checker");
    if !is_known {
        let reason = format!(
            "its {role} has the arguments of the type `{}`",
            shown(&kind)
        );
        return Err(unsupported(reason, "give it those of the type `testlib`"));
    }
    let files = fields.texts("files")?.unwrap_or_default();
    if files.is_empty() {
        return Err(unsupported(
            format!("its {role} names no `files`"),
            "name the files of the program",
        ));
    }
    finder.program(role, &files, &[])
}
