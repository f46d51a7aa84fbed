//! The operator's caps on the limits of programs.

use clap::Args;
use letscode_model::{LimitCaps, LimitProfile, LimitSpec};

use crate::units::{count, milliseconds, size};

/// Caps on the limits of programs, whatever a package or a request asks for. Times are milliseconds,
/// sizes are bytes; K, M and G are 1024, 1024² and 1024³, s is a second.
#[derive(Args, Clone, Default)]
pub struct CapArgs {
    /// Caps on all programs. `standard`: none. `hardened`: half a core, 512 MiB of memory, 50 processes,
    /// 10 MiB/s from and to disks, and 5 s, by the clock as well as of CPU time. Each --max-* option
    /// replaces its cap
    #[arg(long, value_name = "NAME", default_value_t = LimitProfile::default(), env = "LETSCODE_PROFILE")]
    profile: LimitProfile,
    /// Largest CPU time of a program
    #[arg(long, value_name = "MS", value_parser = milliseconds, env = "LETSCODE_MAX_CPU_TIME")]
    max_cpu_time: Option<u64>,
    /// Largest wall-clock time of a program
    #[arg(long, value_name = "MS", value_parser = milliseconds, env = "LETSCODE_MAX_WALL_TIME")]
    max_wall_time: Option<u64>,
    /// Largest memory of a program
    #[arg(long, value_name = "BYTES", value_parser = size, env = "LETSCODE_MAX_MEMORY")]
    max_memory: Option<u64>,
    /// Largest stack of a program
    #[arg(long, value_name = "BYTES", value_parser = size, env = "LETSCODE_MAX_STACK")]
    max_stack: Option<u64>,
    /// Most processes and threads of a program
    #[arg(long, value_name = "N", value_parser = count, env = "LETSCODE_MAX_PROCESSES")]
    max_processes: Option<u64>,
    /// Largest output of a program
    #[arg(long, value_name = "BYTES", value_parser = size, env = "LETSCODE_MAX_OUTPUT")]
    max_output: Option<u64>,
    /// Largest file of a program
    #[arg(long, value_name = "BYTES", value_parser = size, env = "LETSCODE_MAX_FILE_SIZE")]
    max_file_size: Option<u64>,
    /// Largest share of CPU time of a program, in percent of one core
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(1..=6400), env = "LETSCODE_MAX_CPU_PERCENT")]
    max_cpu_percent: Option<u32>,
    /// Most bytes per second that a program reads from a disk, and again writes
    #[arg(long, value_name = "BYTES", value_parser = size, env = "LETSCODE_MAX_DISK_RATE")]
    max_disk_rate: Option<u64>,
}

impl CapArgs {
    pub fn caps(&self) -> LimitCaps {
        let own = LimitCaps {
            limits: LimitSpec {
                cpu_time: self.max_cpu_time,
                wall_time: self.max_wall_time,
                memory: self.max_memory,
                stack: self.max_stack,
                processes: self.max_processes,
                output: self.max_output,
                file_size: self.max_file_size,
            },
            cpu_percent: self.max_cpu_percent,
            io_bytes_per_second: self.max_disk_rate,
        };
        own.or(self.profile.caps())
    }
}
