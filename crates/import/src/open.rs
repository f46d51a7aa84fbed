use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use letscode_languages::LanguageRegistry;
use letscode_model::{LimitCaps, ProblemId};
use letscode_package::{
    ForeignFormat, Package, PackageError, UnpackLimits, convert_package, unpack_zip,
};
use tempfile::TempDir;

use crate::caps::{cap_warnings, time_warning};
use crate::error::ImportError;
use crate::limit::{CalibrationFailure, LimitCalibrator, MeasuredLimit, needs_limit};

/// Settings for [`OpenedPackage::open`].
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// Folder for temporary files; the system's by default.
    pub temporary: Option<PathBuf>,
    /// Id of the problem, in place of the package's own name. For archives only: a folder is not
    /// renamed.
    pub id: Option<ProblemId>,
    pub limits: UnpackLimits,
    /// The operator's caps: a package that asks for more is warned of.
    pub caps: LimitCaps,
}

/// A package that was read and vetted, and the temporary folders if it was unpacked or converted.
pub struct OpenedPackage {
    pub package: Package,
    /// Format that it was converted from.
    pub converted_from: Option<ForeignFormat>,
    /// Everything that its author should know about.
    pub warnings: Vec<String>,
    caps: LimitCaps,
    _temporary: Vec<TempDir>,
}

impl OpenedPackage {
    /// Opens a package's folder or archive, and converts it if it is another judge's.
    pub fn open(
        path: &Path,
        options: &OpenOptions,
        languages: &LanguageRegistry,
    ) -> Result<OpenedPackage, ImportError> {
        let mut temporary = Vec::new();
        let mut new_folder = || -> Result<PathBuf, ImportError> {
            let folder = match &options.temporary {
                Some(parent) => tempfile::tempdir_in(parent)?,
                None => tempfile::tempdir()?,
            };
            let path = folder.path().to_owned();
            temporary.push(folder);
            Ok(path)
        };
        let is_archive = path.is_file();
        let mut folder = path.to_owned();
        if is_archive {
            folder = unpack_zip(path, &new_folder()?, options.limits)?;
        }
        let mut warnings = Vec::new();
        let converted_from = ForeignFormat::detect(&folder);
        if let Some(format) = converted_from {
            let converted = convert_package(&folder, format, &new_folder()?, languages)?;
            folder = converted.dir;
            warnings.extend(converted.warnings.iter().map(ToString::to_string));
        }
        if is_archive && let Some(id) = &options.id {
            folder = rename(&folder, id)?;
        }
        let package = Package::load(&folder, languages)?;
        warnings.extend(package.warnings.iter().map(ToString::to_string));
        warnings.extend(cap_warnings(&package.limits, &options.caps));
        Ok(OpenedPackage {
            package,
            converted_from,
            warnings,
            caps: options.caps,
            _temporary: temporary,
        })
    }

    /// True if the package states no time limit, and has solutions to measure.
    pub fn needs_limit(&self) -> bool {
        needs_limit(&self.package)
    }

    /// Has the package's solutions measured, if need be. Without any that is accepted, the default limit
    /// holds, which is one more warning.
    pub fn measure_limit(
        &mut self,
        calibrator: &dyn LimitCalibrator,
    ) -> Result<Option<MeasuredLimit>, CalibrationFailure> {
        if !self.needs_limit() {
            return Ok(None);
        }
        let measured = calibrator.measure(&self.package)?;
        let warning = match &measured {
            Some(limit) => time_warning(Duration::from_secs_f64(limit.seconds), &self.caps),
            None => Some("no time limit, and no accepted solution to measure: 2 s".to_owned()),
        };
        self.warnings.extend(warning);
        Ok(measured)
    }
}

/// Gives a temporary folder the name of the problem.
fn rename(folder: &Path, id: &ProblemId) -> Result<PathBuf, PackageError> {
    let target = folder.with_file_name(id.as_str());
    if target != folder {
        fs::rename(folder, &target).map_err(|source| PackageError::Io {
            path: target.clone(),
            source,
        })?;
    }
    Ok(target)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn archive(path: &Path, top: &str) {
        let mut writer = zip::ZipWriter::new(fs::File::create(path).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        for (name, text) in [
            ("problem.yaml", "name: A+B\ncolour: red\n"),
            ("data/secret/1.in", "1 2\n"),
            ("data/secret/1.ans", "3\n"),
        ] {
            writer.start_file(format!("{top}{name}"), options).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap();
    }

    #[test]
    fn a_stated_id_names_the_problem_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let temporary = folder.path().join("temporary");
        fs::create_dir(&temporary).unwrap();
        let languages = LanguageRegistry::builtin().unwrap();
        for (top, file, id, expected) in [
            ("aplusb/", ".zip", None, "aplusb"),
            ("", "sums.zip", None, "sums"),
            ("aplusb/", "sums.zip", Some("stated"), "stated"),
            ("", "sums.zip", Some("stated"), "stated"),
        ] {
            let zip = folder.path().join(file);
            archive(&zip, top);
            let options = OpenOptions {
                temporary: Some(temporary.clone()),
                id: id.map(|id| ProblemId::parse(id).unwrap()),
                ..OpenOptions::default()
            };
            let opened = OpenedPackage::open(&zip, &options, &languages).unwrap();
            assert_eq!(opened.package.id.as_str(), expected);
            assert!(
                opened.warnings[0].contains("colour"),
                "{:?}",
                opened.warnings
            );
            drop(opened);
            assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
        }
    }

    #[test]
    fn errors_have_no_path_of_the_host() {
        let folder = tempfile::tempdir().unwrap();
        let zip = folder.path().join("half.zip");
        fs::write(&zip, b"PK\x03\x04 half a file").unwrap();
        let languages = LanguageRegistry::builtin().unwrap();
        let error = OpenedPackage::open(&zip, &OpenOptions::default(), &languages);
        let message = error.err().unwrap().message_without(folder.path());
        assert!(
            message.starts_with("half.zip can't be unpacked: "),
            "{message}"
        );
    }
}
