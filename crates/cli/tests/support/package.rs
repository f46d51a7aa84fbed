//! Small problem packages, made by the test that needs them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A package in a temporary folder of its own.
pub struct Package {
    temporary: TempDir,
    id: &'static str,
}

impl Package {
    pub fn empty(id: &'static str) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        fs::create_dir(temporary.path().join(id)).unwrap();
        Package { temporary, id }
    }

    /// A problem that asks to echo one number, with a sample and `secret` hidden tests.
    pub fn echo(id: &'static str, secret: usize) -> Self {
        let package = Package::empty(id)
            .with("problem.yaml", "name: Echo\n")
            .with(".timelimit", "1\n")
            .test("sample/1", "7\n", "7\n");
        (1..=secret).fold(package, |package, number| {
            let text = format!("{number}\n");
            package.test(&format!("secret/{number:03}"), &text, &text)
        })
    }

    pub fn with(self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
        self
    }

    pub fn without(self, path: &str) -> Self {
        fs::remove_file(self.path().join(path)).unwrap();
        self
    }

    pub fn test(self, name: &str, input: &str, answer: &str) -> Self {
        self.with(&format!("data/{name}.in"), input)
            .with(&format!("data/{name}.ans"), answer)
    }

    pub fn path(&self) -> PathBuf {
        self.temporary.path().join(self.id)
    }
}

/// Writes a zip of these entries.
pub fn zip(path: &Path, entries: &[(&str, &str)]) {
    let mut writer = ZipWriter::new(fs::File::create(path).unwrap());
    for (name, contents) in entries {
        let options = SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(contents.as_bytes()).unwrap();
    }
    writer.finish().unwrap();
}
