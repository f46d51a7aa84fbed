//! Checks a run before it is accepted. Pure: names, sizes, counts and limits.

use std::collections::BTreeSet;

use super::bounds::RunBounds;
use super::bytes::ByteText;
use super::limits::{LimitSpec, LimitValues};
use super::spec::{CompareRule, RunFile, RunSpec, RunTest, TokenRule};

/// Longest path of a file, and longest name of a test.
pub const MAX_NAME_BYTES: usize = 200;

/// A mistake in a run's specification.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: {reason}")]
pub struct InvalidSpec {
    /// The field's path in the request, such as `tests[3].limits.cpuTime`.
    pub field: String,
    pub reason: String,
}

impl InvalidSpec {
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        InvalidSpec {
            field: field.into(),
            reason: reason.into(),
        }
    }
}

type Checked = Result<(), InvalidSpec>;

impl RunSpec {
    /// Checks everything that can be checked without knowing the language.
    pub fn check(&self, bounds: &RunBounds) -> Checked {
        check_files("files", &self.files, bounds)?;
        if self.entry_file().is_none() {
            let entry = self.entry_point.as_deref().unwrap_or_default();
            let entry = entry.escape_debug();
            return Err(InvalidSpec::new(
                "entryPoint",
                format!("no file is named `{entry}`"),
            ));
        }
        let entry = self.entry_file().and_then(|index| self.files.get(index));
        if entry.is_some_and(|file| file.content.is_empty()) {
            return Err(InvalidSpec::new("code", "the program is empty"));
        }
        check_args("compileOptions", &self.compile_options, bounds)?;
        check_limits(
            "compileLimits",
            &self.compile_limits,
            &bounds.max_compile_limits,
        )?;
        check_limits("limits", &self.limits, &bounds.max_limits)?;
        check_args("args", &self.args, bounds)?;
        self.check_env(bounds)?;
        check_size("stdin", self.stdin.len(), bounds.max_input_bytes)?;
        check_count("tests", self.tests.len(), bounds.max_tests)?;
        for (index, test) in self.tests.iter().enumerate() {
            check_test(&format!("tests[{index}]"), test, bounds)?;
        }
        self.check_compare(bounds)?;
        check_count("collect", self.collect.len(), bounds.max_collected_files)?;
        for (index, name) in self.collect.iter().enumerate() {
            check_name(&format!("collect[{index}]"), name)?;
        }
        if self.size_bytes() > bounds.max_total_bytes {
            let (size, max) = (self.size_bytes(), bounds.max_total_bytes);
            let reason = format!(
                "files, inputs and expected outputs have {size} bytes together; at most {max} are allowed"
            );
            return Err(InvalidSpec::new("tests", reason));
        }
        Ok(())
    }

    fn check_env(&self, bounds: &RunBounds) -> Checked {
        check_count("env", self.env.len(), bounds.max_args)?;
        let bytes = self
            .env
            .iter()
            .map(|(name, value)| name.len() + value.len());
        check_size("env", bytes.sum(), bounds.max_args_bytes)?;
        let is_name = |name: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            name.chars().all(plain) && name.starts_with(|c: char| !c.is_ascii_digit())
        };
        for (name, value) in &self.env {
            if !is_name(name) {
                let reason =
                    "a variable's name is made of A-Z, a-z, 0-9 and _, and begins with no digit";
                return Err(InvalidSpec::new(
                    format!("env.{}", name.escape_debug()),
                    reason,
                ));
            }
            if value.contains('\0') {
                return Err(InvalidSpec::new(
                    format!("env.{name}"),
                    "it has a NUL character",
                ));
            }
        }
        Ok(())
    }

    fn check_compare(&self, bounds: &RunBounds) -> Checked {
        match &self.compare {
            CompareRule::Checker(checker) => {
                check_files("compare.checker.files", &checker.files, bounds)?;
                check_args("compare.checker.args", &checker.args, bounds)
            }
            CompareRule::Tokens(rule) => check_tolerances(rule),
            CompareRule::Lines(_) | CompareRule::Exact => Ok(()),
        }
    }
}

fn check_tolerances(rule: &TokenRule) -> Checked {
    for tolerance in [rule.absolute_tolerance, rule.relative_tolerance]
        .into_iter()
        .flatten()
    {
        if !(tolerance.is_finite() && tolerance >= 0.0) {
            return Err(InvalidSpec::new(
                "compare",
                "a tolerance is a number that is not negative",
            ));
        }
    }
    Ok(())
}

fn check_test(field: &str, test: &RunTest, bounds: &RunBounds) -> Checked {
    let name = test.name.as_deref().unwrap_or_default();
    check_size(&format!("{field}.name"), name.len(), MAX_NAME_BYTES)?;
    let size = |bytes: &Option<ByteText>| bytes.as_ref().map_or(0, ByteText::len);
    check_size(
        &format!("{field}.stdin"),
        size(&test.stdin),
        bounds.max_input_bytes,
    )?;
    check_size(
        &format!("{field}.expected"),
        size(&test.expected),
        bounds.max_input_bytes,
    )?;
    check_args(
        &format!("{field}.args"),
        test.args.as_deref().unwrap_or_default(),
        bounds,
    )?;
    check_limits(&format!("{field}.limits"), &test.limits, &bounds.max_limits)
}

fn check_files(field: &str, files: &[RunFile], bounds: &RunBounds) -> Checked {
    if files.is_empty() {
        return Err(InvalidSpec::new(
            field,
            "there is no program: send `code` or `files`",
        ));
    }
    check_count(field, files.len(), bounds.max_files)?;
    let mut names = BTreeSet::new();
    for (index, file) in files.iter().enumerate() {
        let field = format!("{field}[{index}]");
        match &file.name {
            Some(name) => check_name(&format!("{field}.name"), name)?,
            None if index > 0 => {
                return Err(InvalidSpec::new(
                    format!("{field}.name"),
                    "only the first file can be without a name",
                ));
            }
            None => {}
        }
        if !names.insert(file.name.as_deref()) {
            let name = file.name.as_deref().unwrap_or_default();
            return Err(InvalidSpec::new(
                format!("{field}.name"),
                format!("two files are named `{name}`"),
            ));
        }
        check_size(
            &format!("{field}.content"),
            file.content.len(),
            bounds.max_file_bytes,
        )?;
    }
    let is_folder = |name: &str| {
        let folder = format!("{name}/");
        names.iter().flatten().any(|path| path.starts_with(&folder))
    };
    match names.iter().flatten().find(|name| is_folder(name)) {
        Some(name) => Err(InvalidSpec::new(
            field,
            format!("`{name}` is a file and a folder"),
        )),
        None => Ok(()),
    }
}

/// Checks that a name stays in the program's folder, and that no compiler takes it for an option.
fn check_name(field: &str, name: &str) -> Checked {
    check_size(field, name.len(), MAX_NAME_BYTES)?;
    let plain = |c: char| c.is_alphanumeric() || " ._-+/()[],'&!#~=%^;@".contains(c);
    let are_names = |name: &str| {
        name.split('/')
            .all(|part| !part.is_empty() && !part.starts_with(['.', '-', '@']))
    };
    if name.chars().all(plain) && are_names(name) {
        return Ok(());
    }
    let name = name.escape_debug();
    let reason = format!(
        "`{name}` is not a file's path below the program's folder, of letters, digits and \
         ` ._-+()[],'&!#~=%^;@`, no part of which begins with `.`, `-` or `@`"
    );
    Err(InvalidSpec::new(field, reason))
}

fn check_args(field: &str, args: &[String], bounds: &RunBounds) -> Checked {
    check_count(field, args.len(), bounds.max_args)?;
    check_size(
        field,
        args.iter().map(String::len).sum(),
        bounds.max_args_bytes,
    )?;
    match args.iter().position(|argument| argument.contains('\0')) {
        Some(index) => Err(InvalidSpec::new(
            format!("{field}[{index}]"),
            "it has a NUL character",
        )),
        None => Ok(()),
    }
}

fn check_limits(field: &str, limits: &LimitSpec, max: &LimitValues) -> Checked {
    for ((name, stated), max) in limits.fields().into_iter().zip(max.values()) {
        match stated {
            Some(0) => {
                let reason = format!("it must be at least 1, and at most {max}");
                return Err(InvalidSpec::new(format!("{field}.{name}"), reason));
            }
            Some(value) if value > max => {
                let reason = format!("{value} is above the maximum of {max}");
                return Err(InvalidSpec::new(format!("{field}.{name}"), reason));
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_size(field: &str, size: usize, max: usize) -> Checked {
    if size <= max {
        return Ok(());
    }
    Err(InvalidSpec::new(
        field,
        format!("it has {size} bytes; at most {max} are allowed"),
    ))
}

fn check_count(field: &str, count: usize, max: usize) -> Checked {
    if count <= max {
        return Ok(());
    }
    Err(InvalidSpec::new(
        field,
        format!("there are {count}; at most {max} are allowed"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LanguageId;
    use crate::run::CheckerProgram;

    fn file(name: &str) -> RunFile {
        RunFile {
            name: Some(name.to_owned()),
            content: "x".into(),
        }
    }

    fn wrong_field(change: impl FnOnce(&mut RunSpec)) -> String {
        let mut spec = RunSpec::of_source("python", "print(1)");
        change(&mut spec);
        spec.check(&RunBounds::default())
            .map_or_else(|error| error.field, |()| String::new())
    }

    #[test]
    fn ordinary_runs_are_accepted() {
        let error = wrong_field(|spec| {
            spec.files = vec![file("main.py"), file("lib/größe.py"), file("data (1).txt")];
            spec.args = vec!["-x".to_owned(), "ä b".to_owned()];
            spec.env.insert("_A1".to_owned(), "=".to_owned());
            spec.collect = vec!["out/a.bin".to_owned()];
            spec.limits.cpu_time = Some(30_000);
            spec.tests = vec![RunTest::default(); 1000];
        });
        assert_eq!(error, "");
    }

    #[test]
    fn names_stay_in_the_folder() {
        for name in [
            "../a", "/a", "a/../b", "a//b", "", "a\0", "-o", "@x", "a\nb", ".a", "a/",
        ] {
            assert_eq!(
                wrong_field(|spec| spec.files = vec![file(name)]),
                "files[0].name",
                "{name:?}"
            );
            let collected = wrong_field(|spec| spec.collect = vec![name.to_owned()]);
            assert_eq!(collected, "collect[0]", "{name:?}");
        }
    }

    #[test]
    fn every_mistake_names_its_field() {
        type Mistake = (&'static str, fn(&mut RunSpec));
        let mistakes: [Mistake; 18] = [
            ("files", |spec| spec.files.clear()),
            ("files", |spec| spec.files = vec![file("a"); 10_000]),
            ("files[1].name", |spec| {
                spec.files = vec![file("a"), file("a")]
            }),
            ("files", |spec| spec.files = vec![file("a"), file("a/b")]),
            ("files[1].name", |spec| {
                let nameless = spec.files[0].clone();
                spec.files.push(nameless);
            }),
            ("entryPoint", |spec| {
                spec.entry_point = Some("a.py".to_owned())
            }),
            ("code", |spec| spec.files[0].content = ByteText::default()),
            ("limits.cpuTime", |spec| {
                spec.limits.cpu_time = Some(1_000_000_000_000_000_000)
            }),
            ("limits.memory", |spec| spec.limits.memory = Some(0)),
            ("compileLimits.wallTime", |spec| {
                spec.compile_limits.wall_time = Some(u64::MAX)
            }),
            ("env.A=", |spec| {
                drop(spec.env.insert("A=".to_owned(), String::new()))
            }),
            ("env.A", |spec| {
                drop(spec.env.insert("A".to_owned(), "\0".to_owned()))
            }),
            ("args[1]", |spec| {
                spec.args = vec![String::new(), "\0".to_owned()]
            }),
            ("args", |spec| spec.args = vec!["x".repeat(20 << 10)]),
            ("tests", |spec| spec.tests = vec![RunTest::default(); 1001]),
            ("tests[0].limits.stack", |spec| {
                let mut test = RunTest::default();
                test.limits.stack = Some(u64::MAX);
                spec.tests.push(test);
            }),
            ("compare", |spec| {
                spec.compare = CompareRule::Tokens(TokenRule {
                    absolute_tolerance: Some(f64::NAN),
                    ..TokenRule::EXACT
                });
            }),
            ("compare.checker.files", |spec| {
                spec.compare = CompareRule::Checker(CheckerProgram {
                    language: LanguageId("python".to_owned()),
                    files: Vec::new(),
                    args: Vec::new(),
                });
            }),
        ];
        for (field, change) in mistakes {
            assert_eq!(wrong_field(change), field);
        }
    }

    #[test]
    fn data_are_bounded_together() {
        let error = wrong_field(|spec| {
            let stdin = ByteText(vec![b'x'; 8 << 20]);
            let test = RunTest {
                stdin: Some(stdin),
                ..RunTest::default()
            };
            spec.tests = vec![test; 5];
        });
        assert_eq!(error, "tests");
    }
}
