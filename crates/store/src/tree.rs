//! A package as a tree of files, and the digest that names it.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::contents::PackageFiles;
use crate::{PackageDigest, StoreError};

const COPY_BYTES: usize = 64 * 1024;

/// Digests a package: for each file, in the order of their names, its name, its size, its executable
/// bit (a validator may be a script) and its bytes.
#[derive(Default)]
pub(crate) struct TreeDigest(blake3::Hasher);

impl TreeDigest {
    pub fn file(&mut self, relative: &str, bytes: u64, executable: bool) {
        self.0.update(&(relative.len() as u64).to_le_bytes());
        self.0.update(relative.as_bytes());
        self.0.update(&bytes.to_le_bytes());
        self.0.update(&[u8::from(executable)]);
    }

    pub fn contents(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn finish(&self) -> PackageDigest {
        PackageDigest(self.0.finalize().to_hex().to_string())
    }
}

/// Writes a tree, file by file in the order of their names, and digests what it writes.
pub(crate) struct TreeWriter {
    root: PathBuf,
    digest: TreeDigest,
    current: Option<(File, PathBuf)>,
}

impl TreeWriter {
    pub fn create(root: PathBuf) -> Result<Self, StoreError> {
        create_dir(&root)?;
        Ok(TreeWriter {
            root,
            digest: TreeDigest::default(),
            current: None,
        })
    }

    /// Starts the next file.
    pub fn file(&mut self, relative: &str, bytes: u64, executable: bool) -> Result<(), StoreError> {
        let path = self.root.join(relative);
        if let Some(parent) = path.parent() {
            create_dir(parent)?;
        }
        let file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(if executable { 0o755 } else { 0o644 })
            .open(&path)
            .map_err(StoreError::io("create", &path))?;
        self.digest.file(relative, bytes, executable);
        self.current = Some((file, path));
        Ok(())
    }

    /// Appends to the file.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.digest.contents(bytes);
        match &mut self.current {
            Some((file, path)) => file
                .write_all(bytes)
                .map_err(StoreError::io("write", path.as_path())),
            None => Ok(()),
        }
    }

    pub fn finish(self) -> PackageDigest {
        self.digest.finish()
    }
}

/// One file of a package that is being read.
pub(crate) struct SourceFile {
    file: File,
    path: PathBuf,
    pub bytes: u64,
    pub executable: bool,
}

impl SourceFile {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(StoreError::io("open", path))?;
        let metadata = file.metadata().map_err(StoreError::io("read", path))?;
        Ok(SourceFile {
            file,
            path: path.to_owned(),
            bytes: metadata.len(),
            executable: metadata.permissions().mode() & 0o111 != 0,
        })
    }

    /// Passes the contents to `take` in pieces of a bounded size; fails when the file has not the size
    /// that it had when it was opened.
    pub fn read(
        &mut self,
        mut take: impl FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut buffer = vec![0; COPY_BYTES];
        let mut total = 0;
        loop {
            let count = self.read_some(&mut buffer)?;
            if count == 0 {
                break;
            }
            total += count as u64;
            take(&buffer[..count])?;
        }
        if total == self.bytes {
            Ok(())
        } else {
            Err(self.changed_error())
        }
    }

    /// Fills the buffer, or reads all that is left. Returns the number of bytes.
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, StoreError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_some(&mut buffer[filled..])? {
                0 => break,
                count => filled += count,
            }
        }
        Ok(filled)
    }

    fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize, StoreError> {
        let read = self.file.read(buffer);
        read.map_err(StoreError::io("read", self.path.as_path()))
    }

    pub fn changed_error(&self) -> StoreError {
        StoreError::Package {
            path: self.path.clone(),
            reason: "it changed while it was copied".to_owned(),
        }
    }
}

/// Copies the listed files and digests the copies.
pub(crate) fn copy(files: &PackageFiles, root: PathBuf) -> Result<PackageDigest, StoreError> {
    let mut tree = TreeWriter::create(root)?;
    for (relative, path) in files {
        let mut source = SourceFile::open(path)?;
        tree.file(relative, source.bytes, source.executable)?;
        source.read(|piece| tree.write(piece))?;
    }
    Ok(tree.finish())
}

pub(crate) fn create_dir(path: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(path).map_err(StoreError::io("create", path))
}
