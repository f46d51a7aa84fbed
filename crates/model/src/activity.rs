use serde::{Deserialize, Serialize};

use crate::named_enum::named_enum;

named_enum! {
    /// Supervision of how many system calls programs make, and of how fast their memory grows.
    #[derive(Default, strum::EnumString)]
    #[serde(rename_all = "lowercase")]
    #[strum(serialize_all = "lowercase")]
    pub enum WatchMode {
        /// Nothing is measured.
        Off,
        /// Rates far above the ordinary are reported.
        #[default]
        Observe,
        /// Rates far above the ordinary end a program.
        Enforce,
        /// Programs end at 10,000 system calls a second and at 100 MB more memory a second, as many
        /// honest ones do.
        Hardened,
    }
}

impl WatchMode {
    /// True if programs are ended for their rates.
    pub fn enforces(self) -> bool {
        matches!(self, WatchMode::Enforce | WatchMode::Hardened)
    }
}

impl std::fmt::Display for WatchMode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

named_enum! {
    /// A rate that is watched.
    #[serde(rename_all = "camelCase")]
    #[strum(serialize_all = "camelCase")]
    pub enum WatchedRate {
        /// System calls a second.
        SyscallRate,
        /// Bytes a second that a program's memory grows by.
        MemoryGrowth,
    }
}

/// The highest rates that a program held for half a second. Absent are those of shorter runs, and
/// those that the worker's machine doesn't measure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RunActivity {
    /// System calls a second. Reads and writes don't count but in the mode `hardened`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub syscalls_per_second: Option<u64>,
    /// Bytes a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_growth_per_second: Option<u64>,
    /// The rate that was above its threshold, if one was; unless a rate is enforced, the program was
    /// not ended for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<WatchedRate>,
}

impl RunActivity {
    /// Returns `None` if nothing was measured.
    pub fn if_measured(self) -> Option<Self> {
        (self != RunActivity::default()).then_some(self)
    }

    /// Returns the rates of a program that was ended for something else.
    pub fn without_warning(self) -> Self {
        RunActivity {
            above: None,
            ..self
        }
    }

    /// Explains why a program was ended, such as "ended for 8100000 system calls a second"; `None` if
    /// no rate was too high.
    pub fn explain(&self) -> Option<String> {
        let rate = |rate: Option<u64>| rate.map_or("too many".to_owned(), |rate| rate.to_string());
        Some(match self.above? {
            WatchedRate::SyscallRate => {
                format!(
                    "ended for {} system calls a second",
                    rate(self.syscalls_per_second)
                )
            }
            WatchedRate::MemoryGrowth => {
                let mebibytes = self.memory_growth_per_second.map(|bytes| bytes >> 20);
                format!("ended for {} MiB more memory a second", rate(mebibytes))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_explained() {
        let none = RunActivity::default();
        assert_eq!(none.explain(), None);
        assert_eq!(none.if_measured(), None);
        let fast = RunActivity {
            syscalls_per_second: Some(8_100_000),
            memory_growth_per_second: Some(3 << 20),
            above: Some(WatchedRate::SyscallRate),
        };
        let sentence = "ended for 8100000 system calls a second";
        assert_eq!(fast.explain().unwrap(), sentence);
        let growing = RunActivity {
            above: Some(WatchedRate::MemoryGrowth),
            ..fast
        };
        let sentence = "ended for 3 MiB more memory a second";
        assert_eq!(growing.explain().unwrap(), sentence);
    }

    #[test]
    fn modes_have_names() {
        for name in ["off", "observe", "enforce", "hardened"] {
            assert_eq!(name.parse::<WatchMode>().unwrap().as_str(), name);
        }
        assert!("on".parse::<WatchMode>().is_err());
    }
}
