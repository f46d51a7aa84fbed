use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use letscode_languages::LanguageRegistry;
use letscode_package::{Package, PackageError, UnpackLimits, unpack_zip};
use rstest::rstest;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub struct Archive {
    pub writer: ZipWriter<Cursor<Vec<u8>>>,
}

impl Archive {
    pub fn new() -> Self {
        Archive {
            writer: ZipWriter::new(Cursor::new(vec![])),
        }
    }

    pub fn file(mut self, name: &str, content: &[u8]) -> Self {
        self.writer
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        self.writer.write_all(content).unwrap();
        self
    }

    pub fn link(mut self, name: &str, target: &str) -> Self {
        self.writer
            .add_symlink(name, target, SimpleFileOptions::default())
            .unwrap();
        self
    }

    pub fn package(self, top: &str) -> Self {
        self.file(&format!("{top}problem.yaml"), b"name: A\n")
            .file(&format!("{top}data/secret/1.in"), b"1")
            .file(&format!("{top}data/secret/1.ans"), b"1")
    }

    pub fn bytes(self) -> Vec<u8> {
        self.writer.finish().unwrap().into_inner()
    }
}

/// Unpacks into a folder, and checks that nothing is written beside it.
pub struct Place {
    temporary: TempDir,
}

impl Place {
    pub fn new() -> Self {
        let temporary = TempDir::new().unwrap();
        fs::create_dir(temporary.path().join("into")).unwrap();
        Place { temporary }
    }

    pub fn into(&self) -> PathBuf {
        self.temporary.path().join("into")
    }

    pub fn unpack(&self, bytes: &[u8]) -> Result<PathBuf, PackageError> {
        let zip = self.temporary.path().join("upload.zip");
        fs::write(&zip, bytes).unwrap();
        let unpacked = unpack_zip(&zip, &self.into(), UnpackLimits::default());
        assert_eq!(names(self.temporary.path()), ["into", "upload.zip"]);
        let expected = match &unpacked {
            Ok(dir) => vec![dir.file_name().unwrap().to_string_lossy().into_owned()],
            Err(PackageError::Exists { .. }) => return unpacked,
            Err(_) => vec![],
        };
        assert_eq!(names(&self.into()), expected);
        unpacked
    }
}

/// Replaces the name `stand_in` by `name`: the writer corrects names, so bad ones are patched in.
fn patch_name(mut bytes: Vec<u8>, stand_in: &str, name: &str) -> Vec<u8> {
    let positions: Vec<usize> = (0..bytes.len() - name.len())
        .filter(|at| bytes[*at..].starts_with(stand_in.as_bytes()))
        .collect();
    for at in positions {
        bytes[at..at + name.len()].copy_from_slice(name.as_bytes());
    }
    bytes
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = entries
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[rstest]
#[case("aplusb/", "aplusb")]
#[case("", "upload")]
fn unpacked_packages_load(#[case] top: &str, #[case] id: &str) {
    let place = Place::new();
    let archive = Archive::new()
        .file("__MACOSX/._x", b"")
        .package(top)
        .link(
            &format!("{top}data/secret/testdata.yaml"),
            "../testdata.yaml",
        )
        .file(&format!("{top}data/testdata.yaml"), b"accept_score: 3\n");
    let dir = place.unpack(&archive.bytes()).unwrap();
    let package = Package::load(&dir, &LanguageRegistry::builtin().unwrap()).unwrap();
    assert_eq!(package.id.as_str(), id);
    assert_eq!(package.data.groups[1].settings.accept_score, 3.0);
}

#[test]
fn existing_folders_are_not_overwritten() {
    let place = Place::new();
    let bytes = Archive::new().package("aplusb/").bytes();
    place.unpack(&bytes).unwrap();
    assert!(matches!(
        place.unpack(&bytes),
        Err(PackageError::Exists { .. })
    ));
}

/// Names as bsdtar (`tar -a -cf x.zip .`) and PowerShell 5.1 write them.
#[rstest]
#[case("./aplusb/data/secret/2.in", "data/secret/2.in")]
#[case("aplusb//data///secret/2.in", "data/secret/2.in")]
#[case("aplusb/./x", "x")]
#[case("aplusb\\data\\secret\\2.in", "data/secret/2.in")]
fn harmless_spellings_of_names_are_accepted(#[case] name: &str, #[case] path: &str) {
    let stand_in = "Z".repeat(name.len());
    let archive = Archive::new().package("aplusb/").file(&stand_in, b"x");
    let bytes = patch_name(archive.bytes(), &stand_in, name);
    let (_place, dir) = Place::new().unpack_and_keep(&bytes);
    assert_eq!(fs::read(dir.join(path)).unwrap(), b"x");
}

#[test]
fn files_beside_the_package_are_ignored() {
    let archive = Archive::new()
        .file("README.md", b"")
        .file("docs/solution.md", b"")
        .package("aplusb/");
    let (_place, dir) = Place::new().unpack_and_keep(&archive.bytes());
    assert_eq!(names(&dir), ["data", "problem.yaml"]);
}

#[test]
fn archives_need_exactly_one_package() {
    let nothing = Archive::new()
        .file("README.md", b"")
        .file("x/data/1.in", b"");
    let error = Place::new().unpack(&nothing.bytes()).unwrap_err();
    assert!(error.to_string().contains("upload.zip contains no package"));
    let two = Archive::new().package("a/").package("b/");
    let error = Place::new().unpack(&two.bytes()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("several packages, such as a and b")
    );
}

#[rstest]
#[case("../evil")]
#[case("aplusb/../../evil")]
#[case("/evil")]
#[case("aplusb/..\\..\\evil")]
#[case("aplusb/a\nb")]
#[case("a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s")]
fn invalid_names_are_refused(#[case] name: &str) {
    let stand_in = "Z".repeat(name.len());
    let archive = Archive::new().package("aplusb/").file(&stand_in, b"x");
    let bytes = patch_name(archive.bytes(), &stand_in, name);
    let error = Place::new().unpack(&bytes).unwrap_err();
    assert!(
        matches!(error, PackageError::ZipEntry { .. }),
        "{name}: {error}"
    );
}

#[rstest]
#[case(&[("data/secret/2.in", "/etc/hostname")])]
#[case(&[("x", "..")])]
#[case(&[("x", "data/../../../evil")])]
#[case(&[("x", "nothing")])]
#[case(&[("x", "y"), ("y", "x")])]
// Each link seems to stay inside by itself.
#[case(&[("data/deep/er/up", "../../../data"), ("data/deep/er/out", "up/../../..")])]
fn links_out_of_the_package_are_refused(#[case] links: &[(&str, &str)]) {
    let start = Archive::new().package("aplusb/");
    let archive = links.iter().fold(start, |a, (name, target)| {
        a.link(&format!("aplusb/{name}"), target)
    });
    let error = Place::new().unpack(&archive.bytes()).unwrap_err();
    assert!(matches!(error, PackageError::ZipEntry { .. }), "{error}");
}

#[test]
fn files_never_follow_links_of_the_archive() {
    let archive = Archive::new()
        .package("aplusb/")
        .link("aplusb/x", "/tmp")
        .file("aplusb/x/evil", b"");
    let error = Place::new().unpack(&archive.bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the archive's entry `x/evil` has the name of another entry"
    );
    let archive = Archive::new().package("aplusb/").file("aplusb/data", b"");
    assert!(Place::new().unpack(&archive.bytes()).is_err());
}

#[test]
fn invalid_archives_are_refused() {
    for bytes in [&b""[..], b"PK", b"not an archive", &[0; 4096]] {
        assert!(matches!(
            Place::new().unpack(bytes),
            Err(PackageError::Zip { .. })
        ));
    }
    let missing = unpack_zip(
        Path::new("/nonexistent.zip"),
        Path::new("."),
        UnpackLimits::default(),
    );
    assert!(matches!(missing, Err(PackageError::Io { .. })));
}

#[test]
fn scripts_stay_executable() {
    use std::os::unix::fs::PermissionsExt;
    let mut archive = Archive::new().package("aplusb/");
    let options = SimpleFileOptions::default().unix_permissions(0o6755);
    archive
        .writer
        .start_file("aplusb/output_validators/v/build", options)
        .unwrap();
    let dir = Place::new().unpack_and_keep(&archive.bytes());
    let mode = |name: &str| fs::metadata(dir.1.join(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode("output_validators/v/build"), 0o755);
    assert_eq!(mode("problem.yaml"), 0o644);
}

impl Place {
    fn unpack_and_keep(self, bytes: &[u8]) -> (Self, PathBuf) {
        let dir = self.unpack(bytes).unwrap();
        (self, dir)
    }
}

/// Overwrites four bytes in the table of contents: those of the file's entry at an offset.
fn with_stated(mut bytes: Vec<u8>, name: &str, offset: usize, value: u32) -> Vec<u8> {
    let is_entry = |at: &usize| {
        let entry = &bytes[*at..];
        entry.starts_with(b"PK\x01\x02") && entry[46..].starts_with(name.as_bytes())
    };
    let at = (0..bytes.len() - 46).find(is_entry).unwrap();
    bytes[at + offset..at + offset + 4].copy_from_slice(&value.to_le_bytes());
    bytes
}

#[rstest]
#[case::size_too_large(24, 0x7fff_ffff)]
#[case::size_too_small(24, 1)]
#[case::compressed_size_too_large(20, 0x7fff_ffff)]
#[case::compressed_size_too_small(20, 1)]
#[case::wrong_checksum(16, 1)]
#[case::place_behind_the_end(42, 0x7fff_fff0)]
#[case::place_of_another_file(42, 0)]
fn archives_that_lie_are_refused(#[case] offset: usize, #[case] value: u32) {
    let archive = Archive::new().package("aplusb/");
    let bytes = archive
        .file("aplusb/text", &[b'x'; 5000])
        .file("aplusb/z", b"end")
        .bytes();
    assert!(Place::new().unpack(&bytes).is_ok());
    let lying = with_stated(bytes, "aplusb/text", offset, value);
    let refused = Place::new().unpack(&lying);
    assert!(
        matches!(refused, Err(PackageError::Zip { .. })),
        "{refused:?}"
    );
}

#[test]
fn archives_without_a_name_need_a_folder() {
    let temporary = TempDir::new().unwrap();
    let zip = temporary.path().join(letscode_package::UNNAMED_ZIP);
    let into = temporary.path().join("into");
    fs::write(&zip, Archive::new().package("").bytes()).unwrap();
    let error = unpack_zip(&zip, &into, UnpackLimits::default()).unwrap_err();
    assert!(matches!(error, PackageError::ZipWithoutName), "{error:?}");
    fs::write(&zip, Archive::new().package("aplusb/").bytes()).unwrap();
    let unpacked = unpack_zip(&zip, &into, UnpackLimits::default()).unwrap();
    assert_eq!(unpacked, into.join("aplusb"));
}
