use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use letscode_model::LanguageId;
use serde::Deserialize;

use crate::toolchain::{CompileStep, OptionalPart, RunStep, ToolPath, ToolchainProbe};

static LANGUAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../languages");

/// A language as its TOML file describes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    pub id: LanguageId,
    /// For people: `C++`.
    pub name: String,
    /// Of its files, without the dot.
    pub extensions: Vec<String>,
    /// Name of a submission's source inside the cell.
    pub source: String,
    /// How to get the toolchain, for people whose machine lacks it.
    pub install: String,
    /// Parts of the toolchain on the host, by name; used as `{name}` in `root`.
    pub locate: BTreeMap<String, ToolPath>,
    pub probe: ToolchainProbe,
    pub compile: CompileStep,
    pub run: RunStep,
    /// Libraries beside the language itself, by name.
    #[serde(default)]
    pub extras: BTreeMap<String, OptionalPart>,
}

/// A file of `languages/` that can't be used.
#[derive(Debug, thiserror::Error)]
#[error("languages/{file}: {reason}")]
pub struct LanguageError {
    pub file: String,
    pub reason: String,
}

impl Language {
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
        let mut words = self.compile.command.iter().chain(&self.run.command);
        words.any(|word| word == "{main}")
    }

    /// True if a file of this name is written in this language.
    pub fn has_extension(&self, file_name: &str) -> bool {
        let extension = file_name.rsplit_once('.').map(|(_, extension)| extension);
        extension.is_some_and(|extension| self.extensions.iter().any(|own| own == extension))
    }
}

/// Returns the languages that are built into the binary, by id.
pub fn builtin_languages() -> Result<Vec<Language>, LanguageError> {
    let mut languages = Vec::new();
    for file in LANGUAGES.files() {
        let name = file.path().to_string_lossy();
        if let (true, Some(text)) = (name.ends_with(".toml"), file.contents_utf8()) {
            languages.push(Language::parse(&name, text)?);
        }
    }
    languages.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(languages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_languages_are_the_contract() {
        let languages = builtin_languages().unwrap();
        let ids: Vec<&str> = languages.iter().map(|l| l.id.as_str()).collect();
        assert_eq!(ids, ["cpp", "javascript", "python", "rust"]);
    }

    #[test]
    fn extension_tells_the_language() {
        let languages = builtin_languages().unwrap();
        let of = |name: &str| {
            let language = languages.iter().find(|l| l.has_extension(name));
            language.map(|l| l.id.as_str())
        };
        for (name, expected) in [
            ("a.py", Some("python")),
            ("x/y.z.js", Some("javascript")),
            ("a.cpp", Some("cpp")),
            ("a.cc", Some("cpp")),
            ("a.rs", Some("rust")),
            ("a.java", None),
            ("py", None),
            ("", None),
        ] {
            assert_eq!(of(name), expected, "{name}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let python = LANGUAGES.get_file("python.toml").unwrap();
        let text = python.contents_utf8().unwrap();
        let run = "[run]\ncommand = [\"/usr/bin/python3\", \"{main}\"]";
        for (text, expected) in [
            (text.replace(run, "[run]\ncommand = []"), "empty"),
            (
                text.replace("\"/usr/bin/python3\", \"{main}\"", "\"{output}\""),
                "{output}",
            ),
            (text.replace("name =", "nmae ="), "nmae"),
        ] {
            let error = Language::parse("python.toml", &text).unwrap_err();
            let error = error.to_string();
            assert!(
                error.contains("languages/python.toml") && error.contains(expected),
                "{error}"
            );
        }
    }
}
