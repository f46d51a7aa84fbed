//! A problem between two formats: what was read of the one and is written in the other.

use crate::tree::PackageFile;

/// A problem of another format, with its files where they are.
#[derive(Debug, Default)]
pub(super) struct ConvertedProblem<'f> {
    /// Its own name for the problem; `None` if that is the folder's.
    pub id: Option<String>,
    /// Titles by language code.
    pub names: Vec<(String, String)>,
    pub keywords: Vec<String>,
    pub time_limit_seconds: Option<f64>,
    pub memory_mib: Option<f64>,
    pub output_mib: Option<f64>,
    pub checking: Checking<'f>,
    /// Talks with the submission; its output file is then checked, where there is a checker.
    pub interactor: Option<JuryProgram<'f>>,
    pub protocol: Protocol,
    pub samples: Vec<ConvertedTest<'f>>,
    /// In the order of judging: what a group requires comes before it.
    pub groups: Vec<ConvertedGroup<'f>>,
    pub solutions: Vec<ConvertedSolution<'f>>,
    pub statements: Vec<ConvertedStatement>,
    /// Files beside the statements, with their names there.
    pub images: Vec<(&'f PackageFile, String)>,
    /// Files beside every submission, with their names there.
    pub includes: Vec<(&'f PackageFile, String)>,
    /// True if line ends of Windows in tests are replaced, as the format's own judge does.
    pub unix_line_ends: bool,
}

/// The check of an output.
#[derive(Debug)]
pub(super) enum Checking<'f> {
    /// By our own comparison, with these flags.
    Flags(Vec<String>),
    Program(JuryProgram<'f>),
}

impl Default for Checking<'_> {
    fn default() -> Self {
        Checking::Flags(Vec::new())
    }
}

/// Command line and exit codes of the package's programs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Protocol {
    #[default]
    Testlib,
    /// Testlib's, with points that are shares of the test's.
    TestlibShares,
    /// Our own format's.
    Kattis,
}

/// A checker or interactor, with the names that its files have in its folder.
#[derive(Debug)]
pub(super) struct JuryProgram<'f> {
    pub files: Vec<(ProgramSource<'f>, String)>,
}

#[derive(Debug)]
pub(super) enum ProgramSource<'f> {
    File(&'f PackageFile),
    /// A library of the host's.
    Host(std::path::PathBuf),
}

/// Tests that are scored together.
#[derive(Debug, Default)]
pub(super) struct ConvertedGroup<'f> {
    pub tests: Vec<ConvertedTest<'f>>,
    pub points: GroupPoints,
    /// Indices of groups that must be accepted first.
    pub requires: Vec<usize>,
    /// The samples must be accepted first.
    pub requires_samples: bool,
}

/// Points of a group.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) enum GroupPoints {
    /// The problem has no points.
    #[default]
    None,
    /// The least of its tests'.
    Least(f64),
    /// Each of its tests has points of its own.
    Sum,
}

/// A test; without files it is an empty input or answer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ConvertedTest<'f> {
    pub input: Option<&'f PackageFile>,
    pub answer: Option<&'f PackageFile>,
    /// In a group that sums up.
    pub points: f64,
}

/// A solution of the jury, with the folder of `submissions/` that says what is expected of it.
#[derive(Debug)]
pub(super) struct ConvertedSolution<'f> {
    pub folder: &'static str,
    pub name: String,
    pub file: &'f PackageFile,
}

#[derive(Debug)]
pub(super) struct ConvertedStatement {
    pub language: String,
    pub extension: &'static str,
    pub text: String,
}

impl ConvertedGroup<'_> {
    pub(super) fn total_points(&self) -> f64 {
        match self.points {
            GroupPoints::None => 0.0,
            GroupPoints::Least(points) => points,
            GroupPoints::Sum => self.tests.iter().map(|test| test.points).sum(),
        }
    }
}
