//! Long text of untrusted programs, shortened for people: an error's trace stands at the end.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use letscode_model::{OutputExcerpt, visible_text};

/// Reads at most `max_bytes` of a stream: all of it, or the first and the last half with a line
/// between them that says how much is missing. Control characters are made visible.
pub(crate) fn excerpt(stream: Option<File>, max_bytes: u64) -> String {
    // An anonymous file: reading fails only without memory, and the text is then short.
    let read = stream.map(|mut stream| read_ends(&mut stream, max_bytes));
    let text = read.and_then(Result::ok).unwrap_or_default();
    visible_text(&text)
}

fn read_ends(stream: &mut File, max_bytes: u64) -> io::Result<String> {
    let length = stream.metadata()?.len();
    if length <= max_bytes {
        return read_part(stream, 0, length);
    }
    let half = max_bytes / 2;
    let (head, tail) = (
        read_part(stream, 0, half)?,
        read_part(stream, length - half, half)?,
    );
    let missing = length - 2 * half;
    Ok(format!(
        "{head}\n[{missing} bytes are left out here]\n{tail}"
    ))
}

/// Returns the ends of a stream as they are, for evidence. One that can't be read is empty.
pub(crate) fn output_ends(stream: Option<&mut File>) -> OutputExcerpt {
    stream
        .and_then(|stream| bytes_of_ends(stream).ok())
        .unwrap_or_default()
}

fn bytes_of_ends(stream: &mut File) -> io::Result<OutputExcerpt> {
    const END: u64 = OutputExcerpt::END_BYTES as u64;
    let total_bytes = stream.metadata()?.len();
    let last = total_bytes.saturating_sub(END).min(END);
    Ok(OutputExcerpt {
        first: read_bytes(stream, 0, total_bytes.min(END))?.into(),
        last: read_bytes(stream, total_bytes - last, last)?.into(),
        total_bytes,
    })
}

fn read_part(stream: &mut File, start: u64, length: u64) -> io::Result<String> {
    let bytes = read_bytes(stream, start, length)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn read_bytes(stream: &mut File, start: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.seek(SeekFrom::Start(start))?;
    stream.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn excerpt_of(written: &str, max_bytes: u64) -> String {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(written.as_bytes()).unwrap();
        excerpt(Some(file), max_bytes)
    }

    #[test]
    fn short_texts_are_whole() {
        assert_eq!(excerpt(None, 8), "");
        assert_eq!(excerpt_of("", 8), "");
        assert_eq!(excerpt_of("12345678", 8), "12345678");
    }

    #[test]
    fn terminals_are_not_commanded() {
        assert_eq!(excerpt_of("\x1b]0;owned\x07", 80), "␛]0;owned␇");
    }

    #[test]
    fn evidence_has_the_ends_of_any_output() {
        for length in [0, 1, 64 << 10, (64 << 10) + 1, 128 << 10, 1 << 20] {
            let bytes: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes).unwrap();
            assert_eq!(output_ends(Some(&mut file)), OutputExcerpt::of(&bytes));
        }
    }

    #[test]
    fn long_texts_keep_both_ends() {
        let expected = "1234\n[1 bytes are left out here]\n6789";
        assert_eq!(excerpt_of("123456789", 8), expected);
    }
}
