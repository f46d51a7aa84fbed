use std::collections::BTreeMap;

use letscode_model::{EditorInfo, LanguageId, LanguageInfo, LanguageStatus, PeerNames};
use serde::Deserialize;

use crate::settings::{AdapterSettings, CompilerHint, EditorSettings, PackageSettings};
use crate::toolchain::{CompileStep, OptionalPart, RunStep, ToolPath, ToolchainProbe};

/// A language as its TOML file describes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    pub id: LanguageId,
    /// Display name: `C++`.
    pub name: String,
    /// Other names that are accepted wherever a language is named, in upper or lower case.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Extensions of its files, without the dot. Those of one letter are case-sensitive: `.C` is C++.
    pub extensions: Vec<String>,
    /// Name of a submission's source inside the cell.
    pub source: String,
    /// Command or advice that installs the toolchain, for people whose machine lacks it.
    pub install: String,
    #[serde(default)]
    pub package: PackageSettings,
    #[serde(default)]
    pub editor: EditorSettings,
    #[serde(default)]
    pub adapters: AdapterSettings,
    /// Added to the compiler's messages.
    #[serde(default)]
    pub hints: Vec<CompilerHint>,
    /// Parts of the toolchain on the host, by name; used as `{name}` in `root`.
    #[serde(default)]
    pub locate: BTreeMap<String, ToolPath>,
    pub probe: ToolchainProbe,
    pub compile: CompileStep,
    pub run: RunStep,
    /// Libraries beside the language itself, by name.
    #[serde(default)]
    pub extras: BTreeMap<String, OptionalPart>,
}

/// A language file that can't be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct LanguageError {
    pub file: String,
    pub reason: String,
}

impl Language {
    /// Reads a language's TOML; `file` is named in errors.
    pub fn parse(file: &str, text: &str) -> Result<Language, LanguageError> {
        let error = |reason: String| LanguageError {
            file: file.to_owned(),
            reason,
        };
        let language: Language = toml::from_str(text).map_err(|e| error(e.to_string()))?;
        language.check().map_err(error)?;
        Ok(language)
    }

    fn check(&self) -> Result<(), String> {
        let id = self.id.as_str();
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() || !id.chars().all(is_plain) {
            return Err(format!("the id `{id}` is not made of a-z, 0-9 and - alone"));
        }
        if self.extensions.is_empty() {
            return Err("`extensions` is empty".to_owned());
        }
        let commands = [
            &self.probe.command,
            &self.compile.command,
            &self.run.command,
        ];
        if commands.iter().any(|command| command.is_empty()) {
            return Err("a command is empty".to_owned());
        }
        let runs_output = self.run.command[0] == "{output}";
        if runs_output != self.compile.output.is_some() {
            return Err("`{output}` is run exactly when compile.output is set".to_owned());
        }
        Ok(())
    }

    /// Returns all names of the language: id, aliases and codes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let aliases = self.aliases.iter().chain(&self.package.codes);
        std::iter::once(self.id.as_str()).chain(aliases.map(String::as_str))
    }

    /// True if `name` is one of the language's names, in whatever case.
    pub fn is_named(&self, name: &str) -> bool {
        self.names().any(|own| own.eq_ignore_ascii_case(name))
    }

    /// True if a program is compiled to a file that is run, and not run from its source.
    pub fn is_compiled(&self) -> bool {
        self.compile.output.is_some()
    }

    /// Describes the optional parts that this machine lacks, and how to install them.
    pub fn missing_parts(&self) -> Option<String> {
        let missing = self.extras.iter();
        let missing: Vec<String> = missing
            .map(|(name, extra)| format!("without {name}: {}", extra.install))
            .collect();
        (!missing.is_empty()).then(|| missing.join("; "))
    }

    /// True if one of several sources is the program; otherwise all of them are.
    pub fn has_entry_file(&self) -> bool {
        let mut arguments = self.compile.command.iter().chain(&self.run.command);
        arguments.any(|argument| argument == "{main}")
    }

    /// Returns the beginning that an option shares with the language's dialects, such as `-std=`.
    pub fn dialect_prefix(&self, option: &str) -> Option<&str> {
        let dialects = self.compile.dialects.iter();
        let mut prefixes = dialects.filter_map(|dialect| dialect.split_inclusive('=').next());
        prefixes.find(|prefix| option.starts_with(prefix))
    }

    /// True if programs may be compiled with this option.
    pub fn allows_option(&self, option: &str) -> bool {
        let mut allowed = self.compile.options.iter();
        allowed.any(|allowed| allowed.allows(option))
    }

    /// True if a file of this name is written in this language.
    pub fn has_extension(&self, file_name: &str) -> bool {
        has_extension(file_name, &self.extensions)
    }

    /// Returns the hints for a compiler's message, a line each; empty if there are none.
    pub fn hints_for(&self, message: &str) -> String {
        let hints = self.hints.iter().filter(|hint| hint.applies_to(message));
        hints
            .map(|hint| format!("hint: {}\n", hint.advice))
            .collect()
    }

    /// Describes the language to clients.
    pub fn info(
        &self,
        status: LanguageStatus,
        version: String,
        detail: Option<String>,
    ) -> LanguageInfo {
        let mode = self.editor.mode.as_deref().unwrap_or(self.id.as_str());
        LanguageInfo {
            id: self.id.clone(),
            name: self.name.clone(),
            version,
            status,
            extensions: self.extensions.clone(),
            aliases: self.names().skip(1).map(str::to_owned).collect(),
            compiled: self.is_compiled(),
            compile_options: self.compile.options.clone(),
            editor: EditorInfo {
                mode: mode.to_owned(),
                template: self.editor.template.clone(),
                diagnostics: self.editor.diagnostics.clone(),
            },
            peers: PeerNames::from(&self.adapters),
            detail,
        }
    }
}

/// True if the file name ends in one of the extensions. Those of one letter are case-sensitive.
pub(crate) fn has_extension(file_name: &str, extensions: &[String]) -> bool {
    let Some((_, extension)) = file_name.rsplit_once('.') else {
        return false;
    };
    let is_same = |own: &String| match own.len() {
        1 => own == extension,
        _ => own.eq_ignore_ascii_case(extension),
    };
    extensions.iter().any(is_same)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const PYTHON: &str = include_str!("../../../languages/python.toml");

    fn python() -> Language {
        Language::parse("languages/python.toml", PYTHON).unwrap()
    }

    #[rstest]
    #[case::empty_command(
        "command = [\"/usr/bin/python3\", \"{main}\"]",
        "command = []",
        "empty"
    )]
    #[case::output("\"/usr/bin/python3\", \"{main}\"", "\"{output}\"", "{output}")]
    #[case::unknown_key("name =", "nmae =", "nmae")]
    #[case::id("id = \"python\"", "id = \"../x\"", "`../x`")]
    #[case::extensions("extensions = [\"py\", \"py3\"]", "extensions = []", "`extensions`")]
    fn mistakes_are_named(#[case] right: &str, #[case] wrong: &str, #[case] expected: &str) {
        assert!(PYTHON.contains(right));
        let text = PYTHON.replace(right, wrong);
        let error = Language::parse("languages/python.toml", &text).unwrap_err();
        let error = error.to_string();
        let is_named = error.contains("languages/python.toml") && error.contains(expected);
        assert!(is_named, "{error}");
    }

    #[test]
    fn clients_see_every_name() {
        let info = python().info(LanguageStatus::Available, "3.11".to_owned(), None);
        assert!(info.aliases.contains(&"py".to_owned()));
        assert!(info.aliases.contains(&"python3".to_owned()));
        assert!(!info.compiled);
        assert_eq!(info.editor.mode, "python");
        assert!(info.editor.template.starts_with("import sys\n"));
    }

    #[test]
    fn python_2_gets_a_hint() {
        let python = python();
        let message = "SyntaxError: Missing parentheses in call to 'print'";
        assert!(python.hints_for(message).contains("Python 2"));
        assert_eq!(python.hints_for("SyntaxError: invalid syntax"), "");
    }
}
