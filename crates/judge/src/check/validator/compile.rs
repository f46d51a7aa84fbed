//! Compiles validators: once per contents, for all packages and submissions of an engine.

use std::collections::BTreeSet;

use letscode_languages::Language;
use letscode_model::CheckerProgram;
use letscode_package::{CustomValidation, OutputValidator, Package, ValidatorProtocol};

use super::feedback::FeedbackFolder;
use super::program::ValidatorProgram;
use crate::compile::compiler::{CompileBounds, CompileSettings, Compiler};
use crate::compile::sources::Sources;
use crate::error::EngineError;
use crate::execute::cancel::CancelToken;
use crate::execute::priority::Priority;
use crate::toolchain::Toolchains;

/// Name of an ad-hoc run's checker in messages.
const CHECKER: &str = "`compare.checker`";

/// Most files that are carried from pass to pass.
const MAX_STATE_FILES: usize = 24;

/// Compiles a package's validators, and after them the checker of a conversation, if it has one. An
/// error names the one that can't be compiled.
pub(crate) fn compile_validators<'a>(
    compiler: &Compiler,
    toolchains: &'a Toolchains,
    package: &'a Package,
    custom: &'a CustomValidation,
) -> Result<Vec<ValidatorProgram<'a>>, EngineError> {
    if custom.interactive && custom.validators.len() > 1 {
        return Err(EngineError::Unsupported(format!(
            "{}: an interactive problem has one output validator, and this one has {}",
            package.id,
            custom.validators.len()
        )));
    }
    let mut programs = Vec::new();
    for validator in custom.validators.iter().chain(&custom.checker) {
        let error = |reason: String| EngineError::Validator {
            path: validator.path.clone(),
            test: String::new(),
            reason,
            denied: None,
        };
        let language = validator_language(toolchains, validator).map_err(error)?;
        let sources = Sources::read(&validator.files)?
            .with_constants(&package.constants)?
            .with_entry(validator.entrypoint.clone());
        let bounds = CompileBounds {
            time: package.limits.compilation_time,
            memory_bytes: package.limits.compilation_memory_bytes,
        };
        let compilation = compiler.compile(language, &sources, bounds)?;
        let does_not_compile = || error(format!("it does not compile: {}", compilation.message));
        let executable = compilation.executable.ok_or_else(does_not_compile)?;
        let state_files = if custom.multi_pass {
            file_name_literals(&sources)
        } else {
            Vec::new()
        };
        programs.push(ValidatorProgram {
            path: &validator.path,
            protocol: validator.protocol,
            language,
            executable,
            state_files,
        });
    }
    Ok(programs)
}

/// Compiles the checker of an ad-hoc run. An error says what is wrong with it.
pub(crate) fn compile_checker<'a>(
    compiler: &Compiler,
    toolchains: &'a Toolchains,
    checker: &CheckerProgram,
    cancel: &CancelToken,
) -> Result<ValidatorProgram<'a>, EngineError> {
    let error = |reason: String| EngineError::Validator {
        path: CHECKER.to_owned(),
        test: String::new(),
        reason,
        denied: None,
    };
    let language = toolchains.language(&checker.language)?;
    let sources = Sources::of_run(&checker.files, None);
    let settings = CompileSettings {
        cancel: Some(cancel),
        ..CompileSettings::of_bounds(CompileBounds::NONE)
    };
    let compilation = compiler.compile_with(Priority::Normal, language, &sources, &settings)?;
    let does_not_compile = || error(format!("it does not compile: {}", compilation.message));
    let texts = checker.files.iter().map(|file| {
        let name = file.name.clone().unwrap_or_default();
        (name, file.content.to_text())
    });
    Ok(ValidatorProgram {
        path: CHECKER,
        protocol: ValidatorProtocol::of_texts(texts),
        language,
        executable: compilation.executable.ok_or_else(does_not_compile)?,
        state_files: Vec::new(),
    })
}

fn validator_language<'a>(
    toolchains: &'a Toolchains,
    validator: &OutputValidator,
) -> Result<&'a Language, String> {
    if validator.has_script {
        return Err(
            "it is built or started by a script of its own, which is not run here; \
             a C++ or Python program without one is"
                .to_owned(),
        );
    }
    let id = validator
        .language
        .as_ref()
        .ok_or("it is in a language that is not run here; use C++ or Python")?;
    toolchains.language(id).map_err(|error| error.to_string())
}

/// Returns the string literals of a program that can be file names. Files are collected from a cell
/// by name, and a validator may keep state for its next pass in files of any name.
fn file_name_literals(sources: &Sources) -> Vec<String> {
    let mut names = BTreeSet::new();
    for (_, contents) in sources.parts() {
        let text = String::from_utf8_lossy(contents);
        for quote in ['"', '\''] {
            for line in text.lines() {
                names.extend(line.split(quote).skip(1).step_by(2).filter_map(file_name));
            }
        }
    }
    let standard = FeedbackFolder::names(&[]);
    let is_new = |name: &String| !standard.contains(&format!("{}{name}", FeedbackFolder::PATH));
    names
        .into_iter()
        .filter(is_new)
        .take(MAX_STATE_FILES)
        .collect()
}

fn file_name(literal: &str) -> Option<String> {
    let name = literal.trim_start_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_name = (1..=64).contains(&name.len())
        && name.chars().all(plain)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && !name.ends_with(".h");
    is_name.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_in_literals_are_listed() {
        let source = br#"
            #include "validate.h"
            ofstream out(feedback_dir + "/state.txt");
            string next = dir + "nextpass.in", other = 'memory';
            cout << "some words" << "";
        "#;
        let names = file_name_literals(&Sources::single(source.to_vec()));
        assert_eq!(names, ["memory", "state.txt"]);
    }
}
