//! Locates toolchains on the host, and turns their parts into the roots of cells.
//!
//! Runs once at start, before any program that a stranger wrote.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use letscode_languages::{Language, Stage};

use super::adapt::check_policies;
use super::find::find_tool;
use super::interpreters::{cold_start, warm_interpreter};
use crate::execute::jail::{CellProfile, RootPart, system_libraries};

/// A toolchain that can't be used here, with the reason and how to install it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {install}")]
pub struct LocateError {
    pub what: String,
    pub install: String,
}

/// Folder of the precompiled headers, in a cell.
pub(crate) const HEADERS: &str = "/opt/headers";

/// Locates a language's toolchain and returns the profiles of its cells. `headers` is the service's
/// folder of precompiled headers, if it has one.
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
    let mut located = BTreeMap::new();
    for (name, tool) in &language.locate {
        located.insert(name.as_str(), find_tool(tool)?);
    }
    let stages = [
        (
            Stage::Compile,
            &language.compile.policy,
            &language.compile.root,
        ),
        (Stage::Run, &language.run.policy, &language.run.root),
        // The same as a submission's, for a validator is a program that computes; but a profile of
        // its own, for its cells see what no submission may see.
        (Stage::Validate, &language.run.policy, &language.run.root),
    ];
    stages
        .into_iter()
        .map(|(stage, policy, root)| {
            let mut root = root_parts(root, &located)?;
            if stage == Stage::Compile {
                root.extend(faster_parts(language, headers));
            }
            let (interpreter, parts) = warm_interpreter(language, stage);
            let cold_start = cold_start(language, stage);
            root.extend(parts);
            Ok(CellProfile {
                name: stage.profile(&language.id),
                policy: policy.clone(),
                root,
                interpreter,
                cold_start,
            })
        })
        .collect()
}

/// Returns the parts that make compiling faster: a linker and precompiled headers.
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

/// Parses entries: `{system_libraries}`, `PATH`, or `SOURCE -> TARGET`, with `{name}` for a part that
/// was located.
fn root_parts(
    entries: &[String],
    located: &BTreeMap<&str, PathBuf>,
) -> Result<Vec<RootPart>, String> {
    let mut parts = Vec::new();
    for entry in entries {
        if entry == "{system_libraries}" {
            parts.extend(system_libraries()?);
            continue;
        }
        let mut entry = entry.clone();
        for (name, path) in located {
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
        let located = BTreeMap::from([("tool", PathBuf::from("/usr/bin/env"))]);
        let entries = ["/dev/null".to_owned(), "{tool} -> /opt/tool".to_owned()];
        let parts = root_parts(&entries, &located).unwrap();
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
    fn missing_parts_are_named() {
        let none = BTreeMap::new();
        for (entry, expected) in [
            ("/no/such", "there is no /no/such"),
            ("bin", "not an absolute path"),
            ("{x}", "not an absolute"),
        ] {
            let error = root_parts(&[entry.to_owned()], &none).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
