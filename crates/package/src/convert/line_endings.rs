//! Copies tests with the line ends that programs here expect.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

const CHUNK_BYTES: usize = 64 << 10;

/// Copies a file; if all of its lines end as on Windows, they end in `\n` in the copy.
pub(super) fn copy_with_unix_ends(from: &Path, to: &Path) -> io::Result<()> {
    if !ends_lines_as_windows(from)? {
        return std::fs::copy(from, to).map(drop);
    }
    let mut writer = BufWriter::new(File::create_new(to)?);
    let mut was_return = false;
    each_chunk(from, |chunk| {
        for byte in chunk {
            if was_return && *byte != b'\n' {
                writer.write_all(b"\r")?;
            }
            was_return = *byte == b'\r';
            if !was_return {
                writer.write_all(&[*byte])?;
            }
        }
        Ok(())
    })?;
    if was_return {
        writer.write_all(b"\r")?;
    }
    writer.flush()
}

fn ends_lines_as_windows(path: &Path) -> io::Result<bool> {
    let (mut any, mut all, mut last) = (false, true, 0);
    each_chunk(path, |chunk| {
        for byte in chunk {
            if *byte == b'\n' {
                any = true;
                all &= last == b'\r';
            }
            last = *byte;
        }
        Ok(())
    })?;
    Ok(any && all)
}

fn each_chunk(path: &Path, mut action: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = reader.read(&mut chunk)?;
        if count == 0 {
            return Ok(());
        }
        action(&chunk[..count])?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("1 2\r\n3\r\n", "1 2\n3\n")]
    #[case("1\r\n2", "1\n2")]
    #[case("a\rb\r\n\r", "a\rb\n\r")]
    #[case("1\r\n2\n", "1\r\n2\n")]
    #[case("", "")]
    fn windows_line_ends_are_replaced_where_all_are(#[case] text: &str, #[case] expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
        std::fs::write(&from, text).unwrap();
        copy_with_unix_ends(&from, &to).unwrap();
        assert_eq!(std::fs::read_to_string(&to).unwrap(), expected);
    }
}
