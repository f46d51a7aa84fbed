//! Headers that take long to compile, compiled before anybody includes them.
//!
//! They lie in a folder of the service's that compile cells see read-only:
//!
//! ```text
//!  headers/NAME/bits/stdc++.h        leads to the real one
//!              /bits/stdc++.h.gch    what the compiler takes instead, if it fits
//!              /digest
//! ```
//!
//! `NAME` says which toolchain made it, with which command. It is compiled in a cell, from nothing
//! that a stranger wrote, and used once a trial has shown that the compiler takes it. Where the
//! flags or macros of a program differ, the compiler passes over it by itself.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use blake3::{Hash, Hasher};
use letscode_model::LanguageId;
use letscode_sandbox::{
    Artifact, CollectFile, Limits, Outcome, ProgramSource, RunRequest, RunResult, StdStream,
};

use crate::Engine;
use crate::compile::compiler::{PRECOMPILED, conclusion};
use crate::compile::sources::CellFile;
use crate::engine::{EngineError, environment};
use crate::language::{HEADERS, Language, PrecompiledHeader, Stage, compile_limits, put_in};

/// Changes whenever what lies in the folder is made differently.
const FORMAT: &str = "letscode header 1";
/// The whole standard library has 120 MB.
const MAX_BYTES: u64 = 512 << 20;
const DIGEST: &str = "digest";
const SOURCE: &str = "header.h";

/// Where they lie, and which may be used, by language.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    folder: Option<Folder>,
    ready: RwLock<BTreeMap<LanguageId, Ready>>,
}

#[derive(Debug, Clone)]
struct Ready {
    toolchain: Hash,
    options: Vec<String>,
}

impl Engine {
    /// Makes the folder that the engine was started with, which may have another name by now. To be
    /// called before there is any cell: one that was made without it never sees it.
    pub fn keep_headers(&mut self, folder: &Path) -> Result<(), EngineError> {
        self.headers.folder = Some(Folder::open(folder).map_err(io_error)?);
        Ok(())
    }

    /// Makes what is missing in the folder of headers, and removes what other toolchains have made
    /// there. Takes some seconds, during which everything works without.
    ///
    /// Needs a folder for what is compiled, too. An error means that all goes on, but slower.
    pub fn precompile_headers(&self) -> Result<(), EngineError> {
        let Some(folder) = &self.headers.folder else {
            return Ok(());
        };
        let mut names = Vec::new();
        for language in self.available() {
            if let Some(header) = &language.compile.precompiled
                && let Some(toolchain) = self.toolchain_identity(language)
            {
                let name = name(language, header, toolchain);
                self.precompile(folder, &name, language, header)?;
                let options = options(header, &name);
                self.try_header(language, header, &options)?;
                self.headers.allow(language, Ready { toolchain, options });
                names.push(name);
            }
        }
        folder.keep_only(&names).map_err(io_error)
    }

    /// What makes the compiler use a precompiled header: nothing until there is one, and nothing
    /// from the moment when the toolchain is another.
    pub(crate) fn precompiled_options(&self, language: &Language) -> Vec<String> {
        match self.headers.of(language) {
            Some(ready) if self.toolchain_identity(language) == Some(ready.toolchain) => {
                ready.options
            }
            _ => Vec::new(),
        }
    }

    fn precompile(
        &self,
        folder: &Folder,
        name: &str,
        language: &Language,
        header: &PrecompiledHeader,
    ) -> Result<(), EngineError> {
        if folder.is_intact(name, header) {
            return Ok(());
        }
        let mut command = language.compile.command.clone();
        put_in(&mut command, PRECOMPILED, &[]);
        let mut source = header.as_header.clone();
        source.push(SOURCE.to_owned());
        put_in(&mut command, "{sources}", &source);
        let text = format!("#include <{}>\n", header.header);
        let finished = self.compile_header(language, command, &text)?;
        if finished.outcome != (Outcome::Exited { code: 0 }) {
            return Err(fault(
                header,
                conclusion(finished, &compile_limits(&language.compile.limits)),
            ));
        }
        let compiled = finished.collected.into_iter().next().flatten();
        let compiled =
            compiled.ok_or_else(|| fault(header, "the compiler made none".to_owned()))?;
        folder.put(name, header, &compiled).map_err(io_error)
    }

    /// Has a program include it, and the compiler say what it read.
    fn try_header(
        &self,
        language: &Language,
        header: &PrecompiledHeader,
        options: &[String],
    ) -> Result<(), EngineError> {
        let mut command = language.compile.command.clone();
        put_in(&mut command, PRECOMPILED, options);
        put_in(
            &mut command,
            "{sources}",
            &["-H".to_owned(), language.source.clone()],
        );
        let text = format!("#include <{}>\nint main() {{}}\n", header.header);
        let finished = self.compile_header(language, command, &text)?;
        let was_read = format!("! {}/{}.gch", options[1], header.header);
        let outcome = finished.outcome;
        match outcome == (Outcome::Exited { code: 0 })
            && conclusion(finished, &compile_limits(&language.compile.limits)).contains(&was_read)
        {
            true => Ok(()),
            false => Err(fault(
                header,
                format!("the compiler does not take it ({outcome:?})"),
            )),
        }
    }

    fn compile_header(
        &self,
        language: &Language,
        argv: Vec<String>,
        text: &str,
    ) -> Result<RunResult, EngineError> {
        let name = argv.last().cloned().unwrap_or_default();
        let file = CellFile::new(name, text.as_bytes())?;
        let output = language.compile.output.iter();
        let collect = output.map(|name| CollectFile {
            name,
            max_bytes: MAX_BYTES,
        });
        Ok(self.jail.run(RunRequest {
            profile: &Stage::Compile.profile(&language.id),
            limits: Limits {
                workspace_bytes: MAX_BYTES,
                file_bytes: MAX_BYTES,
                ..compile_limits(&language.compile.limits)
            },
            program: ProgramSource::Path(&language.compile.command[0]),
            argv,
            env: environment(language, Stage::Compile),
            stdin: StdStream::Null,
            stdout: StdStream::Captured,
            stderr: StdStream::Captured,
            files: vec![file.as_input()],
            collect: collect.collect(),
        })?)
    }
}

fn name(language: &Language, header: &PrecompiledHeader, toolchain: Hash) -> String {
    let mut hasher = Hasher::new();
    let words = language.compile.command.iter().chain(&header.as_header);
    for word in words.chain([&header.header]) {
        hasher.update(&(word.len() as u64).to_le_bytes());
        hasher.update(word.as_bytes());
    }
    hasher.update(toolchain.as_bytes());
    hasher.update(FORMAT.as_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

fn options(header: &PrecompiledHeader, name: &str) -> Vec<String> {
    vec![header.search.clone(), format!("{HEADERS}/{name}")]
}

fn fault(header: &PrecompiledHeader, reason: String) -> EngineError {
    EngineError::Unsupported(format!("{} is not precompiled: {reason}", header.header))
}

fn io_error(source: io::Error) -> EngineError {
    EngineError::Io {
        doing: "keeping a precompiled header",
        source,
    }
}

impl Headers {
    fn of(&self, language: &Language) -> Option<Ready> {
        let ready = self.ready.read().unwrap_or_else(PoisonError::into_inner);
        ready.get(&language.id).cloned()
    }

    fn allow(&self, language: &Language, ready: Ready) {
        let mut all = self.ready.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(language.id.clone(), ready);
    }
}

/// Everybody may read what lies in it, so that cells' users can; only its owner may write.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn open(folder: &Path) -> io::Result<Folder> {
        fs::create_dir_all(folder)?;
        fs::set_permissions(folder, Permissions::from_mode(0o755))?;
        Ok(Folder(folder.to_owned()))
    }

    /// Whether it is there and what was written. Reading it also brings it into the page cache.
    fn is_intact(&self, name: &str, header: &PrecompiledHeader) -> bool {
        let folder = self.0.join(name);
        let (source, compiled) = (folder.join(&header.header), compiled_in(&folder, header));
        let read = || {
            let mut digest = Digest::default();
            digest.add(File::open(source)?, io::sink())?;
            digest.add(File::open(compiled)?, io::sink())?;
            io::Result::Ok(fs::read_to_string(folder.join(DIGEST))? == digest.text())
        };
        read().unwrap_or(false)
    }

    /// Puts it there at once and complete.
    fn put(&self, name: &str, header: &PrecompiledHeader, compiled: &Artifact) -> io::Result<()> {
        let unfinished = tempfile::Builder::new()
            .prefix("unfinished-")
            .tempdir_in(&self.0)?;
        let folder = unfinished.path();
        let source = folder.join(&header.header);
        fs::create_dir_all(source.parent().unwrap_or(folder))?;
        let mut digest = Digest::default();
        // Whoever includes it twice, or with other flags, gets to the real one.
        let text = format!("#include_next <{}>\n", header.header);
        digest.add(text.as_bytes(), File::create(&source)?)?;
        digest.add(compiled.open()?, File::create(compiled_in(folder, header))?)?;
        fs::write(folder.join(DIGEST), digest.text())?;
        show_to_all(folder)?;

        let place = self.0.join(name);
        if place.exists() {
            fs::remove_dir_all(&place)?;
        }
        fs::rename(unfinished.keep(), place)
    }

    fn keep_only(&self, names: &[String]) -> io::Result<()> {
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            if !names.iter().any(|name| entry.file_name() == name.as_str()) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }
}

fn compiled_in(folder: &Path, header: &PrecompiledHeader) -> PathBuf {
    folder.join(format!("{}.gch", header.header))
}

fn show_to_all(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => show_to_all(&entry.path())?,
            false => fs::set_permissions(entry.path(), Permissions::from_mode(0o444))?,
        }
    }
    Ok(())
}

/// Of several files, one after the other.
#[derive(Default)]
struct Digest(Hasher);

impl Digest {
    fn add(&mut self, mut from: impl Read, mut to: impl Write) -> io::Result<()> {
        let mut piece = vec![0; 256 << 10];
        let mut length: u64 = 0;
        loop {
            let count = from.read(&mut piece)?;
            if count == 0 {
                self.0.update(&length.to_le_bytes());
                return to.flush();
            }
            self.0.update(&piece[..count]);
            to.write_all(&piece[..count])?;
            length += count as u64;
        }
    }

    fn text(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use letscode_sandbox::sealed_copy;

    use super::*;

    #[test]
    fn what_is_damaged_is_noticed_and_what_others_made_is_removed() {
        let host = tempfile::tempdir().unwrap();
        let folder = Folder::open(&host.path().join("headers")).unwrap();
        let header = PrecompiledHeader {
            header: "bits/all.h".to_owned(),
            as_header: Vec::new(),
            search: "-isystem".to_owned(),
        };
        let compiled = Artifact::from(sealed_copy("header", &b"compiled"[..]).unwrap());
        for (path, damage) in [
            ("bits/all.h.gch", "compilex"),
            ("bits/all.h.gch", "compiled and more"),
            ("bits/all.h", "#include <other.h>\n"),
            ("digest", ""),
        ] {
            assert!(!folder.is_intact("ours", &header), "{path}");
            folder.put("ours", &header, &compiled).unwrap();
            assert!(folder.is_intact("ours", &header), "{path}");
            let path = folder.0.join("ours").join(path);
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(
                mode & 0o777,
                0o444,
                "everybody may read it, and nobody write"
            );
            fs::remove_file(&path).unwrap();
            fs::write(&path, damage).unwrap();
        }
        folder.put("ours", &header, &compiled).unwrap();
        fs::create_dir(folder.0.join("of-another-toolchain")).unwrap();
        folder.keep_only(&["ours".to_owned()]).unwrap();
        let left: Vec<_> = fs::read_dir(&folder.0).unwrap().collect();
        assert_eq!(left.len(), 1);
        assert!(folder.is_intact("ours", &header));
    }
}
