//! Generated hostile archives; `PROPTEST_CASES` sets their number.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use letscode_languages::LanguageRegistry;
use letscode_package::Package;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::unpack::{Archive, Place};

/// Maximum time for an archive of a few kilobytes, on a busy machine.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Parts of names: usual ones, and those that lead elsewhere or have a special meaning.
const PARTS: [&str; 22] = [
    "aplusb",
    "data",
    "secret",
    "sample",
    "problem.yaml",
    "1.in",
    "1.ans",
    "submissions",
    "accepted",
    "a.py",
    "..",
    ".",
    "",
    "x\\..\\y",
    "C:",
    "~",
    "a\0b",
    "a\nb",
    "-rf",
    "é",
    ".unpack-x",
    "__MACOSX",
];

#[derive(Debug, Clone)]
enum Entry {
    File(String, Vec<u8>),
    Link(String, String),
}

fn name() -> impl Strategy<Value = String> {
    let parts = vec(select(PARTS.as_slice()), 1..6).prop_map(|parts| parts.join("/"));
    prop_oneof![
        4 => parts.clone().prop_map(|path| format!("aplusb/{path}")),
        2 => parts,
        1 => "[\\PC/.]{1,40}",
        1 => (1..400_usize).prop_map(|length| "n".repeat(length)),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    let file = (name(), vec(any::<u8>(), 0..64)).prop_map(|(name, text)| Entry::File(name, text));
    let link = (name(), name()).prop_map(|(name, target)| Entry::Link(name, target));
    prop_oneof![3 => file, 1 => link]
}

/// Creates an archive with these entries. The writer corrects names, so they are patched in
/// afterwards.
fn archive(entries: &[Entry]) -> Vec<u8> {
    let mut archive = Archive::new().package("aplusb/");
    let mut names = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let (Entry::File(name, _) | Entry::Link(name, _)) = entry;
        let stand_in = format!("{at:Z>width$}", width = name.len().max(3));
        archive = match entry {
            Entry::File(_, text) => archive.file(&stand_in, text),
            Entry::Link(_, target) => archive.link(&stand_in, target),
        };
        names.push((stand_in, name));
    }
    let mut bytes = archive.bytes();
    for (stand_in, name) in names {
        let positions: Vec<usize> = bytes
            .windows(stand_in.len())
            .enumerate()
            .filter(|(_, window)| *window == stand_in.as_bytes())
            .map(|(at, _)| at)
            .collect();
        for at in positions {
            bytes[at..at + name.len()].copy_from_slice(name.as_bytes());
        }
    }
    bytes
}

/// Unpacks, and checks that nothing outside is touched and that the loader does not panic.
fn unpack(bytes: &[u8]) {
    let started = Instant::now();
    let place = Place::new();
    if let Ok(folder) = place.unpack(bytes) {
        let folder = folder.canonicalize().unwrap();
        assert_inside(&folder, &folder);
        let _ = Package::load(&folder, &LanguageRegistry::builtin().unwrap());
    }
    assert!(started.elapsed() < TIME_LIMIT, "{:?}", started.elapsed());
}

fn assert_inside(package: &Path, folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let real = path.canonicalize().unwrap();
        assert!(real.starts_with(package), "{path:?} leads to {real:?}");
        let kind = entry.file_type().unwrap();
        assert!(kind.is_dir() || kind.is_file() || kind.is_symlink());
        if kind.is_dir() {
            assert_inside(package, &path);
        }
    }
}

proptest! {
    #[test]
    fn names_and_links_stay_inside(entries in vec(entry(), 0..8)) {
        unpack(&archive(&entries));
    }

    #[test]
    fn damaged_archives_never_panic(
        entries in vec(entry(), 0..4),
        damage in vec((any::<Index>(), any::<u8>()), 0..8),
        cut in proptest::option::of(any::<Index>()),
        doubled in proptest::option::of((any::<Index>(), any::<Index>())),
    ) {
        let mut bytes = archive(&entries);
        for (index, byte) in damage {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some((from, to)) = doubled {
            let piece = bytes[from.index(bytes.len())..].to_vec();
            let at = to.index(bytes.len());
            bytes.splice(at..at, piece);
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        unpack(&bytes);
    }

    /// The fields at the end of an archive have sizes and offsets: any of them may be false.
    #[test]
    fn false_sizes_never_panic(
        field in 0..40_usize,
        value in select([0_u32, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff].as_slice()),
    ) {
        let mut bytes = archive(&[]);
        let at = bytes.len() - 4 - field * 3;
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        unpack(&bytes);
    }

    #[test]
    fn bytes_never_panic(bytes in vec(any::<u8>(), 0..300)) {
        unpack(&bytes);
    }
}
