use std::fs;
use std::path::PathBuf;

use letscode_languages::LanguageRegistry;
use letscode_package::{Package, PackageError};
use tempfile::TempDir;

/// A small package in a temporary folder.
pub struct Builder {
    temporary: TempDir,
}

impl Builder {
    /// An empty folder.
    pub fn empty() -> Self {
        let builder = Builder {
            temporary: TempDir::new().unwrap(),
        };
        fs::create_dir(builder.dir()).unwrap();
        builder
    }

    /// A package with one secret test and the given problem.yaml.
    pub fn new(problem_yaml: &str) -> Self {
        Builder::empty()
            .with("problem.yaml", problem_yaml)
            .test("secret/1")
    }

    pub fn draft(more: &str) -> Self {
        Builder::new(&format!("problem_format_version: 2023-07-draft\n{more}"))
    }

    pub fn dir(&self) -> PathBuf {
        self.temporary.path().join("aplusb")
    }

    /// Adds a file.
    pub fn with(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.dir().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Adds a test with input and answer.
    pub fn test(self, name: &str) -> Self {
        self.with(&format!("data/{name}.in"), "1 2\n")
            .with(&format!("data/{name}.ans"), "3\n")
    }

    pub fn link(self, path: &str, target: &str) -> Self {
        let path = self.dir().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
        self
    }

    pub fn load(&self) -> Result<Package, PackageError> {
        Package::load(&self.dir(), &LanguageRegistry::builtin().unwrap())
    }

    /// Loads the package, which must cause no warning.
    pub fn package(&self) -> Package {
        let package = self.load().unwrap_or_else(|error| panic!("{error}"));
        assert!(package.warnings.is_empty(), "{:?}", self.warnings());
        package
    }

    pub fn warnings(&self) -> Vec<String> {
        let package = self.load().unwrap_or_else(|error| panic!("{error}"));
        package.warnings.iter().map(ToString::to_string).collect()
    }

    /// Returns the error's message. Every error must have a help text.
    pub fn error(&self) -> String {
        let error = self.load().unwrap_err();
        assert!(
            miette::Diagnostic::help(&error).is_some(),
            "{error} has no help"
        );
        error.to_string()
    }
}
