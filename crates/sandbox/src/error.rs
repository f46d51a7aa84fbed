use serde::{Deserialize, Serialize};

/// Step of making or running a cell. An error names its step, so that it tells what to fix.
///
/// The text is part of the variant's definition, so it can't drift from the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum SandboxStep {
    #[error("start the jail helper")]
    StartHelper,
    #[error("talk to the jail helper")]
    TalkToHelper,
    #[error("read the request")]
    ReadRequest,
    #[error("find the cgroup hierarchy")]
    FindCgroup,
    #[error("create the cell's cgroup")]
    CreateCgroup,
    #[error("set a limit of the cell's cgroup")]
    LimitCgroup,
    #[error("move the cell into its cgroup")]
    EnterCgroup,
    #[error("read a counter of the cell's cgroup")]
    ReadCgroup,
    #[error("compile the system call filter")]
    CompileFilter,
    #[error("fork the supervisor")]
    ForkSupervisor,
    #[error("make the capture pipes")]
    MakePipes,
    #[error("make the output file")]
    MakeOutput,
    #[error("create the namespaces")]
    CreateNamespaces,
    #[error("write the user and group maps")]
    MapUsers,
    #[error("enter the cgroup namespace")]
    CgroupNamespace,
    #[error("make the mounts private")]
    PrivateMounts,
    #[error("open a part of the root")]
    OpenRootPart,
    #[error("take the cell's identity")]
    TakeIdentity,
    #[error("mount the root")]
    MountRoot,
    #[error("place a part of the root")]
    PlaceRootPart,
    #[error("mount /proc")]
    MountProc,
    #[error("mount /workspace")]
    MountWorkspace,
    #[error("mount /tmp")]
    MountTmp,
    #[error("write a file into /workspace")]
    WriteFile,
    #[error("change the root")]
    ChangeRoot,
    #[error("set the host name")]
    SetHostname,
    #[error("fork the launcher")]
    ForkLauncher,
    #[error("fork the program")]
    ForkProgram,
    #[error("connect the standard streams")]
    ConnectStreams,
    #[error("set the resource limits")]
    SetRlimits,
    #[error("drop capabilities")]
    DropCapabilities,
    #[error("set no_new_privs")]
    NoNewPrivs,
    #[error("restrict file access with Landlock")]
    Landlock,
    #[error("install the system call filter")]
    InstallFilter,
    #[error("execute the program")]
    Execute,
    #[error("collect a file from /workspace")]
    CollectFile,
    #[error("count system calls")]
    CountSyscalls,
    #[error("supervise the cell")]
    Supervise,
}

/// Error in making or supervising a cell: a bug of ours or the machine's, never the program's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("could not {step}: {detail}")]
pub struct SandboxError {
    pub step: SandboxStep,
    /// The system's message, such as `Operation not permitted (os error 1)`, with the path if any.
    pub detail: String,
}

impl SandboxError {
    pub(crate) fn new(step: SandboxStep, detail: impl std::fmt::Display) -> Self {
        SandboxError {
            step,
            detail: detail.to_string(),
        }
    }
}

/// Adds the step to the error of a system call: `.at(SandboxStep::MountProc)`.
pub(crate) trait StepContext<T> {
    fn at(self, step: SandboxStep) -> Result<T, SandboxError>;
    /// The same, with the path or name that the call was about.
    fn at_path(self, step: SandboxStep, path: impl std::fmt::Display) -> Result<T, SandboxError>;
}

impl<T, E: std::fmt::Display> StepContext<T> for Result<T, E> {
    fn at(self, step: SandboxStep) -> Result<T, SandboxError> {
        self.map_err(|error| SandboxError::new(step, error))
    }

    fn at_path(self, step: SandboxStep, path: impl std::fmt::Display) -> Result<T, SandboxError> {
        self.map_err(|error| SandboxError::new(step, format!("{path}: {error}")))
    }
}
