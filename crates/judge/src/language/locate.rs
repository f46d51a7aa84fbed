//! Finds a toolchain on the host, and says which parts of it make up a cell's root.
//!
//! Runs once at start, with the service's own environment, before anything a stranger wrote.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use letscode_languages::ToolPath;
use letscode_sandbox::{CellProfile, RootPart, system_libraries};

use super::adapt::check_policies;
use super::{Language, Stage, zygote};

/// Why a toolchain can't be used here, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {install}")]
pub struct LocateError {
    pub what: String,
    pub install: String,
}

/// Where cells see the folder of precompiled headers.
pub(crate) const HEADERS: &str = "/opt/headers";

/// Finds a language's toolchain and says what its cells look like, for the jail helper. `headers` is
/// where the service puts precompiled headers, if it does.
pub fn locate(
    language: &Language,
    headers: Option<&Path>,
) -> Result<Vec<CellProfile>, LocateError> {
    check_policies(language).map_err(|what| LocateError {
        what,
        install: "correct its TOML file".to_owned(),
    })?;
    profiles(language, headers).map_err(|what| LocateError {
        what,
        install: language.install.clone(),
    })
}

fn profiles(language: &Language, headers: Option<&Path>) -> Result<Vec<CellProfile>, String> {
    let mut found = BTreeMap::new();
    for (name, locate) in &language.locate {
        found.insert(name.as_str(), find(locate)?);
    }
    let stages = [
        (
            Stage::Compile,
            &language.compile.policy,
            &language.compile.root,
        ),
        (Stage::Run, &language.run.policy, &language.run.root),
        // As a submission's: a validator is a program that computes. Its own kind of cell
        // nevertheless, for it sees what no submission may see.
        (Stage::Validate, &language.run.policy, &language.run.root),
    ];
    stages
        .into_iter()
        .map(|(stage, policy, root)| {
            let mut root = root_parts(root, &found)?;
            if stage == Stage::Compile {
                root.extend(faster_parts(language, headers));
            }
            let (interpreter, parts) = zygote::warm(language, stage);
            root.extend(parts);
            Ok(CellProfile {
                name: stage.profile(&language.id),
                policy: policy.clone(),
                root,
                interpreter,
            })
        })
        .collect()
}

/// What compiling is faster with.
fn faster_parts(language: &Language, headers: Option<&Path>) -> Vec<RootPart> {
    let linker = language.compile.linker.iter().map(|linker| RootPart::Bind {
        source: linker.path.clone(),
        target: linker.target.clone(),
    });
    let precompiled = language.compile.precompiled.as_ref().and(headers);
    let headers = precompiled.map(|folder| RootPart::Filled {
        source: folder.to_owned(),
        target: HEADERS.into(),
    });
    linker.chain(headers).collect()
}

/// Finds a part of a toolchain on the host.
pub(super) fn find(tool: &ToolPath) -> Result<PathBuf, String> {
    match tool {
        ToolPath::Path { path } => first_existing(path),
        ToolPath::Command { command } => on_path(command),
        ToolPath::OutputOf { output_of } => output_of_command(output_of),
    }
}

fn first_existing(paths: &[PathBuf]) -> Result<PathBuf, String> {
    let found = paths.iter().find(|path| path.exists());
    let names = || paths.iter().map(|path| path.display().to_string());
    found
        .cloned()
        .ok_or_else(|| format!("there is no {}", names().collect::<Vec<_>>().join(" or ")))
}

fn on_path(command: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(command))
        .find(|candidate| candidate.is_file())
        .and_then(|candidate| candidate.canonicalize().ok())
        .ok_or_else(|| format!("`{command}` is not on the PATH"))
}

fn output_of_command(command: &[String]) -> Result<PathBuf, String> {
    let [program, args @ ..] = command else {
        return Err("an empty command can't be asked".to_owned());
    };
    let shown = command.join(" ");
    let output = Command::new(program)
        .args(args)
        // rustup takes its toolchain from the folder it is called in: ask in a neutral one.
        .current_dir("/")
        .output()
        .map_err(|error| format!("`{shown}`: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next().unwrap_or_default().trim();
    match output.status.success() && Path::new(line).is_absolute() {
        true => Ok(PathBuf::from(line)),
        false => Err(format!("`{shown}` did not answer with a path")),
    }
}

/// Entries are `{system_libraries}`, `PATH`, or `SOURCE -> TARGET`, with `{name}` for what was
/// located.
fn root_parts(
    entries: &[String],
    found: &BTreeMap<&str, PathBuf>,
) -> Result<Vec<RootPart>, String> {
    let mut parts = Vec::new();
    for entry in entries {
        if entry == "{system_libraries}" {
            parts.extend(system_libraries()?);
            continue;
        }
        let mut entry = entry.clone();
        for (name, path) in found {
            entry = entry.replace(&format!("{{{name}}}"), &path.to_string_lossy());
        }
        let (source, target) = entry.split_once(" -> ").unwrap_or((&entry, &entry));
        let (source, target) = (PathBuf::from(source), PathBuf::from(target));
        if !source.is_absolute() || !target.is_absolute() {
            return Err(format!("root entry `{entry}` is not an absolute path"));
        }
        if !source.exists() {
            return Err(format!("there is no {}", source.display()));
        }
        parts.push(RootPart::Bind { source, target });
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_become_parts() {
        let found = BTreeMap::from([("tool", PathBuf::from("/usr/bin/env"))]);
        let entries = ["/dev/null".to_owned(), "{tool} -> /opt/tool".to_owned()];
        let parts = root_parts(&entries, &found).unwrap();
        let bind = |source: &str, target: &str| RootPart::Bind {
            source: source.into(),
            target: target.into(),
        };
        assert_eq!(
            parts,
            [
                bind("/dev/null", "/dev/null"),
                bind("/usr/bin/env", "/opt/tool")
            ]
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let none = BTreeMap::new();
        for (entry, expected) in [
            ("/no/such", "there is no /no/such"),
            ("bin", "not an absolute path"),
            ("{x}", "not an absolute"),
        ] {
            let error = root_parts(&[entry.to_owned()], &none).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        assert!(
            on_path("no-such-command-anywhere")
                .unwrap_err()
                .contains("not on the PATH")
        );
    }
}
