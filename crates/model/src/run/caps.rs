use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::limits::LimitSpec;

const MIB: u64 = 1 << 20;

/// The operator's last word on the limits of programs, whoever states those: a package as well as a
/// request. Limits that are absent are not capped. Compilers have their language's own limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LimitCaps {
    #[serde(flatten)]
    pub limits: LimitSpec,
    /// Percent of one core that all processes of a program get together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_percent: Option<u32>,
    /// Bytes per second that a program may read from each disk, and again write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub io_bytes_per_second: Option<u64>,
}

impl LimitCaps {
    /// Returns these caps, with those of `others` where these have none.
    pub fn or(self, others: LimitCaps) -> LimitCaps {
        LimitCaps {
            limits: self.limits.or(others.limits),
            cpu_percent: self.cpu_percent.or(others.cpu_percent),
            io_bytes_per_second: self.io_bytes_per_second.or(others.io_bytes_per_second),
        }
    }

    /// Returns the most CPU time that a program can use, in milliseconds: what its share of a core
    /// gives it in the longest wall-clock time, if that is less than the cap of CPU time. A program
    /// with several processes has no more, because they share.
    pub fn usable_cpu_time(&self) -> Option<u64> {
        let within_wall_time = self.limits.wall_time.map(|wall_time| {
            let percent = self.cpu_percent.unwrap_or(100).min(100);
            wall_time.saturating_mul(percent.into()) / 100
        });
        let caps = [self.limits.cpu_time, within_wall_time];
        caps.into_iter().flatten().min()
    }
}

/// A named set of caps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LimitProfile {
    /// No caps: packages and requests have what they ask for.
    #[default]
    Standard,
    /// Half a core, 512 MiB, 50 processes, 10 MiB/s and 5 s.
    Hardened,
}

impl LimitProfile {
    pub fn caps(self) -> LimitCaps {
        match self {
            LimitProfile::Standard => LimitCaps::default(),
            LimitProfile::Hardened => LimitCaps {
                limits: LimitSpec {
                    cpu_time: Some(5_000),
                    wall_time: Some(5_000),
                    memory: Some(512 * MIB),
                    processes: Some(50),
                    ..LimitSpec::default()
                },
                cpu_percent: Some(50),
                io_bytes_per_second: Some(10 * MIB),
            },
        }
    }
}

impl fmt::Display for LimitProfile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            LimitProfile::Standard => "standard",
            LimitProfile::Hardened => "hardened",
        })
    }
}

impl FromStr for LimitProfile {
    type Err = String;

    fn from_str(text: &str) -> Result<LimitProfile, String> {
        match text {
            "standard" => Ok(LimitProfile::Standard),
            "hardened" => Ok(LimitProfile::Hardened),
            _ => Err("it is standard or hardened".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_caps_replace_those_of_a_profile() {
        let own = LimitCaps {
            limits: LimitSpec {
                memory: Some(64 * MIB),
                output: Some(MIB),
                ..LimitSpec::default()
            },
            cpu_percent: Some(100),
            ..LimitCaps::default()
        };
        let caps = own.or(LimitProfile::Hardened.caps());
        assert_eq!(caps.limits.memory, Some(64 * MIB));
        assert_eq!(caps.limits.output, Some(MIB));
        assert_eq!(caps.limits.processes, Some(50));
        assert_eq!(caps.cpu_percent, Some(100));
        assert_eq!(caps.io_bytes_per_second, Some(10 * MIB));
    }

    #[test]
    fn the_usable_time_is_what_the_share_gives() {
        let hardened = LimitProfile::Hardened.caps();
        assert_eq!(hardened.usable_cpu_time(), Some(2_500));
        assert_eq!(LimitCaps::default().usable_cpu_time(), None);
        let two_cores = LimitCaps {
            cpu_percent: Some(200),
            ..hardened
        };
        assert_eq!(two_cores.usable_cpu_time(), Some(5_000));
    }
}
