//! Languages: one TOML file each in `languages/`, which is what a newcomer edits to add one.

mod identity;
mod locate;
mod zygote;

use std::collections::BTreeMap;
use std::time::Duration;

use include_dir::{Dir, include_dir};
use letscode_model::LanguageId;
use letscode_sandbox::Limits;
use serde::Deserialize;

pub(crate) use identity::Toolchain;
pub(crate) use locate::HEADERS;
pub use locate::{LocateError, locate};
pub use zygote::Warm;

static LANGUAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../languages");

/// A language as its TOML file describes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    pub id: LanguageId,
    /// For people: `C++`.
    pub name: String,
    /// File endings, without the dot.
    pub extensions: Vec<String>,
    /// What a submission's source is called inside the cell.
    pub source: String,
    /// How to get the toolchain, for people whose machine lacks it.
    pub install: String,
    /// What has to be found on the host, by name; used as `{name}` in `root`.
    pub locate: BTreeMap<String, Locate>,
    pub probe: Probe,
    pub compile: Compile,
    pub run: Run,
    /// What programs may use beside the language itself, by name.
    #[serde(default)]
    pub extras: BTreeMap<String, Extra>,
}

/// Something that a program may use where it was installed, and that nothing else needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extra {
    pub locate: Locate,
    /// How to get it, for people whose machine lacks it.
    pub install: String,
    /// More parts of the root that the compiler runs in; `{name}` is what was located.
    pub root: Vec<String>,
    /// More of the compiler's options.
    pub options: Vec<String>,
}

/// Where a part of the toolchain is on the host.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, untagged)]
pub enum Locate {
    /// The first of these that exists.
    Path { path: Vec<std::path::PathBuf> },
    /// A command of the service's PATH, links resolved.
    Command { command: String },
    /// The first line that a command of the host prints.
    OutputOf { output_of: Vec<String> },
}

/// How the toolchain tells its version, asked inside a cell: what answers there also works there.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    pub stage: Stage,
    pub command: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    Compile,
    Run,
    /// A package's own checker or interactor.
    Validate,
}

impl Stage {
    /// The sandbox's name for this language's kind of cell.
    pub fn profile(self, language: &LanguageId) -> String {
        match self {
            Stage::Compile => format!("{language}-compile"),
            Stage::Run => format!("{language}-run"),
            Stage::Validate => format!("{language}-validate"),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compile {
    /// `{sources}` stands for all source files, `{main}` for the one that the program starts in;
    /// `{linker}` and `{precompiled}` for the options of what makes compiling faster, where it is
    /// there.
    pub command: Vec<String>,
    /// Options that replace the first one with the same beginning (up to `=`) when the compiler
    /// refuses a program, one after the other.
    #[serde(default)]
    pub dialects: Vec<String>,
    /// The file that is run; absent where the source itself is.
    pub output: Option<String>,
    pub policy: String,
    pub root: Vec<String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    pub limits: CompileLimits,
    /// An interpreter that may have started before a program comes.
    pub warm: Option<Warm>,
    pub linker: Option<Linker>,
    pub precompiled: Option<Precompiled>,
}

/// A linker that is faster than the usual one, used where it is installed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linker {
    /// On the host.
    pub path: std::path::PathBuf,
    /// In a cell.
    pub target: std::path::PathBuf,
    /// What makes the compiler use it.
    pub options: Vec<String>,
    /// How to get it and what for.
    pub install: String,
}

/// A header that programs include and that takes long to compile.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Precompiled {
    /// As programs write it: `bits/stdc++.h`.
    pub header: String,
    /// Options in front of a source that is a header.
    pub as_header: Vec<String>,
    /// The option in front of a folder in which headers are looked for first.
    pub search: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompileLimits {
    pub cpu_time_s: u64,
    pub wall_time_s: u64,
    pub memory_mib: u64,
    #[serde(default = "default_processes")]
    pub processes: u32,
    #[serde(default = "default_cores")]
    pub cpu_cores: f64,
}

fn default_processes() -> u32 {
    Limits::default().processes
}

fn default_cores() -> f64 {
    1.0
}

/// Compilers read a lot of their own, which would be slow when it is not in the page cache yet:
/// rustc alone some 150 MB. A program has nothing like it to read.
const COMPILER_IO: u64 = 200 << 20;

/// A compiler never waits for anything but a disk, unless its source makes it read from a pipe.
const COMPILER_IDLES: Duration = Duration::from_secs(5);

impl CompileLimits {
    /// Compilers write a lot of small files and long messages; both stay bounded.
    pub fn to_limits(&self) -> Limits {
        Limits {
            cpu_time: Duration::from_secs(self.cpu_time_s),
            wall_time: Duration::from_secs(self.wall_time_s),
            idle_time: Some(COMPILER_IDLES),
            memory_bytes: self.memory_mib << 20,
            output_bytes: 1 << 20,
            processes: self.processes,
            cpu_cores: self.cpu_cores,
            io_bytes_per_second: COMPILER_IO,
            ..Limits::default()
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// `{output}` stands for what the compile step made, `{main}` for the source file to start in.
    pub command: Vec<String>,
    pub policy: String,
    pub root: Vec<String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// An interpreter that may have started before a program comes.
    pub warm: Option<Warm>,
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
        let language: Language = toml::from_str(text).map_err(|error| LanguageError {
            file: file.to_owned(),
            reason: error.to_string(),
        })?;
        match language.fault() {
            None => Ok(language),
            Some(reason) => Err(LanguageError {
                file: file.to_owned(),
                reason,
            }),
        }
    }

    fn fault(&self) -> Option<String> {
        let commands = [
            &self.probe.command,
            &self.compile.command,
            &self.run.command,
        ];
        if commands.iter().any(|command| command.is_empty()) {
            return Some("a command is empty".to_owned());
        }
        let policies: Vec<&str> = letscode_sandbox::policy_names().collect();
        let unknown = [&self.compile.policy, &self.run.policy]
            .into_iter()
            .find(|policy| !policies.contains(&policy.as_str()));
        if let Some(policy) = unknown {
            let known = policies.join(", ");
            return Some(format!("no policy `{policy}`; there are {known}"));
        }
        let runs_output = self.run.command[0] == "{output}";
        (runs_output != self.compile.output.is_some())
            .then(|| "`{output}` is run exactly when compile.output is set".to_owned())
    }

    /// Decides, once for this process, which linker is used. Where a faster one is not installed, it
    /// says how to get it.
    pub(crate) fn settle_linker(&mut self) -> Option<String> {
        let compile = &mut self.compile;
        let absent = compile.linker.take_if(|linker| !linker.path.is_file());
        let options = compile.linker.iter().flat_map(|linker| &linker.options);
        let options: Vec<String> = options.cloned().collect();
        put_in(&mut compile.command, "{linker}", &options);
        absent.map(|linker| linker.install)
    }

    /// Makes the extras that are on this machine parts of the language. The others stay in
    /// `extras`, to be told of.
    pub fn with_extras(mut self) -> Language {
        for (name, extra) in std::mem::take(&mut self.extras) {
            match extra.locate.find() {
                Ok(path) if path.exists() => {
                    self.locate.insert(name, Locate::Path { path: vec![path] });
                    self.compile.root.extend(extra.root);
                    self.compile.command.extend(extra.options);
                }
                _ => {
                    self.extras.insert(name, extra);
                }
            }
        }
        self
    }

    /// What programs can't use here, and how that is mended.
    pub fn lacks(&self) -> Option<String> {
        let told = self.extras.iter();
        let told: Vec<String> = told
            .map(|(name, extra)| format!("without {name}: {}", extra.install))
            .collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// Of several sources one is the program; where not, all of them are.
    pub fn starts_in_a_file(&self) -> bool {
        let mut words = self.compile.command.iter().chain(&self.run.command);
        words.any(|word| word == "{main}")
    }

    /// Whether a file of this name is written in this language.
    pub fn has_extension(&self, file_name: &str) -> bool {
        let ending = file_name.rsplit_once('.').map(|(_, ending)| ending);
        ending.is_some_and(|ending| self.extensions.iter().any(|known| known == ending))
    }
}

/// Puts words in the place of a placeholder, or nothing.
pub(crate) fn put_in(command: &mut Vec<String>, placeholder: &str, words: &[String]) {
    if let Some(place) = command.iter().position(|word| word == placeholder) {
        command.splice(place..=place, words.iter().cloned());
    }
}

/// The languages that are built into the binary, by id.
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
    use letscode_sandbox::RootPart;

    use super::*;

    #[test]
    fn the_built_in_languages_are_the_contract() {
        let ids: Vec<String> = builtin_languages()
            .unwrap()
            .into_iter()
            .map(|one| one.id.0)
            .collect();
        assert_eq!(ids, ["cpp", "javascript", "python", "rust"]);
    }

    #[test]
    fn a_language_is_told_by_the_ending() {
        let languages = builtin_languages().unwrap();
        let of = |name: &str| {
            languages
                .iter()
                .find(|one| one.has_extension(name))
                .map(|one| one.id.as_str())
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
    fn an_extra_is_used_where_it_is_and_told_of_where_not() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().join("here");
        std::fs::create_dir(&here).unwrap();
        let python = LANGUAGES.get_file("python.toml").unwrap();
        let text = python.contents_utf8().unwrap();
        let with = |path: &std::path::Path| {
            let path = path.display();
            let extra = format!(
                "\n[extras.more]\nlocate = {{ path = [\"{path}\"] }}\ninstall = \"get it\"\n\
                 root = [\"{{more}} -> /opt/more\"]\noptions = [\"-more\"]\n"
            );
            let language = Language::parse("python.toml", &(text.to_owned() + &extra));
            language.unwrap().with_extras()
        };
        let there = with(&here);
        assert_eq!(there.lacks(), None);
        assert_eq!(there.compile.command.last().unwrap(), "-more");
        let profiles = locate(&there, None).unwrap();
        let is_more = |part: &RootPart| {
            matches!(part, RootPart::Bind { source, target }
                if *source == here && target.as_os_str() == "/opt/more")
        };
        let compile = profiles.iter().find(|one| one.name == "python-compile");
        assert!(compile.unwrap().root.iter().any(is_more));
        let run = profiles.iter().find(|one| one.name == "python-run");
        assert!(!run.unwrap().root.iter().any(is_more));
        let lacking = with(&folder.path().join("no-such-thing"));
        assert_eq!(lacking.lacks().unwrap(), "without more: get it");
        assert_ne!(lacking.compile.command.last().unwrap(), "-more");
        assert!(locate(&lacking, None).is_ok());
    }

    #[test]
    fn mistakes_are_named() {
        let text = LANGUAGES
            .get_file("python.toml")
            .unwrap()
            .contents_utf8()
            .unwrap();
        let faults = [
            (
                text.replace("policy = \"python\"", "policy = \"pyhton\""),
                "no policy `pyhton`",
            ),
            (
                text.replace(
                    "[run]\ncommand = [\"/usr/bin/python3\", \"{main}\"]",
                    "[run]\ncommand = []",
                ),
                "empty",
            ),
            (
                text.replace("\"/usr/bin/python3\", \"{main}\"", "\"{output}\""),
                "{output}",
            ),
            (text.replace("name =", "nmae ="), "nmae"),
        ];
        for (text, expected) in faults {
            let error = Language::parse("python.toml", &text)
                .unwrap_err()
                .to_string();
            assert!(
                error.contains("languages/python.toml") && error.contains(expected),
                "{error}"
            );
        }
    }
}
