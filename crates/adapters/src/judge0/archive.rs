//! `additional_files`: a zip, unpacked within bounds.

use std::io::{Cursor, Read};

use letscode_model::{RunBounds, RunFile};
use zip::ZipArchive;

/// Unpacks the files of a zip. `max_bytes`: of all together. Names are checked with the run.
pub(super) fn unpack(
    zip: &[u8],
    max_bytes: u64,
    bounds: &RunBounds,
) -> Result<Vec<RunFile>, String> {
    let error = |error: zip::result::ZipError| format!("it is not a zip that can be read: {error}");
    let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(error)?;
    let mut files = Vec::new();
    let mut left = max_bytes;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(error)?;
        if entry.is_dir() {
            continue;
        }
        // One is the program itself.
        if files.len() + 1 >= bounds.max_files {
            return Err(format!("it has more than {} files", bounds.max_files - 1));
        }
        let name = entry.name().map_err(error)?.into_owned();
        let mut content = Vec::new();
        let read = entry.take(left + 1).read_to_end(&mut content);
        read.map_err(|error| format!("`{}` can't be read: {error}", name.escape_debug()))?;
        let too_large = || format!("its files have more than {max_bytes} bytes together");
        left = left
            .checked_sub(content.len() as u64)
            .ok_or_else(too_large)?;
        files.push(RunFile {
            name: Some(name.strip_prefix("./").unwrap_or(&name).to_owned()),
            content: content.into(),
        });
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            writer
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn unpack_names(files: &[(&str, &[u8])]) -> Result<Vec<String>, String> {
        let files = unpack(&zip(files), 1 << 20, &RunBounds::default())?;
        Ok(files.into_iter().filter_map(|file| file.name).collect())
    }

    #[test]
    fn files_are_unpacked() {
        let names = unpack_names(&[("./a.txt", b"x"), ("b/c.txt", b"y")]).unwrap();
        assert_eq!(names, ["a.txt", "b/c.txt"]);
    }

    #[test]
    fn bombs_are_refused() {
        let zeros = vec![0; 2 << 20];
        let error = unpack_names(&[("a", &zeros)]).unwrap_err();
        assert!(error.contains("1048576 bytes"), "{error}");
        let half = vec![0; 600 << 10];
        assert!(unpack_names(&[("a", &half), ("b", &half)]).is_err());
        let names: Vec<String> = (0..40).map(|number| number.to_string()).collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
        assert!(
            unpack_names(&many)
                .unwrap_err()
                .contains("more than 31 files")
        );
        assert!(unpack(b"PK", 1, &RunBounds::default()).is_err());
    }
}
