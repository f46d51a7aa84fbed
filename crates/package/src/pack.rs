//! Packs a package's folder into an archive: the same files give the same bytes.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::error::PackageError;
use crate::tree::MAX_DEPTH;

/// Size from which a file's entry needs the larger fields of Zip64.
const LARGE_BYTES: u64 = 1 << 31;

/// Writes an archive of the folder `dir`, which has files and folders only, as the store keeps them.
/// They are in a top folder of the same name, in the order of their names, and without times.
pub fn pack_zip(dir: &Path, into: impl Write + Seek) -> Result<(), PackageError> {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let mut packer = ZipPacker {
        writer: ZipWriter::new(BufWriter::new(into)),
    };
    packer.folder(dir, &name, 0)?;
    let packed = packer.writer.finish().map_err(io::Error::from);
    packed
        .and_then(|mut writer| writer.flush())
        .map_err(|source| PackageError::io(dir, source))
}

struct ZipPacker<W: Write + Seek> {
    writer: ZipWriter<W>,
}

impl<W: Write + Seek> ZipPacker<W> {
    fn folder(&mut self, folder: &Path, name: &str, depth: usize) -> Result<(), PackageError> {
        let io = |source| PackageError::io(folder, source);
        if depth > MAX_DEPTH {
            return Err(PackageError::TooDeep {
                path: name.to_owned(),
                limit: MAX_DEPTH,
            });
        }
        let entries = fs::read_dir(folder).map_err(io)?;
        let mut entries: Vec<_> = entries.collect::<Result<_, _>>().map_err(io)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let name = format!("{name}/{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().map_err(io)?;
            if kind.is_dir() {
                self.folder(&path, &name, depth + 1)?;
            } else if kind.is_file() {
                self.file(&path, name)
                    .map_err(|source| PackageError::io(&path, source))?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: String) -> io::Result<()> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        let is_executable = metadata.permissions().mode() & 0o111 != 0;
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(if is_executable { 0o755 } else { 0o644 })
            .large_file(metadata.len() >= LARGE_BYTES);
        self.writer.start_file(name, options)?;
        io::copy(&mut file, &mut self.writer).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::{UnpackLimits, unpack_zip};

    fn packed(dir: &Path) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        pack_zip(dir, &mut bytes).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn archives_of_equal_folders_are_equal_and_unpack_to_them() {
        let temporary = tempfile::tempdir().unwrap();
        let folders = ["first", "second"].map(|name| temporary.path().join(name).join("aplusb"));
        for (folder, names) in folders.iter().zip([["1", "2"], ["2", "1"]]) {
            fs::create_dir_all(folder.join("data/secret")).unwrap();
            fs::write(folder.join("problem.yaml"), "name: A\n").unwrap();
            for name in names {
                fs::write(folder.join("data/secret").join(name), name).unwrap();
            }
            let script = folder.join("build");
            fs::write(&script, "#!/bin/sh\n").unwrap();
            fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let bytes = packed(&folders[0]);
        assert_eq!(bytes, packed(&folders[1]));

        let zip = temporary.path().join("other-name.zip");
        fs::write(&zip, &bytes).unwrap();
        let into = temporary.path().join("into");
        let unpacked = unpack_zip(&zip, &into, UnpackLimits::default()).unwrap();
        assert_eq!(unpacked, into.join("aplusb"));
        assert_eq!(packed(&unpacked), bytes);
        let mode = |path: &str| {
            fs::metadata(unpacked.join(path))
                .unwrap()
                .permissions()
                .mode()
        };
        assert_eq!(mode("build") & 0o111, 0o111);
        assert_eq!(mode("problem.yaml") & 0o111, 0);
    }
}
