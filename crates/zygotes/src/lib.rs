//! Warm interpreters that fork themselves, as files to be mounted in a cell.
//!
//! A *zygote* is an interpreter that has started and waits; for every run it forks, and the child
//! becomes the program. What belongs to which interpreter is in a folder of its own, with a README
//! that says how it is started, what it relies on and what a program can tell it by.

include!(concat!(env!("OUT_DIR"), "/native.rs"));

/// One file of a zygote, to be written below a folder that its cell has read-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModuleFile {
    pub path: &'static str,
    pub bytes: &'static [u8],
}

macro_rules! files {
    ($folder:literal: $($path:literal),* $(,)?) => {
        vec![$(ModuleFile { path: $path, bytes: include_bytes!(concat!("../", $folder, "/", $path)) }),*]
    };
}

/// What Node preloads to become a zygote, beneath the folder where the files are.
pub const NODE_PRELOAD: &str = "zygote.js";

/// The files of the forkable Node, or why it could not be built.
pub fn node() -> Result<Vec<ModuleFile>, &'static str> {
    let mut files = files!["node":
        "zygote.js", "warm.js", "empty.js", "attempts.js",
        "attempts/clocks.js", "attempts/error.js", "attempts/exit.js", "attempts/garbage.js",
        "attempts/lines.js", "attempts/sync.js", "attempts/threads.js",
    ];
    files.push(ModuleFile {
        path: "zygote.node",
        bytes: NODE_NATIVE?,
    });
    Ok(files)
}

/// The script that is Python's zygote, beneath the folder where the files are.
pub const PYTHON_ZYGOTE: &str = "zygote.py";

/// The files of the forkable Python, or why it could not be built. It is started with [`PYTHON_ZYGOTE`].
pub fn python() -> Result<Vec<ModuleFile>, &'static str> {
    let mut files = files!["python": "zygote.py"];
    files.push(ModuleFile {
        path: "letscode_zygote.so",
        bytes: PYTHON_NATIVE?,
    });
    Ok(files)
}

/// Programs that tell whether others can be compiled. They need no zygote, but may be run in one.
pub const NODE_CHECK: ModuleFile = ModuleFile {
    path: "check.js",
    bytes: include_bytes!("../node/check.js"),
};
pub const PYTHON_CHECK: ModuleFile = ModuleFile {
    path: "check.py",
    bytes: include_bytes!("../python/check.py"),
};
