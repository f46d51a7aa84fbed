use serde::{Deserialize, Serialize};

/// Maximum number of facts in a report.
pub(crate) const MAX_FACTS: usize = 100;
/// Longer names are cut.
const MAX_NAME_CHARS: usize = 80;

/// Kind of an operation that browsers or the server may not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// Files and folders, but not standard input and output.
    File,
    Network,
    /// Starting or signalling processes.
    Process,
    /// Code that is created at run time, so the analysis can't see it.
    DynamicCode,
    /// Memory access or system calls without the language's safety.
    Native,
    /// Threads and workers.
    Threads,
    /// A module or construct that browsers don't support.
    NotInBrowsers,
}

impl FactKind {
    pub const ALL: [FactKind; 7] = [
        FactKind::File,
        FactKind::Network,
        FactKind::Process,
        FactKind::DynamicCode,
        FactKind::Native,
        FactKind::Threads,
        FactKind::NotInBrowsers,
    ];

    /// Description for users.
    pub fn describe(self) -> &'static str {
        match self {
            FactKind::File => "uses files",
            FactKind::Network => "uses the network",
            FactKind::Process => "starts processes",
            FactKind::DynamicCode => "creates code at run time",
            FactKind::Native => "uses unsafe code or system calls",
            FactKind::Threads => "uses threads",
            FactKind::NotInBrowsers => "needs a feature that browsers don't have",
        }
    }
}

/// A restricted operation in a program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Fact {
    /// Counted from 1.
    pub line: u32,
    pub kind: FactKind,
    /// Original name, not the program's alias: `os.system`.
    pub name: String,
}

impl Fact {
    pub(crate) fn new(line: u32, kind: FactKind, name: &str) -> Self {
        let name = name.chars().take(MAX_NAME_CHARS).collect();
        Fact { line, kind, name }
    }
}
