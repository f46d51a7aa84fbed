use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

/// A wall clock that jumps, for processes that are started with [`Clock::variables`].
pub struct Clock {
    folder: tempfile::TempDir,
}

impl Clock {
    /// It goes right.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("shim.c"), include_str!("clock.c")).unwrap();
        let compiled = Command::new("gcc")
            .args(["-shared", "-fPIC", "-O1", "-o", "shim.so", "shim.c"])
            .current_dir(folder.path())
            .status();
        assert!(compiled.unwrap().success());
        let clock = Clock { folder };
        clock.set_wrong_by(0);
        clock
    }

    /// It jumps at once, for all its processes.
    pub fn set_wrong_by(&self, seconds: i64) {
        // In place: the processes have this file in their memory.
        let mut file = fs::OpenOptions::new();
        let file = file.create(true).write(true).truncate(false);
        let mut file = file.open(self.file()).unwrap();
        file.write_all(&seconds.to_ne_bytes()).unwrap();
    }

    pub fn variables(&self) -> [(&'static str, PathBuf); 2] {
        let shim = self.folder.path().join("shim.so");
        [("LD_PRELOAD", shim), ("LETSCODE_CLOCK", self.file())]
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("wrong-by")
    }
}

impl Default for Clock {
    fn default() -> Self {
        Clock::new()
    }
}
