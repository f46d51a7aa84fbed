//! Warm interpreters that fork themselves, as files to be mounted in a cell.
//!
//! A *zygote* is an interpreter that has started and waits; for every run it forks, and the child
//! becomes the program. Each interpreter has a folder of its own, with a README that explains how it
//! is started, which internals it relies on and which differences a program can see.

include!(concat!(env!("OUT_DIR"), "/native.rs"));

/// One file of a zygote, to be mounted read-only in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModuleFile {
    /// Absolute, or relative to the zygote's folder.
    pub path: &'static str,
    pub bytes: &'static [u8],
}

macro_rules! files {
    ($folder:literal: $($path:literal),* $(,)?) => {
        vec![$(ModuleFile { path: $path, bytes: include_bytes!(concat!("../", $folder, "/", $path)) }),*]
    };
}

/// Script that Node preloads to become a zygote, relative to the folder of the files.
pub const NODE_PRELOAD: &str = "zygote.js";

/// Returns the files of the forkable Node, or why it could not be built.
pub fn node() -> Result<Vec<ModuleFile>, &'static str> {
    let mut files = files!["node":
        "zygote.js", "warm.js", "empty.js", "streams.js", "machine.js", "self-tests.js",
        "self-tests/clocks.js", "self-tests/error.js", "self-tests/exit.js", "self-tests/garbage.js",
        "self-tests/lines.js", "self-tests/sync.js", "self-tests/threads.js",
    ];
    files.push(ModuleFile {
        path: "zygote.node",
        bytes: NODE_NATIVE?,
    });
    Ok(files)
}

/// Scripts that a Node which is started for one program preloads, in this order. They are among
/// [`node`]'s, but need no zygote.
pub const NODE_COLD_PRELOADS: [ModuleFile; 2] = [
    ModuleFile {
        path: "machine.js",
        bytes: include_bytes!("../node/machine.js"),
    },
    ModuleFile {
        path: "streams.js",
        bytes: include_bytes!("../node/streams.js"),
    },
];

/// Script that is Python's zygote, relative to the folder of the files.
pub const PYTHON_ZYGOTE: &str = "zygote.py";

/// Returns the files of the forkable Python, or why it could not be built. It is started with
/// [`PYTHON_ZYGOTE`].
pub fn python() -> Result<Vec<ModuleFile>, &'static str> {
    let mut files = files!["python": "zygote.py"];
    files.push(ModuleFile {
        path: "letscode_zygote.so",
        bytes: PYTHON_NATIVE?,
    });
    Ok(files)
}

/// File that every Python imports at its start, at a place where Debian's looks for it.
pub const PYTHON_SITE: ModuleFile = ModuleFile {
    path: "/usr/lib/python3/dist-packages/sitecustomize.py",
    bytes: include_bytes!("../python/sitecustomize.py"),
};

/// Option of a Node that runs [`NODE_CHECK`]: with it modules are checked too.
pub const NODE_CHECK_OPTION: &str = "--experimental-vm-modules";

/// Program that checks whether others can be compiled. It needs no zygote, but may be run in one.
pub const NODE_CHECK: ModuleFile = ModuleFile {
    path: "check.js",
    bytes: include_bytes!("../node/check.js"),
};
pub const PYTHON_CHECK: ModuleFile = ModuleFile {
    path: "check.py",
    bytes: include_bytes!("../python/check.py"),
};
