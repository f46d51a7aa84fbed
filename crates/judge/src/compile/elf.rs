//! Checks that a compiler's output can be run as it is.

use std::fs::File;
use std::os::unix::fs::FileExt;

const HEADER_BYTES: usize = 64;
const PROGRAM_HEADER_BYTES: u64 = 56;
/// Linkers write a dozen; the kernel itself takes no more than 64 KiB of them.
const MAX_PROGRAM_HEADERS: u16 = 1024;
const TYPE_EXECUTABLE: u16 = 2;
const TYPE_POSITION_INDEPENDENT: u16 = 3;
const SEGMENT_INTERPRETER: u32 = 3;

/// True for a 64-bit little-endian ELF executable that names no interpreter: the cell that runs it
/// has no other file. A source can make the linker produce something else, which is then an error
/// of the source and not of the sandbox.
pub fn is_static_executable(file: &File) -> bool {
    check(file).unwrap_or(false)
}

/// Returns `None` if the file ends too early.
fn check(file: &File) -> Option<bool> {
    let header: [u8; HEADER_BYTES] = read(file, 0)?;
    let half_word = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let is_elf = header.starts_with(b"\x7fELF\x02\x01");
    let kind = half_word(16);
    let table = u64::from_le_bytes(header[32..40].try_into().ok()?);
    let (size, count) = (u64::from(half_word(54)), half_word(56));
    let runnable = is_elf
        && [TYPE_EXECUTABLE, TYPE_POSITION_INDEPENDENT].contains(&kind)
        && size == PROGRAM_HEADER_BYTES
        && (1..=MAX_PROGRAM_HEADERS).contains(&count);
    if !runnable {
        return Some(false);
    }
    for index in 0..u64::from(count) {
        let kind: [u8; 4] = read(file, table.checked_add(index * size)?)?;
        if u32::from_le_bytes(kind) == SEGMENT_INTERPRETER {
            return Some(false);
        }
    }
    Some(true)
}

fn read<const N: usize>(file: &File, position: u64) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact_at(&mut bytes, position).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    /// A header and program headers of these kinds.
    fn elf(kind: u16, segments: &[u32]) -> Vec<u8> {
        let mut bytes = vec![0; HEADER_BYTES];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[16..18].copy_from_slice(&kind.to_le_bytes());
        bytes[32..40].copy_from_slice(&64_u64.to_le_bytes());
        bytes[54..56].copy_from_slice(&56_u16.to_le_bytes());
        bytes[56..58].copy_from_slice(&(segments.len() as u16).to_le_bytes());
        for segment in segments {
            bytes.extend(segment.to_le_bytes());
            bytes.extend([0; 52]);
        }
        bytes
    }

    #[test]
    fn only_what_runs_without_help_is_taken() {
        let mut far = elf(2, &[1]);
        far[32..40].copy_from_slice(&u64::MAX.to_le_bytes());
        for (bytes, expected) in [
            (elf(2, &[1, 2]), true),
            (elf(3, &[1]), true),
            (elf(2, &[1, 3]), false),
            (elf(1, &[1]), false),
            (elf(2, &[]), false),
            (far, false),
            (elf(2, &[1])[..100].to_vec(), true),
            (elf(2, &[1])[..66].to_vec(), false),
            (b"!<arch>\n".repeat(20), false),
            (b"#!/bin/sh\n".to_vec(), false),
            (Vec::new(), false),
        ] {
            assert_eq!(
                is_static_executable(&file(&bytes)),
                expected,
                "{} bytes",
                bytes.len()
            );
        }
    }

    #[test]
    fn this_very_test_is_linked_dynamically() {
        assert!(!is_static_executable(
            &File::open("/proc/self/exe").unwrap()
        ));
    }
}
