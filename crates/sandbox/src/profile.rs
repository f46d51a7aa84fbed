use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Kind of cell: which read-only parts of the host make up its root, and which system calls its
/// programs may make.
///
/// Profiles are sent to the jail helper once, when it starts and before any untrusted input has
/// been read. A request then names a profile; it can't add a path to it. So a compromised judge
/// process can't ask the (privileged) helper to show it `/etc/shadow`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellProfile {
    /// Unique name, such as `python-run`.
    pub name: String,
    pub root: Vec<RootPart>,
    /// A policy of `policy/`, such as `python`.
    pub policy: String,
    /// Interpreter that may wait, started, in cells of this kind.
    pub interpreter: Option<WarmInterpreter>,
    /// Options of its programs that are started without one.
    #[serde(default)]
    pub cold_start: Option<ColdStart>,
}

/// Options for an interpreter that is started for one program, which make it behave as one that
/// forks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColdStart {
    /// Arguments that a run's must begin with.
    pub argv_prefix: Vec<String>,
    /// Options to put after the first argument.
    pub options: Vec<String>,
    /// Option that a number follows: how much of the stack it may use, in KiB.
    pub stack_option: String,
}

/// An interpreter that has started and forks itself for each run, so that a program need not wait
/// for its start. The variable `LETSCODE_LAUNCHER` tells it that it is one; `jail/exec_request.rs`
/// has the messages that it then gets.
///
/// It serves only runs that can't be told from a cold start: the same program, the same first
/// arguments, the same environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmInterpreter {
    /// Absolute path inside the cell.
    pub program: String,
    /// Arguments to start it with, `argv[0]` included.
    pub start_argv: Vec<String>,
    /// Arguments that a run's must begin with.
    pub argv_prefix: Vec<String>,
    /// Environment that a run must have.
    pub env: Vec<(String, String)>,
    /// Further variables for the interpreter itself, which it removes before a program can see
    /// them.
    pub extra_env: Vec<(String, String)>,
    /// A run with a lower memory limit is started cold, because the interpreter counts for it too.
    pub min_memory_bytes: u64,
    /// The stack for which it leaves room in its address space; a run with a larger stack is
    /// started cold. An interpreter may reserve as much for each of its own threads.
    pub max_stack_bytes: u64,
    /// True if it takes longer to get ready than a program takes to start. It is then started only
    /// after the first run of a profile.
    pub starts_slowly: bool,
}

/// One read-only part of a cell's root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RootPart {
    /// A file or folder of the host, with whatever is mounted below it.
    Bind { source: PathBuf, target: PathBuf },
    /// A file that is part of the engine, such as one of a warm interpreter's.
    File { contents: Vec<u8>, target: PathBuf },
    /// A folder that the service adds files to while cells live. It belongs to a process with fewer
    /// rights than the helper, so only the folder itself is ever mounted, never the target of a
    /// link in its place. If it is missing, the target is an empty folder.
    Filled { source: PathBuf, target: PathBuf },
    /// A symbolic link, such as `lib` → `usr/lib`.
    Link { text: PathBuf, target: PathBuf },
}

/// Returns the folders of shared objects that programs link with, such as the C library and the
/// dynamic loader, under their usual names also if `/lib` is a link into `/usr`.
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
    if binds.is_empty() {
        return Err("no folder of system libraries was found".to_owned());
    }
    Ok(parts.into_iter().chain(binds).collect())
}
