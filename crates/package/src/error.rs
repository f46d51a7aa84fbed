//! Errors and warnings about a package, written for its author.
//!
//! An error stops the load, as judging with a guess would give wrong verdicts. A
//! [`PackageWarning`] does not: something was ignored that the author should know about.

use std::path::PathBuf;
use std::sync::Arc;

use letscode_model::InvalidProblemId;
use miette::Diagnostic;
use thiserror::Error;

use crate::foreign_format::ForeignFormat;

/// Location in a file of the package. Line and column count from 1; 0 means the whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLocation {
    /// Relative to the package folder, with `/`.
    pub file: Arc<str>,
    pub line: u64,
    pub column: u64,
}

impl SourceLocation {
    pub(crate) fn file(file: &str) -> Self {
        SourceLocation {
            file: file.into(),
            line: 0,
            column: 0,
        }
    }
}

impl std::fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => f.write_str(&self.file),
            line => write!(f, "{}:{line}:{}", self.file, self.column),
        }
    }
}

/// Reason why a package could not be read.
#[derive(Debug, Error, Diagnostic)]
pub enum PackageError {
    #[error("{} is not a folder", path.display())]
    #[diagnostic(help(
        "a problem package is a folder with `problem.yaml` and `data/` in it; unpack a .zip first"
    ))]
    NotAFolder { path: PathBuf },

    #[error(transparent)]
    #[diagnostic(help("the problem's id is the name of the package folder: rename the folder"))]
    Id(#[from] InvalidProblemId),

    #[error("can't read {}: {source}", path.display())]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },

    #[error("{} has no problem.yaml", path.display())]
    #[diagnostic(help("put `problem.yaml` at the top of the package folder; it may be empty"))]
    NoProblemYaml { path: PathBuf },

    #[error("{file} is larger than {limit_bytes} bytes")]
    #[diagnostic(help("a settings file is short: is this the right file?"))]
    YamlTooLarge { file: String, limit_bytes: u64 },

    #[error("{location}: not valid YAML: {message}")]
    #[diagnostic(help("check the indentation, and quote text that contains `: ` or `#`"))]
    Yaml {
        location: SourceLocation,
        message: String,
    },

    #[error("{location}: `{key}` must be {expected}, but it is {actual}")]
    #[diagnostic(help("correct the value, or remove the key to use the default"))]
    WrongType {
        location: SourceLocation,
        key: String,
        expected: &'static str,
        actual: &'static str,
    },

    #[error("{location}: `{key}` {problem}")]
    #[diagnostic(help("{help}"))]
    InvalidValue {
        location: SourceLocation,
        key: String,
        problem: String,
        help: &'static str,
    },

    #[error("{location}: unknown validation `{word}`")]
    #[diagnostic(help(
        "`validation` is `default` or `custom`, and `custom` may be followed by `interactive`, `score` and `multi-pass`"
    ))]
    UnknownValidation {
        location: SourceLocation,
        word: String,
    },

    #[error("{location}: problems of type `{kind}` are not supported")]
    #[diagnostic(help("supported types: pass-fail, scoring, interactive, multi-pass"))]
    UnsupportedType {
        location: SourceLocation,
        kind: String,
    },

    #[error("{location}: {what} is not supported, and verdicts would be wrong without it")]
    #[diagnostic(help("judge this problem with Kattis' own tools, or change the problem"))]
    Unsupported {
        location: SourceLocation,
        what: &'static str,
    },

    #[error("{} is a {format} package, which has to be converted first", path.display())]
    #[diagnostic(help("`letscode problem import`, `problem verify` and `judge` convert it"))]
    Foreign {
        path: PathBuf,
        format: ForeignFormat,
    },

    #[error("{file}: a {format} package that can't be converted: {reason}")]
    #[diagnostic(help("{help}"))]
    NotConvertible {
        format: ForeignFormat,
        file: String,
        reason: String,
        help: String,
    },

    #[error("the problem has custom validation, but {folder}/ contains no validator")]
    #[diagnostic(help(
        "put the validator there (`output_validators/` in the legacy format, `output_validator/` since 2023-07), or use default validation"
    ))]
    NoValidator { folder: String },

    #[error("the package has no tests: no .in file under data/sample or data/secret")]
    #[diagnostic(help(
        "a test is a pair of files such as `data/secret/01.in` and `data/secret/01.ans`"
    ))]
    NoTests,

    #[error("{input} has no answer file {answer}")]
    #[diagnostic(help(
        "every .in file needs an .ans file of the same name; it may be empty if a custom validator does not use it"
    ))]
    NoAnswer { input: String, answer: String },

    #[error("the link {link} leads out of the package")]
    #[diagnostic(help("replace the link by a copy of the file"))]
    LinkLeaves { link: String },

    #[error("the link {link} is broken")]
    #[diagnostic(help("remove the link, or add the file that it points to"))]
    LinkBroken { link: String },

    #[error("the link {link} points to a folder that contains it")]
    #[diagnostic(help("remove the link"))]
    LinkCycle { link: String },

    #[error("the package has more than {limit} files and folders")]
    #[diagnostic(help("remove files that do not belong to the problem, such as build output"))]
    TooManyFiles { limit: usize },

    #[error("{path} is nested more than {limit} folders deep")]
    #[diagnostic(help("move it up"))]
    TooDeep { path: String, limit: usize },

    #[error("{} can't be unpacked: {message}", zip.display())]
    #[diagnostic(help(
        "create the archive again: one package, no password, standard .zip compression"
    ))]
    Zip { zip: PathBuf, message: String },

    #[error("{} contains no package: there is no problem.yaml at its top or in a top folder", zip.display())]
    #[diagnostic(help("put the package's folder into the archive, with `problem.yaml` in it"))]
    ZipWithoutPackage { zip: PathBuf },

    #[error(
        "the package lies at the archive's top, so that the archive's name would be the problem's id, and it has none"
    )]
    #[diagnostic(help(
        "state the id (`?id=`), send the archive's file name, or put the package into a folder of the archive"
    ))]
    ZipWithoutName,

    #[error("{} unpacks to more than {limit_bytes} bytes", zip.display())]
    #[diagnostic(help("a package may have 1 GiB: make the tests smaller"))]
    ZipTooLarge { zip: PathBuf, limit_bytes: u64 },

    #[error("the archive's entry `{name}` {problem}")]
    #[diagnostic(help(
        "nothing was unpacked: every entry must be a plain file, folder or link inside the package"
    ))]
    ZipEntry { name: String, problem: &'static str },

    #[error("{} already exists", path.display())]
    #[diagnostic(help("remove it first, or unpack into another folder"))]
    Exists { path: PathBuf },
}

impl PackageError {
    pub(crate) fn io(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        PackageError::Io {
            path: path.into(),
            source,
        }
    }
}

/// Something in the package that is ignored or suspicious, and its location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageWarning {
    pub location: SourceLocation,
    pub message: String,
}

impl std::fmt::Display for PackageWarning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.location.line {
            0 => write!(f, "{}: {}", self.location.file, self.message),
            line => write!(f, "{}:{line}: {}", self.location.file, self.message),
        }
    }
}

/// Collects warnings. Bounded, so that a hostile package can't fill memory or a terminal.
#[derive(Debug, Default)]
pub(crate) struct WarningList(Vec<PackageWarning>);

impl WarningList {
    const MAX: usize = 200;

    pub(crate) fn add(&mut self, location: SourceLocation, message: impl Into<String>) {
        if self.0.len() < Self::MAX {
            let message = message.into();
            self.0.push(PackageWarning { location, message });
        }
    }

    pub(crate) fn add_file(&mut self, file: &str, message: impl Into<String>) {
        self.add(SourceLocation::file(file), message);
    }

    pub(crate) fn into_vec(self) -> Vec<PackageWarning> {
        self.0
    }
}

/// Shortens untrusted text to one line of 80 characters, control characters escaped.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}
