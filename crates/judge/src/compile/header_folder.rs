//! The service's folder of precompiled headers, which compile cells see read-only.
//!
//! ```text
//!  headers/NAME/bits/stdc++.h        leads to the real one
//!              /bits/stdc++.h.gch    precompiled: what the compiler takes instead, if it fits
//!              /digest
//! ```

use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use blake3::Hasher;
use letscode_languages::PrecompiledHeader;

use crate::execute::files::Artifact;

const DIGEST: &str = "digest";

/// A folder that all users may read, so that those of cells can; only its owner may write.
#[derive(Debug)]
pub(super) struct HeaderFolder(PathBuf);

impl HeaderFolder {
    pub fn open(folder: &Path) -> io::Result<HeaderFolder> {
        fs::create_dir_all(folder)?;
        fs::set_permissions(folder, Permissions::from_mode(0o755))?;
        Ok(HeaderFolder(folder.to_owned()))
    }

    /// True if the entry is there and undamaged. Reading it also brings it into the page cache.
    pub fn is_intact(&self, name: &str, header: &PrecompiledHeader) -> bool {
        let folder = self.0.join(name);
        let (source, compiled) = (folder.join(&header.header), compiled_in(&folder, header));
        let read = || {
            let mut digest = FilesDigest::default();
            digest.add(File::open(source)?, io::sink())?;
            digest.add(File::open(compiled)?, io::sink())?;
            io::Result::Ok(fs::read_to_string(folder.join(DIGEST))? == digest.text())
        };
        read().unwrap_or(false)
    }

    /// Adds an entry: it appears complete or not at all.
    pub fn put(
        &self,
        name: &str,
        header: &PrecompiledHeader,
        compiled: &Artifact,
    ) -> io::Result<()> {
        let unfinished = tempfile::Builder::new()
            .prefix("unfinished-")
            .tempdir_in(&self.0)?;
        let folder = unfinished.path();
        let source = folder.join(&header.header);
        fs::create_dir_all(source.parent().unwrap_or(folder))?;
        let mut digest = FilesDigest::default();
        // A second include, or one with other flags, reads the real header.
        let text = format!("#include_next <{}>\n", header.header);
        digest.add(text.as_bytes(), File::create(&source)?)?;
        digest.add(compiled.open()?, File::create(compiled_in(folder, header))?)?;
        fs::write(folder.join(DIGEST), digest.text())?;
        make_readable(folder)?;

        let target = self.0.join(name);
        if target.exists() {
            fs::remove_dir_all(&target)?;
        }
        fs::rename(unfinished.keep(), target)
    }

    /// Removes an entry.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_dir_all(self.0.join(name))
    }

    /// Removes all other entries.
    pub fn keep_only(&self, names: &[String]) -> io::Result<()> {
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

fn make_readable(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            make_readable(&entry.path())?;
        } else {
            fs::set_permissions(entry.path(), Permissions::from_mode(0o444))?;
        }
    }
    Ok(())
}

/// Digest of several files, each with its length.
#[derive(Default)]
struct FilesDigest(Hasher);

impl FilesDigest {
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
    use crate::execute::jail::sealed_copy;

    use super::*;

    #[test]
    fn damaged_and_foreign_entries_are_removed() {
        let host = tempfile::tempdir().unwrap();
        let folder = HeaderFolder::open(&host.path().join("headers")).unwrap();
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
            assert_eq!(mode & 0o777, 0o444, "readable by all, writable by nobody");
            fs::remove_file(&path).unwrap();
            fs::write(&path, damage).unwrap();
        }
        folder.put("ours", &header, &compiled).unwrap();
        fs::create_dir(folder.0.join("of-another-toolchain")).unwrap();
        folder.keep_only(&["ours".to_owned()]).unwrap();
        let entries: Vec<_> = fs::read_dir(&folder.0).unwrap().collect();
        assert_eq!(entries.len(), 1);
        assert!(folder.is_intact("ours", &header));
    }
}
