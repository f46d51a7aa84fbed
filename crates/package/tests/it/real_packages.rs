//! Packages of real contests, if they are next to the repository.

use std::path::{Path, PathBuf};

use letscode_languages::LanguageRegistry;
use letscode_package::Package;

fn packages() -> Option<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/packages");
    let Ok(entries) = folder.read_dir() else {
        eprintln!("skipped: no real packages beside the repository");
        return None;
    };
    let mut packages: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    packages.retain(|path| path.join("problem.yaml").exists());
    packages.sort();
    Some(packages)
}

/// Some were published without their secret data.
const JUSTIFIED: [&str; 1] = ["data/secret: no secret tests: all tests are public"];

#[test]
fn real_packages_load_without_unjustified_warnings() {
    let Some(packages) = packages() else { return };
    assert!(packages.len() >= 63, "{} packages", packages.len());
    let languages = LanguageRegistry::builtin().unwrap();
    for path in packages {
        let package =
            Package::load(&path, &languages).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let mut warnings: Vec<String> = package.warnings.iter().map(ToString::to_string).collect();
        warnings.retain(|warning| !JUSTIFIED.contains(&warning.as_str()));
        assert!(warnings.is_empty(), "{path:?}: {warnings:#?}");
        assert_ne!(
            package.title,
            package.id.as_str(),
            "{path:?} has a title of its own"
        );
        assert!(!package.statements.is_empty(), "{path:?} has a statement");
        assert_eq!(
            package.samples.len(),
            package.data.samples().count(),
            "{path:?}"
        );
        for (index, test) in package.data.tests.iter().enumerate() {
            assert_eq!(test.number as usize, index + 1);
            assert!(
                test.input.is_file() && test.answer.is_file(),
                "{}",
                test.name
            );
            assert_eq!(test.is_sample, test.name.starts_with("sample/"));
        }
    }
}
