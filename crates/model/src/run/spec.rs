use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bytes::ByteText;
use super::limits::LimitSpec;
use crate::LanguageId;

/// One program and what it is to be run on. It is compiled once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunSpec {
    /// A name of the language; its id once the service has accepted the run.
    pub language: LanguageId,
    /// The program, and files that it finds beside it. See [`RunSpec::entry_file`].
    pub files: Vec<RunFile>,
    /// Name of the file that the program starts in.
    #[serde(default)]
    pub entry_point: Option<String>,
    /// Options of the compiler, of those that the language's file allows.
    #[serde(default)]
    pub compile_options: Vec<String>,
    #[serde(default)]
    pub compile_limits: LimitSpec,
    /// True to check an interpreted program's syntax before it runs, so that a mistake is a
    /// Compilation Error. If false, the interpreter itself reports it.
    pub checks_syntax: bool,
    /// Standard input of tests that have none of their own.
    #[serde(default)]
    pub stdin: ByteText,
    /// Arguments of tests that have none of their own.
    #[serde(default)]
    pub args: Vec<String>,
    /// Variables beside those that every program has.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    #[serde(default)]
    pub limits: LimitSpec,
    /// Without any, the program runs once, on `stdin`.
    #[serde(default)]
    pub tests: Vec<RunTest>,
    /// The comparison of outputs with what tests expect.
    #[serde(default)]
    pub compare: CompareRule,
    /// True to run no test after the first that fails.
    #[serde(default)]
    pub stop_on_failure: bool,
    /// Names of files to return after each run.
    #[serde(default)]
    pub collect: Vec<String>,
}

/// A file in the program's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFile {
    /// Path from the program's folder. A program without a name gets the language's usual one.
    pub name: Option<String>,
    pub content: ByteText,
}

/// One test of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunTest {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub stdin: Option<ByteText>,
    #[serde(default)]
    pub args: Option<Vec<String>>,
    /// Present if the output is compared.
    #[serde(default)]
    pub expected: Option<ByteText>,
    #[serde(default)]
    pub limits: LimitSpec,
}

/// A comparison of an output with the expected one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CompareRule {
    /// Token by token: only the amount of white space may differ.
    Tokens(TokenRule),
    /// Line by line.
    Lines(LineRule),
    /// Byte by byte.
    Exact,
    /// A program decides.
    Checker(CheckerProgram),
}

/// A comparison of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenRule {
    pub ignores_case: bool,
    /// True if the white space must be the same as well.
    pub compares_space: bool,
    /// Numbers may be off by so much.
    pub absolute_tolerance: Option<f64>,
    /// Numbers may be off by this share of the expected one.
    pub relative_tolerance: Option<f64>,
}

/// A comparison of lines. White space at the end of a line never counts, nor do empty lines at the
/// end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LineRule {
    pub ignores_case: bool,
    /// True if white space at the beginning of a line, and empty lines at the beginning, don't count
    /// either.
    pub ignores_indent: bool,
    /// Two lines that are one number each may be off by this share of the expected one.
    pub relative_tolerance: Option<f64>,
}

/// A checker: a program that gets the test's input, the expected output and the output, as the
/// output validator of a problem package does. Without `expected` the answer file is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckerProgram {
    pub language: LanguageId,
    pub files: Vec<RunFile>,
    /// Arguments behind the three files.
    #[serde(default)]
    pub args: Vec<String>,
}

impl RunSpec {
    /// Returns a run of one source on an empty input, with the service's limits.
    pub fn of_source(language: impl Into<String>, source: impl Into<ByteText>) -> RunSpec {
        RunSpec {
            language: LanguageId(language.into()),
            files: vec![RunFile {
                name: None,
                content: source.into(),
            }],
            entry_point: None,
            compile_options: Vec::new(),
            compile_limits: LimitSpec::default(),
            checks_syntax: true,
            stdin: ByteText::default(),
            args: Vec::new(),
            env: BTreeMap::new(),
            limits: LimitSpec::default(),
            tests: Vec::new(),
            compare: CompareRule::default(),
            stop_on_failure: false,
            collect: Vec::new(),
        }
    }

    /// Returns the index of the file that the program starts in: the entry point, or the file without a
    /// name, or one called `main`, or the first. `None` if no file has the entry point's name.
    pub fn entry_file(&self) -> Option<usize> {
        if let Some(entry) = &self.entry_point {
            let is_entry = |file: &RunFile| file.name.as_deref() == Some(entry);
            return self.files.iter().position(is_entry);
        }
        let is_main = |file: &RunFile| {
            let name = file.name.as_deref().unwrap_or_default();
            matches!(name.split('.').next(), Some("main" | "__main__"))
        };
        let nameless = self.files.iter().position(|file| file.name.is_none());
        let main = || self.files.iter().position(is_main);
        nameless.or_else(main).or(Some(0))
    }

    /// Returns the number of runs if none fails.
    pub fn run_count(&self) -> usize {
        self.tests.len().max(1)
    }

    /// True if the output of this test is judged.
    pub fn is_judged(&self, test: &RunTest) -> bool {
        test.expected.is_some() || matches!(self.compare, CompareRule::Checker(_))
    }

    /// Returns the size of everything that is sent with it.
    pub fn size_bytes(&self) -> usize {
        let files = self.files.iter().map(|file| file.content.len());
        let tests = self.tests.iter().map(|test| {
            let stdin = test.stdin.as_ref().map_or(0, ByteText::len);
            stdin + test.expected.as_ref().map_or(0, ByteText::len)
        });
        files.sum::<usize>() + self.stdin.len() + tests.sum::<usize>()
    }
}

impl Default for CompareRule {
    fn default() -> Self {
        CompareRule::Tokens(TokenRule::EXACT)
    }
}

impl TokenRule {
    /// Same tokens, in the same case.
    pub const EXACT: TokenRule = TokenRule {
        ignores_case: false,
        compares_space: false,
        absolute_tolerance: None,
        relative_tolerance: None,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(names: &[Option<&str>], entry: Option<&str>) -> RunSpec {
        let file = |name: &Option<&str>| RunFile {
            name: name.map(str::to_owned),
            content: ByteText::default(),
        };
        RunSpec {
            files: names.iter().map(file).collect(),
            entry_point: entry.map(str::to_owned),
            ..RunSpec::of_source("python", "")
        }
    }

    #[test]
    fn program_starts_in_its_entry_file() {
        for (names, entry, expected) in [
            (&[None][..], None, Some(0)),
            (&[Some("b.py"), Some("a.py")], None, Some(0)),
            (&[Some("b.py"), Some("main.py")], None, Some(1)),
            (&[Some("b.py"), Some("main.py")], Some("b.py"), Some(0)),
            (&[Some("data.txt"), None], None, Some(1)),
            (&[Some("main.py")], Some("a.py"), None),
        ] {
            let entry_file = spec(names, entry).entry_file();
            assert_eq!(entry_file, expected, "{names:?} {entry:?}");
        }
    }

    #[test]
    fn specs_survive_the_queue() {
        let mut original = RunSpec::of_source("cpp", vec![0xff, 0]);
        original.tests.push(RunTest {
            stdin: Some("1".into()),
            expected: Some(ByteText(vec![0x80])),
            ..RunTest::default()
        });
        original.compare = CompareRule::Checker(CheckerProgram {
            language: LanguageId("python".to_owned()),
            files: original.files.clone(),
            args: vec!["x".to_owned()],
        });
        original.env.insert("A".to_owned(), "b".to_owned());
        let json = serde_json::to_string(&original).unwrap();
        assert_eq!(serde_json::from_str::<RunSpec>(&json).unwrap(), original);
    }
}
