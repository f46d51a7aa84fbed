//! Input of the commands: sources, languages, packages.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use letscode_import::{OpenOptions, OpenedPackage};
use letscode_judge::{CacheFolders, Engine, EngineConfig, HelperCommand, Sources};
use letscode_languages::{Language, LanguageRegistry};
use letscode_model::{LanguageId, LimitCaps, MAX_SOURCE_BYTES, WatchMode};
use letscode_package::{Package, Validation, read_program};
use letscode_sandbox::Isolation;

use crate::error::CliError;
use crate::languages::language_of;

/// Reads a source file, under the same rules as the API's. In any encoding: whether it is one of the
/// language's is the compiler's to say.
pub fn read_source(path: &Path) -> Result<Vec<u8>, CliError> {
    let at = |error: &dyn std::fmt::Display| CliError::new(format!("{}: {error}", path.display()));
    let file = std::fs::File::open(path).map_err(|error| at(&error))?;
    let mut source = Vec::new();
    let limit = MAX_SOURCE_BYTES as u64 + 1;
    file.take(limit)
        .read_to_end(&mut source)
        .map_err(|error| at(&error))?;
    check_source(&source).map_err(|reason| at(&reason))?;
    Ok(source)
}

fn check_source(source: &[u8]) -> Result<(), String> {
    if source.is_empty() {
        return Err("the source is empty".to_owned());
    }
    if source.len() > MAX_SOURCE_BYTES {
        return Err(format!(
            "the source is larger than {MAX_SOURCE_BYTES} bytes"
        ));
    }
    match source.iter().position(|byte| *byte == 0) {
        None => Ok(()),
        Some(offset) => {
            let lines_before = source[..offset].iter().filter(|byte| **byte == b'\n');
            let line = lines_before.count() + 1;
            Err(format!("line {line}: the source contains a NUL byte"))
        }
    }
}

/// Reads a program to judge: a source file, or a folder of them.
pub fn read_sources<'r>(
    path: &Path,
    named: Option<&str>,
    languages: &'r LanguageRegistry,
) -> Result<(Sources, &'r Language), CliError> {
    if !path.is_dir() {
        let language = language_of(path, named, languages)?;
        return Ok((Sources::single(read_source(path)?), language));
    }
    let (files, detected) = read_program(path, languages)?;
    let id = match (named, &detected) {
        (Some(name), _) => name,
        (None, Some(id)) => id.as_str(),
        (None, None) => {
            let message = format!("{}: its files belong to no one language", path.display());
            return Err(CliError::new(message).with_help("give --language"));
        }
    };
    let language = language_of(path, Some(id), languages)?;
    Ok((Sources::read(&files)?, language))
}

/// Starts an engine for some languages only, so that no other toolchain is looked for.
pub fn engine(
    languages: LanguageRegistry,
    isolation: Isolation,
    caps: LimitCaps,
) -> Result<Engine, CliError> {
    watching_engine(languages, isolation, caps, WatchMode::Off)
}

/// The same, with supervision of the programs.
fn watching_engine(
    languages: LanguageRegistry,
    isolation: Isolation,
    caps: LimitCaps,
    watch: WatchMode,
) -> Result<Engine, CliError> {
    Ok(Engine::start(EngineConfig {
        helper: helper_command(),
        languages,
        isolation,
        caps,
        headers: None,
        watch,
    })?)
}

/// Cache of compiled programs.
#[derive(Args, Clone, Default)]
pub struct CacheArgs {
    /// Keep compiled programs in DIR, at most 1 GiB, and take from there what was compiled before;
    /// by default nothing is kept
    #[arg(long, value_name = "DIR", env = "LETSCODE_CACHE")]
    cache: Option<PathBuf>,
}

impl CacheArgs {
    pub fn open(&self, engine: &mut Engine) -> Result<(), CliError> {
        let Some(folder) = &self.cache else {
            return Ok(());
        };
        let opened = engine.open_folders(&CacheFolders {
            compiled: folder.clone(),
            max_bytes: CACHE_MIB << 20,
            headers: None,
        });
        opened.map_err(|error| CliError::new(error).about(folder.display()))
    }
}

/// Default size of the cache of compiled programs, in MiB.
pub const CACHE_MIB: u64 = 1024;

/// Starts an engine for one language, which must be available on this machine.
pub fn engine_for(
    language: &Language,
    isolation: Isolation,
    caps: LimitCaps,
    watch: WatchMode,
) -> Result<(Engine, LanguageId), CliError> {
    let id = language.id.clone();
    let languages = LanguageRegistry::new(vec![language.clone()])?;
    let engine = watching_engine(languages, isolation, caps, watch)?;
    engine.toolchains().language(&id)?;
    Ok((engine, id))
}

/// Starts an engine for one language and the languages of the package's own programs.
pub fn engine_for_package(
    language: &Language,
    mut languages: LanguageRegistry,
    package: &Package,
    calibrates: bool,
    isolation: Isolation,
    caps: LimitCaps,
) -> Result<(Engine, LanguageId), CliError> {
    let id = language.id.clone();
    let mut needed = vec![Some(&id)];
    if let Validation::Custom(custom) = &package.validation {
        needed.extend(
            custom
                .validators
                .iter()
                .map(|validator| validator.language.as_ref()),
        );
    }
    if calibrates {
        needed.extend(
            package
                .submissions
                .iter()
                .map(|submission| submission.language.as_ref()),
        );
    }
    languages.retain(|language| needed.contains(&Some(&language.id)));
    let engine = engine(languages, isolation, caps)?;
    engine.toolchains().language(&id)?;
    Ok((engine, id))
}

/// Command that starts the jail helper from this binary, even if its file was replaced meanwhile.
pub fn helper_command() -> HelperCommand {
    HelperCommand {
        program: PathBuf::from("/proc/self/exe"),
        args: vec!["jail-helper".to_owned()],
    }
}

/// Opens a package folder or zip, converts it if it is another judge's, and prints its warnings to
/// standard error.
pub fn open_package(
    path: &Path,
    languages: &LanguageRegistry,
    caps: LimitCaps,
) -> Result<OpenedPackage, CliError> {
    let options = OpenOptions {
        caps,
        ..OpenOptions::default()
    };
    let opened = OpenedPackage::open(path, &options, languages)?;
    if let Some(format) = opened.converted_from {
        eprintln!("note: {}: converted from {format}'s format", path.display());
    }
    warn(opened.package.id.as_str(), &opened.warnings);
    Ok(opened)
}

/// Prints warnings about a problem to standard error.
pub fn warn(id: &str, warnings: &[String]) {
    for warning in warnings {
        eprintln!("warning: {id}: {warning}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_sources_name_the_line() {
        assert!(check_source(b"print(1)\n").is_ok());
        assert!(check_source(b"// Z\xfcrich\n").is_ok());
        for (source, expected) in [
            (&b""[..], "empty"),
            (b"a\nb\0c", "line 2: the source contains a NUL byte"),
            (&vec![b'x'; MAX_SOURCE_BYTES + 1], "larger than"),
        ] {
            let reason = check_source(source).unwrap_err();
            assert!(reason.contains(expected), "{reason}");
        }
    }
}
