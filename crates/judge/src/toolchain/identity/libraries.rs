//! Finds the system libraries that a toolchain reads.
//!
//! A folder such as `/usr/lib/x86_64-linux-gnu` has libraries of all packages of the host. A
//! toolchain reads two kinds of them: those that it links programs with (`.a`, `.o`, `.so`), and
//! those that its own programs load, which their ELF headers name. A library that is installed for
//! something else is neither.

use std::collections::{BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use object::elf::{DT_NEEDED, FileHeader64};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, ReadCache};

use super::scan::{FileStamp, PartScan, scan_some};
use super::watch::ChangeWatch;

/// Endings of the files that a linker takes.
const LINKED: [&str; 3] = [".a", ".o", ".so"];

/// Libraries that programs load, by program. Reading them again is not needed until a file changes.
#[derive(Debug, Default)]
pub(super) struct LoadedLibraries {
    by_program: HashMap<PathBuf, (FileStamp, Vec<OsString>)>,
}

impl LoadedLibraries {
    /// Returns the names of all libraries that these programs load, also by way of other libraries
    /// in `folders`.
    pub fn names(
        &mut self,
        programs: &[(PathBuf, FileStamp)],
        folders: &[PathBuf],
    ) -> BTreeSet<OsString> {
        let mut names = BTreeSet::new();
        let mut unread: Vec<(PathBuf, FileStamp)> = programs.to_vec();
        while let Some((path, stamp)) = unread.pop() {
            for name in self.of_program(&path, stamp) {
                if names.contains(&name) {
                    continue;
                }
                for folder in folders {
                    let path = folder.join(&name);
                    if let Ok(metadata) = fs::metadata(&path) {
                        unread.push((path, FileStamp::of(&metadata)));
                    }
                }
                names.insert(name);
            }
        }
        names
    }

    fn of_program(&mut self, path: &Path, stamp: FileStamp) -> Vec<OsString> {
        match self.by_program.get(path) {
            Some((known, names)) if *known == stamp => names.clone(),
            _ => {
                // A script, or something else that loads no library.
                let file = File::open(path).ok();
                let names = file.and_then(|file| loaded_names(file).ok());
                let names = names.unwrap_or_default();
                self.by_program
                    .insert(path.to_owned(), (stamp, names.clone()));
                names
            }
        }
    }
}

/// Returns the names of the libraries and of the loader that an ELF file's headers have.
fn loaded_names(file: File) -> object::Result<Vec<OsString>> {
    let data = ReadCache::new(file);
    let header = FileHeader64::<Endianness>::parse(&data)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, &data)?;
    let table = sections.dynamic_table(endian, &data)?;
    let mut names = Vec::new();
    for entry in table.iter().filter(|entry| entry.tag == DT_NEEDED) {
        names.push(base_name(table.string(entry)?));
    }
    for segment in header.program_headers(endian, &data)? {
        names.extend(segment.interpreter(endian, &data)?.map(base_name));
    }
    Ok(names)
}

fn base_name(path: &[u8]) -> OsString {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    OsString::from_vec(name.to_vec())
}

/// Scans what a toolchain reads of a folder of libraries.
pub(super) fn scan_libraries(
    folder: &Path,
    loaded: &BTreeSet<OsString>,
    watch: &ChangeWatch,
) -> io::Result<PartScan> {
    let is_linked = |name: &OsStr| {
        let mut endings = LINKED.iter();
        endings.any(|ending| name.as_bytes().ends_with(ending.as_bytes()))
    };
    scan_some(folder, watch, |name| {
        loaded.contains(name) || is_linked(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(path: &str) -> Vec<(PathBuf, FileStamp)> {
        let stamp = FileStamp::of(&fs::metadata(path).unwrap());
        vec![(path.into(), stamp)]
    }

    /// Compares with the output of `ldd` for this test's own binary.
    #[test]
    fn loaded_libraries_are_those_of_the_loader() {
        let program = std::env::current_exe().unwrap();
        let output = std::process::Command::new("ldd").arg(&program).output();
        let Ok(output) = output else {
            eprintln!("skipped: no ldd");
            return;
        };
        let text = String::from_utf8(output.stdout).unwrap();
        let expected: BTreeSet<OsString> = text
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .filter(|name| !name.contains("vdso"))
            .map(|name| base_name(name.as_bytes()))
            .collect();
        let folders: Vec<PathBuf> = crate::execute::jail::system_libraries()
            .unwrap()
            .into_iter()
            .filter_map(|part| match part {
                crate::execute::jail::RootPart::Bind { source, .. } => Some(source),
                _ => None,
            })
            .collect();
        let mut loaded = LoadedLibraries::default();
        let names = loaded.names(&programs(program.to_str().unwrap()), &folders);
        assert_eq!(names, expected);
        assert!(names.len() >= 2, "{names:?}");
    }

    #[test]
    fn scripts_load_nothing() {
        let host = tempfile::tempdir().unwrap();
        let script = host.path().join("cc");
        fs::write(&script, "#!/bin/sh\nexec gcc\n").unwrap();
        let mut loaded = LoadedLibraries::default();
        let names = loaded.names(&programs(script.to_str().unwrap()), &[]);
        assert!(names.is_empty(), "{names:?}");
    }

    #[test]
    fn only_what_is_linked_or_loaded_counts() {
        let host = tempfile::tempdir().unwrap();
        let watch = ChangeWatch::of_contents();
        let loaded = BTreeSet::from([OsString::from("libbfd.so.1")]);
        let scan = || scan_libraries(host.path(), &loaded, &watch).unwrap();
        let mut before = scan().hash;
        for (name, counts) in [
            ("libstdc++.a", true),
            ("crt1.o", true),
            ("libz.so", true),
            ("libbfd.so.1", true),
            ("libz.so.1", false),
            ("libbfd.so.1.2", false),
            ("notes.txt", false),
        ] {
            fs::write(host.path().join(name), "new").unwrap();
            let now = scan().hash;
            assert_eq!(now != before, counts, "{name}");
            before = now;
        }
        fs::create_dir(host.path().join("folder.a")).unwrap();
        assert_eq!(scan().hash, before);
        std::os::unix::fs::symlink("libbfd.so.1.2", host.path().join("libbfd.so")).unwrap();
        let linked = scan().hash;
        fs::write(host.path().join("libbfd.so.1.2"), "a new one").unwrap();
        assert_ne!(scan().hash, linked, "a link's target counts");
    }
}
