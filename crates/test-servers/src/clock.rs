use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

/// A wall clock that a test sets, for processes that are started with [`FakeClock::variables`].
pub struct FakeClock {
    folder: tempfile::TempDir,
}

impl FakeClock {
    /// Shows the real time at first.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("shim.c"), include_str!("clock.c")).unwrap();
        let compiled = Command::new("gcc")
            .args(["-shared", "-fPIC", "-O1", "-o", "shim.so", "shim.c"])
            .current_dir(folder.path())
            .status();
        assert!(compiled.unwrap().success());
        let clock = FakeClock { folder };
        clock.set_offset(0);
        clock
    }

    /// Sets the difference from the real time, at once and for all its processes.
    pub fn set_offset(&self, seconds: i64) {
        // In place: the processes have this file mapped.
        let mut file = fs::OpenOptions::new();
        let file = file.create(true).write(true).truncate(false);
        let mut file = file.open(self.file()).unwrap();
        file.write_all(&seconds.to_ne_bytes()).unwrap();
    }

    /// Environment variables of a process that uses this clock.
    pub fn variables(&self) -> [(&'static str, PathBuf); 2] {
        let shim = self.folder.path().join("shim.so");
        [("LD_PRELOAD", shim), ("LETSCODE_CLOCK", self.file())]
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("offset")
    }
}

impl Default for FakeClock {
    fn default() -> Self {
        FakeClock::new()
    }
}
