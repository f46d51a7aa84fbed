use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What a kind of cell looks like inside: which read-only parts of the host make up its root, and
/// which system calls its programs may make.
///
/// Profiles are given to the jail helper once, when it starts and before anything a stranger wrote
/// has been read. A request then names a profile; it can't add a path to it. So a judge process
/// that was taken over can't ask the (privileged) helper to show it `/etc/shadow`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellProfile {
    /// Such as `python-run`.
    pub name: String,
    pub root: Vec<RootPart>,
    /// A policy of `policy/`, such as `python`.
    pub policy: String,
    /// An interpreter that may wait in cells of this kind.
    pub interpreter: Option<WarmInterpreter>,
}

/// An interpreter that has started and forks itself for each run, so that a program need not wait for
/// its start. It is told what it is for by the variable `LETSCODE_LAUNCHER`; see `jail/exec_request.rs` for what
/// it is then told.
///
/// Only runs that it can't be told from a start of its own by are given to it: the same program, the same
/// beginning of the arguments, the same variables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmInterpreter {
    /// An absolute path inside the cell.
    pub program: String,
    /// The arguments that it is started with itself, with `argv[0]`.
    pub start_argv: Vec<String>,
    /// Those that a program's begin with.
    pub argv_prefix: Vec<String>,
    /// The variables that a program gets.
    pub env: Vec<(String, String)>,
    /// Variables that it gets besides, and takes out again before a program can see them.
    pub extra_env: Vec<(String, String)>,
    /// A run that is granted less is started without it, for it has to hold the interpreter too.
    pub min_memory_bytes: u64,
    /// The stack for which it leaves room in its memory: so is a run that is granted more. An
    /// interpreter may reserve as much for each of its own threads.
    pub max_stack_bytes: u64,
    /// It takes longer to be ready than a program takes to start, so it is made only for who runs
    /// several programs: the first one is started without.
    pub starts_slowly: bool,
}

/// One read-only part of a cell's root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RootPart {
    /// A file or folder of the host, with whatever is mounted below it.
    Bind { source: PathBuf, target: PathBuf },
    /// A file that is part of the engine, such as one of a zygote's.
    File { contents: Vec<u8>, target: PathBuf },
    /// A folder that the service fills while cells live. It belongs to a process with fewer rights
    /// than the helper, so only the folder itself is ever shown, never what a link in its place
    /// leads to; and its absence is no fault: the target is then empty.
    Filled { source: PathBuf, target: PathBuf },
    /// A symbolic link, such as `lib` → `usr/lib`.
    Link { text: PathBuf, target: PathBuf },
}

/// The C library, the dynamic loader and what else programs link with: folders of shared objects,
/// under their usual names also where `/lib` is a link into `/usr`.
pub fn system_libraries() -> Result<Vec<RootPart>, String> {
    let multiarch = format!("{}-linux-gnu", std::env::consts::ARCH);
    let candidates = [
        Path::new("/usr/lib").join(&multiarch),
        PathBuf::from("/usr/lib64"),
        Path::new("/lib").join(&multiarch),
        PathBuf::from("/lib64"),
    ];
    let mut parts = Vec::new();
    for top in ["/lib", "/lib64"] {
        if let Ok(text) = std::fs::read_link(top) {
            let target = PathBuf::from(top);
            parts.push(RootPart::Link { text, target });
        }
    }
    let is_linked = |path: &Path| {
        parts
            .iter()
            .any(|part| matches!(part, RootPart::Link { target, .. } if path.starts_with(target)))
    };
    let binds: Vec<RootPart> = candidates
        .into_iter()
        .filter(|path| path.is_dir() && !is_linked(path))
        .map(|path| RootPart::Bind {
            source: path.clone(),
            target: path,
        })
        .collect();
    match binds.is_empty() {
        true => Err("no folder of system libraries was found".to_owned()),
        false => Ok(parts.into_iter().chain(binds).collect()),
    }
}
