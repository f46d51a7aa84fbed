//! The languages of a command: those that are built in, and those of an operator's folder.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;
use letscode_languages::{DetectedLanguage, Language, LanguageRegistry};

use crate::error::CliError;

const VARIABLE: &str = "LETSCODE_LANGUAGES";

/// More languages.
#[derive(Args, Clone, Default)]
pub struct LanguageArgs {
    /// Add the languages of DIR's *.toml files, or replace those with the same id
    #[arg(long, value_name = "DIR", env = VARIABLE)]
    languages: Option<PathBuf>,
}

impl LanguageArgs {
    pub fn read(&self) -> Result<LanguageRegistry, CliError> {
        read(self.languages.as_deref())
    }
}

fn read(folder: Option<&Path>) -> Result<LanguageRegistry, CliError> {
    let languages = LanguageRegistry::builtin()?;
    Ok(match folder {
        Some(folder) => languages.with_folder(folder)?,
        None => languages,
    })
}

/// Returns the named language, or the one of the file's extension.
pub fn language_of<'r>(
    path: &Path,
    named: Option<&str>,
    languages: &'r LanguageRegistry,
) -> Result<&'r Language, CliError> {
    let ids = languages.list_ids();
    if let Some(name) = named {
        return languages.by_name(name).ok_or_else(|| {
            CliError::new(format!("unknown language `{name}`"))
                .with_help(format!("known languages: {ids}"))
        });
    }
    let file_name = path.file_name().unwrap_or_default().to_string_lossy();
    let language = languages
        .of_file(&file_name)
        .and_then(DetectedLanguage::judged);
    language.ok_or_else(|| {
        let path = path.display();
        CliError::new(format!("{path}: its extension belongs to no language"))
            .with_help(format!("give --language with one of {ids}"))
    })
}

/// Help for `--language`: `c, cpp, javascript, python or rust`.
pub fn ids_help() -> String {
    let ids: Vec<String> = shown().iter().map(|l| l.id.to_string()).collect();
    format!(
        "{}; other names, such as py, are known too",
        join(&ids, "or")
    )
}

/// Help for a source file: `its extension selects the language (.c .cpp .js .py .rs)`.
pub fn source_help(what: &str) -> String {
    let extensions: Vec<String> = shown()
        .iter()
        .map(|l| format!(".{}", l.extensions[0]))
        .collect();
    let extensions = extensions.join(" ");
    format!("{what}; its extension selects the language ({extensions})")
}

/// Describes the whole program, for `--help`.
pub fn about() -> String {
    let names: Vec<String> = shown().iter().map(|l| l.name.clone()).collect();
    format!(
        "Runs programs that strangers wrote, safely, and judges them against test cases.\n\n\
         {}; every run in a cell of its own: namespaces, a private read-only root, control groups, \
         system call filters, no network.",
        join(&names, "and")
    )
}

fn join(names: &[String], last: &str) -> String {
    match names {
        [first @ .., end] if !first.is_empty() => format!("{} {last} {end}", first.join(", ")),
        _ => names.concat(),
    }
}

/// Returns the languages for help texts, which are made before the command line is parsed.
fn shown() -> Vec<Language> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let folder = folder_in(&arguments).or_else(|| std::env::var_os(VARIABLE));
    let languages = read(folder.as_deref().map(Path::new)).or_else(|_| read(None));
    languages.map_or_else(|_| Vec::new(), LanguageRegistry::into_languages)
}

fn folder_in(arguments: &[OsString]) -> Option<OsString> {
    const OPTION: &str = "--languages";
    let separate = arguments.iter().position(|argument| argument == OPTION);
    let separate = separate.and_then(|index| arguments.get(index + 1).cloned());
    separate.or_else(|| {
        let mut texts = arguments.iter().filter_map(|argument| argument.to_str());
        let value = texts.find_map(|text| text.strip_prefix(OPTION)?.strip_prefix('='));
        value.map(OsString::from)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_like_english() {
        let names = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(join(&names, "or"), "a, b or c");
        assert_eq!(join(&names[..1], "or"), "a");
        assert_eq!(join(&[], "or"), "");
    }

    #[test]
    fn folder_is_found_among_arguments() {
        let find = |text: &str| {
            let arguments: Vec<OsString> = text.split(' ').map(OsString::from).collect();
            folder_in(&arguments).map(|folder| folder.into_string().unwrap())
        };
        assert_eq!(find("run --languages x a.py").as_deref(), Some("x"));
        assert_eq!(find("run --languages=x a.py").as_deref(), Some("x"));
        assert_eq!(find("run --language py a.py"), None);
    }

    #[test]
    fn files_and_aliases_name_languages() {
        let languages = read(None).unwrap();
        let of = |path: &str, named: Option<&str>| {
            let language = language_of(Path::new(path), named, &languages);
            language.map(|language| language.id.to_string())
        };
        assert_eq!(of("A.CPP", None).unwrap_or_default(), "cpp");
        assert_eq!(of("x.txt", Some("c++")).unwrap_or_default(), "cpp");
        assert!(of("a.java", None).is_err());
        assert!(of("a.py", Some("java")).is_err());
    }
}
