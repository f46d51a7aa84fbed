//! Converts packages of other judges into this format, on the way in.
//!
//! Each format has a file that reads it into a [`ConvertedProblem`]; `target` writes that as a package
//! which [`crate::Package::load`] takes, so that nothing behind the loader knows other formats. What
//! can't be judged the same way is refused with the reason, never guessed.

mod checkers;
mod dmoj;
mod dmoj_cases;
mod hydro;
mod hydro_cases;
mod hydro_values;
mod line_endings;
mod order;
mod polygon;
mod polygon_statement;
mod polygon_testset;
mod polygon_xml;
mod problem;
mod programs;
mod refusal;
mod target;
mod units;

use std::path::{Path, PathBuf};

use letscode_languages::LanguageRegistry;
use letscode_model::ProblemId;

use crate::error::{PackageError, PackageWarning, WarningList};
use crate::foreign_format::{ForeignFormat, sanitized_id};
use crate::tree;
use problem::ConvertedProblem;

/// A package that was converted.
#[derive(Debug)]
pub struct ConvertedPackage {
    /// The new package's folder, named after the problem.
    pub dir: PathBuf,
    /// Parts that were left out.
    pub warnings: Vec<PackageWarning>,
}

/// Converts the package in the folder `dir` into a new folder in `into`, which must be empty.
pub fn convert_package(
    dir: &Path,
    format: ForeignFormat,
    into: &Path,
    languages: &LanguageRegistry,
) -> Result<ConvertedPackage, PackageError> {
    let mut warnings = WarningList::default();
    let root = dir
        .canonicalize()
        .map_err(|source| PackageError::io(dir, source))?;
    let tree = tree::walk(&root, &mut warnings)?;
    let folder_name = root.file_name().unwrap_or_default().to_string_lossy();
    let target = match format {
        ForeignFormat::Polygon => {
            let problem = polygon::read(&tree, languages, &mut warnings)?;
            write(&problem, &folder_name, into)?
        }
        ForeignFormat::Dmoj => {
            // Lives as long as the files in it are needed.
            let archive = dmoj::open_archive(&tree, into, &mut warnings)?;
            let problem = dmoj::read(&tree, archive.as_ref(), languages, &mut warnings)?;
            write(&problem, &folder_name, into)?
        }
        ForeignFormat::Hydro => {
            let problem = hydro::read(&tree, languages, &mut warnings)?;
            write(&problem, &folder_name, into)?
        }
    };
    Ok(ConvertedPackage {
        dir: target,
        warnings: warnings.into_vec(),
    })
}

fn write(
    problem: &ConvertedProblem<'_>,
    folder_name: &str,
    into: &Path,
) -> Result<PathBuf, PackageError> {
    let own = problem.id.as_deref().map(ProblemId::parse);
    let id = match own {
        Some(Ok(id)) => id,
        _ => ProblemId::parse(&sanitized_id(folder_name))?,
    };
    let target = into.join(id.as_str());
    target::write(problem, &target)?;
    Ok(target)
}
