use serde::{Deserialize, Serialize};

/// More are counted by nobody.
pub(crate) const MAX_FACTS: usize = 100;
/// How much of a name is repeated.
const MAX_NAME_CHARS: usize = 80;

/// What kind of thing a program does that not every place can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// Files and folders; standard input and output are none.
    File,
    Network,
    /// Starting or signalling processes.
    Process,
    /// Code made at run time, which no reading of the source can know.
    DynamicCode,
    /// Memory or system calls without the language's care.
    Native,
    /// Threads and workers.
    Threads,
    /// A module or construct that browsers don't have.
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

    /// What is said of it to a person.
    pub fn describe(self) -> &'static str {
        match self {
            FactKind::File => "uses files",
            FactKind::Network => "uses the network",
            FactKind::Process => "starts processes",
            FactKind::DynamicCode => "makes code at run time",
            FactKind::Native => "goes past the language's own safety",
            FactKind::Threads => "uses threads",
            FactKind::NotInBrowsers => "needs what browsers don't have",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Fact {
    /// Counted from 1.
    pub line: u32,
    pub kind: FactKind,
    /// What it is called where it comes from, whatever it is called here: `os.system`.
    pub name: String,
}

impl Fact {
    pub(crate) fn new(line: u32, kind: FactKind, name: &str) -> Self {
        let name = name.chars().take(MAX_NAME_CHARS).collect();
        Fact { line, kind, name }
    }
}
