//! Writes a converted problem as a package of the format 2025-09.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use super::line_endings::copy_with_unix_ends;
use super::problem::{
    Checking, ConvertedGroup, ConvertedProblem, ConvertedTest, GroupPoints, JuryProgram,
    ProgramSource, Protocol,
};
use crate::error::PackageError;
use crate::file_names::PROBLEM_YAML;
use crate::tree::PackageFile;

/// Folder of solutions that may be accepted or too slow, with its rule in `submissions.yaml`.
pub(super) const ACCEPTED_OR_SLOW: &str = "accepted_or_slow";

pub(super) fn write(problem: &ConvertedProblem<'_>, root: &Path) -> Result<(), PackageError> {
    let writer = PackageWriter { problem, root };
    writer.text(PROBLEM_YAML, &settings(problem))?;
    writer.tests()?;
    writer.validators()?;
    for solution in &problem.solutions {
        let path = format!("submissions/{}/{}", solution.folder, solution.name);
        writer.copy(solution.file, &path)?;
    }
    let has_mixed = problem
        .solutions
        .iter()
        .any(|solution| solution.folder == ACCEPTED_OR_SLOW);
    if has_mixed {
        let rule = format!("{ACCEPTED_OR_SLOW}: {{permitted: [AC, TLE], required: [AC, TLE]}}\n");
        writer.text("submissions/submissions.yaml", &rule)?;
    }
    for statement in &problem.statements {
        let path = format!(
            "statement/problem.{}.{}",
            statement.language, statement.extension
        );
        writer.text(&path, &statement.text)?;
    }
    for (file, name) in &problem.images {
        writer.copy(file, &format!("statement/{name}"))?;
    }
    for (file, name) in &problem.includes {
        writer.copy(file, &format!("include/default/{name}"))?;
    }
    Ok(())
}

/// Returns the text of `problem.yaml`.
fn settings(problem: &ConvertedProblem<'_>) -> String {
    let mut text = "problem_format_version: 2025-09\n".to_owned();
    let mut line = |key: &str, value: String| {
        let _ = writeln!(text, "{key}: {value}");
    };
    let mut kinds = vec![if is_scoring(problem) {
        "scoring"
    } else {
        "pass-fail"
    }];
    if problem.interactor.is_some() {
        kinds.push("interactive");
    }
    line("type", format!("[{}]", kinds.join(", ")));
    if !problem.names.is_empty() {
        let names = problem.names.iter();
        let names = names.map(|(language, name)| format!("{}: {}", quoted(language), quoted(name)));
        line("name", braced(names.collect()));
    }
    if !problem.keywords.is_empty() {
        let keywords: Vec<String> = problem.keywords.iter().map(|word| quoted(word)).collect();
        line("keywords", format!("[{}]", keywords.join(", ")));
    }
    let limits = [
        ("time_limit", problem.time_limit_seconds),
        ("memory", problem.memory_mib),
        ("output", problem.output_mib),
    ];
    let limits = limits
        .into_iter()
        .filter_map(|(key, value)| Some(format!("{key}: {}", value?)));
    line("limits", braced(limits.collect()));
    if let Checking::Flags(flags) = &problem.checking {
        line("validator_flags", quoted(&flags.join(" ")));
    }
    let protocol = match problem.protocol {
        Protocol::Testlib => "testlib",
        Protocol::TestlibShares => "testlib-shares",
        Protocol::Kattis => "kattis",
    };
    line("x-letscode", format!("{{protocol: {protocol}}}"));
    text
}

fn braced(entries: Vec<String>) -> String {
    format!("{{{}}}", entries.join(", "))
}

/// Quotes a text for YAML, which JSON's strings are a part of.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn is_scoring(problem: &ConvertedProblem<'_>) -> bool {
    problem
        .groups
        .iter()
        .any(|group| group.total_points() > 0.0)
}

struct PackageWriter<'a, 'f> {
    problem: &'a ConvertedProblem<'f>,
    root: &'a Path,
}

impl PackageWriter<'_, '_> {
    fn tests(&self) -> Result<(), PackageError> {
        for (number, test) in (1..).zip(&self.problem.samples) {
            self.test(&format!("data/sample/{number:04}"), test)?;
        }
        let groups = &self.problem.groups;
        if !is_scoring(self.problem) {
            let tests = groups.iter().flat_map(|group| &group.tests);
            for (number, test) in (1..).zip(tests) {
                self.test(&format!("data/secret/{number:05}"), test)?;
            }
            return Ok(());
        }
        let total: f64 = groups.iter().map(ConvertedGroup::total_points).sum();
        let secret = format!("max_score: {total}\nscore_aggregation: sum\n");
        self.text("data/secret/test_group.yaml", &secret)?;
        for (index, group) in groups.iter().enumerate() {
            self.group(index, group)?;
        }
        Ok(())
    }

    fn group(&self, index: usize, group: &ConvertedGroup<'_>) -> Result<(), PackageError> {
        let folder = format!("data/{}", group_name(index));
        let aggregation = match group.points {
            GroupPoints::Sum => "sum",
            GroupPoints::Least(_) | GroupPoints::None => "min",
        };
        let samples = group.requires_samples && !self.problem.samples.is_empty();
        let required = samples.then(|| "sample".to_owned());
        let required: Vec<String> = required
            .into_iter()
            .chain(group.requires.iter().map(|index| group_name(*index)))
            .collect();
        let points = group.total_points();
        let settings = format!(
            "max_score: {points}\nscore_aggregation: {aggregation}\nrequire_pass: [{}]\n",
            required.join(", ")
        );
        self.text(&format!("{folder}/test_group.yaml"), &settings)?;
        for (number, test) in (1..).zip(&group.tests) {
            let name = format!("{folder}/{number:04}");
            if group.points != GroupPoints::Sum {
                self.test(&name, test)?;
                continue;
            }
            let settings = format!("max_score: {}\nscore_aggregation: min\n", test.points);
            self.text(&format!("{name}/test_group.yaml"), &settings)?;
            self.test(&format!("{name}/1"), test)?;
        }
        Ok(())
    }

    fn test(&self, name: &str, test: &ConvertedTest<'_>) -> Result<(), PackageError> {
        for (file, extension) in [(test.input, "in"), (test.answer, "ans")] {
            let path = format!("{name}.{extension}");
            match file {
                None => self.text(&path, "")?,
                Some(file) if !self.problem.unix_line_ends => self.copy(file, &path)?,
                Some(file) => {
                    let target = self.target(&path)?;
                    copy_with_unix_ends(&file.path, &target)
                        .map_err(|source| PackageError::io(&file.relative, source))?;
                }
            }
        }
        Ok(())
    }

    fn validators(&self) -> Result<(), PackageError> {
        let checker = match &self.problem.checking {
            Checking::Program(program) => Some(("checker", program)),
            Checking::Flags(_) => None,
        };
        let interactor = self.problem.interactor.as_ref();
        let interactor = interactor.map(|program| ("interactor", program));
        for (name, program) in checker.into_iter().chain(interactor) {
            self.program(&format!("output_validators/{name}"), program)?;
        }
        Ok(())
    }

    fn program(&self, folder: &str, program: &JuryProgram<'_>) -> Result<(), PackageError> {
        for (source, name) in &program.files {
            let path = format!("{folder}/{name}");
            match source {
                ProgramSource::File(file) => self.copy(file, &path)?,
                ProgramSource::Host(file) => self.copy_path(file, &path)?,
            }
        }
        Ok(())
    }

    fn text(&self, path: &str, text: &str) -> Result<(), PackageError> {
        let target = self.target(path)?;
        fs::write(&target, text).map_err(|source| PackageError::io(path, source))
    }

    fn copy(&self, file: &PackageFile, path: &str) -> Result<(), PackageError> {
        self.copy_path(&file.path, path)
    }

    fn copy_path(&self, from: &Path, path: &str) -> Result<(), PackageError> {
        let target = self.target(path)?;
        fs::copy(from, &target)
            .map(drop)
            .map_err(|source| PackageError::io(path, source))
    }

    /// Returns the path of a new file, whose folder it makes.
    fn target(&self, path: &str) -> Result<PathBuf, PackageError> {
        let target = self.root.join(path);
        let parent = target.parent().unwrap_or(self.root);
        fs::create_dir_all(parent).map_err(|source| PackageError::io(path, source))?;
        Ok(target)
    }
}

fn group_name(index: usize) -> String {
    format!("secret/{:04}", index + 1)
}
