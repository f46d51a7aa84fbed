//! Layers of isolation as operators name them, and which of them may be missing.

use std::collections::BTreeSet;
use std::fmt::{Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A layer of isolation that a cell has on the server. (A sixth, the application layer, is what
/// the page does in a browser.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Own processes, users, IPC and host name; no capabilities.
    Namespaces,
    /// Limits on memory, processes, CPU and I/O for all processes of a cell together.
    Cgroups,
    /// System call filters.
    Seccomp,
    /// A private read-only root, and Landlock on top of it.
    Filesystem,
    /// A network of its own, with nothing in it.
    Network,
}

impl Layer {
    pub const ALL: [Layer; 5] = [
        Layer::Namespaces,
        Layer::Cgroups,
        Layer::Seccomp,
        Layer::Filesystem,
        Layer::Network,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Layer::Namespaces => "namespaces",
            Layer::Cgroups => "cgroups",
            Layer::Seccomp => "seccomp",
            Layer::Filesystem => "filesystem",
            Layer::Network => "network",
        }
    }
}

impl Display for Layer {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Error of parsing a name that no layer has.
#[derive(Debug, thiserror::Error)]
#[error("no such layer; known are namespaces, cgroups, seccomp, filesystem and network")]
pub struct UnknownLayer;

impl FromStr for Layer {
    type Err = UnknownLayer;

    fn from_str(text: &str) -> Result<Self, UnknownLayer> {
        let named = Layer::ALL.into_iter().find(|layer| layer.name() == text);
        named.ok_or(UnknownLayer)
    }
}

/// Required isolation. By default all layers: one that can't be set up is an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Isolation {
    /// Layers that may be weaker or absent if the machine does not offer them. If it does, they are
    /// used all the same.
    pub allow_degraded: BTreeSet<Layer>,
    /// Layers that are left out although the machine offers them, so that a test can show that each
    /// missing layer is noticed. No command that runs untrusted programs sets it.
    pub switched_off: BTreeSet<Layer>,
}

impl Isolation {
    pub fn tolerates(&self, layer: Layer) -> bool {
        self.allow_degraded.contains(&layer) || self.switched_off.contains(&layer)
    }

    pub(crate) fn has(&self, layer: Layer) -> bool {
        !self.switched_off.contains(&layer)
    }
}

/// A layer that is weaker than it should be, or absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Degradation {
    pub layer: Layer,
    /// The system's error, the protection that remains, and how to fix it.
    pub detail: String,
}
