//! Compiles validators: once per contents, for all packages and submissions of an engine.

use std::collections::BTreeSet;

use letscode_model::LanguageId;
use letscode_package::{CustomValidation, OutputValidator, Package};

use super::Validator;
use crate::Engine;
use crate::compile::compiler::CompileBounds;
use crate::compile::sources::Sources;
use crate::engine::EngineError;
use crate::language::Language;

/// Names that are carried from pass to pass.
const MAX_KEPT: usize = 24;

impl Engine {
    /// A package's validators, compiled. An error names the one that can't be.
    pub(crate) fn prepare_validators<'a>(
        &'a self,
        package: &'a Package,
        custom: &'a CustomValidation,
    ) -> Result<Vec<Validator<'a>>, EngineError> {
        if custom.interactive && custom.validators.len() > 1 {
            return Err(EngineError::Unsupported(format!(
                "{}: an interactive problem has one output validator, and this one has {}",
                package.id,
                custom.validators.len()
            )));
        }
        let prepare = |one| self.prepare_validator(package, one, custom.multi_pass);
        custom.validators.iter().map(prepare).collect()
    }

    fn prepare_validator<'a>(
        &'a self,
        package: &'a Package,
        validator: &'a OutputValidator,
        keeps_files: bool,
    ) -> Result<Validator<'a>, EngineError> {
        let fault = |reason: String| EngineError::Validator {
            path: validator.path.clone(),
            test: String::new(),
            reason,
        };
        let language = self.language_of_validator(validator).map_err(fault)?;
        let sources = Sources::read(&validator.files)?
            .naming(&package.constants)?
            .starting_in(validator.entrypoint.clone());
        let bounds = CompileBounds {
            time: package.limits.compilation_time,
            memory_bytes: package.limits.compilation_memory_bytes,
        };
        let compilation = self.compile(language, &sources, bounds)?;
        let does_not_compile = || fault(format!("it does not compile: {}", compilation.message));
        let executable = compilation.executable.ok_or_else(does_not_compile)?;
        Ok(Validator {
            path: &validator.path,
            protocol: validator.protocol,
            language,
            executable,
            kept: match keeps_files {
                true => names_in(&sources),
                false => Vec::new(),
            },
        })
    }

    fn language_of_validator(&self, validator: &OutputValidator) -> Result<&Language, String> {
        if validator.has_script {
            return Err(
                "it is built or started by a script of its own, which is not run here; \
                 a C++ or Python program without one is"
                    .to_owned(),
            );
        }
        let id: &LanguageId = validator
            .language
            .as_ref()
            .ok_or("it is in a language that is not run here; use C++ or Python")?;
        self.language(id).map_err(|error| error.to_string())
    }
}

/// The names of files that stand as literals in a program's text. A cell gives files back by
/// their names only, and a validator's own files, in which it remembers something for its next
/// pass, can have any.
fn names_in(sources: &Sources) -> Vec<String> {
    let mut names = BTreeSet::new();
    for (_, contents) in sources.parts() {
        let text = String::from_utf8_lossy(contents);
        for quote in ['"', '\''] {
            for line in text.lines() {
                names.extend(line.split(quote).skip(1).step_by(2).filter_map(file_name));
            }
        }
    }
    let known = super::Feedback::names(&[]);
    let is_new = |name: &String| !known.contains(&format!("{}{name}", super::Feedback::FOLDER));
    names.into_iter().filter(is_new).take(MAX_KEPT).collect()
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
    fn the_names_of_a_validators_own_files_are_found() {
        let source = br#"
            #include "validate.h"
            ofstream out(feedback_dir + "/state.txt");
            string next = dir + "nextpass.in", other = 'memory';
            cout << "some words" << "";
        "#;
        let names = names_in(&Sources::single(source.to_vec()));
        assert_eq!(names, ["memory", "state.txt"]);
    }
}
