//! A package as a tree of files, and the digest that names it.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::contents::Contents;
use crate::{PackageDigest, StoreError};

const COPY_BYTES: usize = 64 * 1024;

/// Digests a package: for each file in the order of their names its name, its size, whether it can
/// be executed (a validator may be a script) and its bytes.
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

    /// Begins the next file.
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

    /// Goes on with the file.
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

/// One file of a package that is read.
pub(crate) struct Source {
    file: File,
    path: PathBuf,
    pub bytes: u64,
    pub executable: bool,
}

impl Source {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(StoreError::io("open", path))?;
        let metadata = file.metadata().map_err(StoreError::io("read", path))?;
        Ok(Source {
            file,
            path: path.to_owned(),
            bytes: metadata.len(),
            executable: metadata.permissions().mode() & 0o111 != 0,
        })
    }

    /// Hands out everything in pieces of a bounded size; an error when that is not as much as the
    /// file had when it was opened.
    pub fn read(
        &mut self,
        mut take: impl FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut buffer = vec![0; COPY_BYTES];
        let mut seen = 0;
        loop {
            let count = self.some(&mut buffer)?;
            if count == 0 {
                break;
            }
            seen += count as u64;
            take(&buffer[..count])?;
        }
        match seen == self.bytes {
            true => Ok(()),
            false => Err(self.changed()),
        }
    }

    /// As much as is left, or as the buffer takes.
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, StoreError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.some(&mut buffer[filled..])? {
                0 => break,
                count => filled += count,
            }
        }
        Ok(filled)
    }

    fn some(&mut self, buffer: &mut [u8]) -> Result<usize, StoreError> {
        let read = self.file.read(buffer);
        read.map_err(StoreError::io("read", self.path.as_path()))
    }

    pub fn changed(&self) -> StoreError {
        StoreError::Package {
            path: self.path.clone(),
            reason: "it changed while it was copied".to_owned(),
        }
    }
}

/// Copies what was listed and digests what was copied.
pub(crate) fn copy(contents: &Contents, root: PathBuf) -> Result<PackageDigest, StoreError> {
    let mut tree = TreeWriter::create(root)?;
    for (relative, path) in contents {
        let mut source = Source::open(path)?;
        tree.file(relative, source.bytes, source.executable)?;
        source.read(|piece| tree.write(piece))?;
    }
    Ok(tree.finish())
}

pub(crate) fn create_dir(path: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(path).map_err(StoreError::io("create", path))
}
