//! Free memory and disk space of the host, before and after.

use std::fs;
use std::path::Path;

use rustix::fs::statvfs;

/// Amounts that shrink with a leak. Other processes change them too, so that this finds only large
/// leaks; small ones are found by their names.
pub struct Resources(Vec<Amount>);

struct Amount {
    what: &'static str,
    free: u64,
    /// Tolerance for other processes.
    tolerated: u64,
}

const MIB: u64 = 1 << 20;

impl Resources {
    pub fn now() -> Resources {
        let bytes = |what, free| Amount {
            what,
            free,
            tolerated: 4096 * MIB,
        };
        let mut amounts = vec![
            bytes("bytes of memory", memory("MemAvailable:")),
            // Memory in tmpfs and in anonymous files, which hardly any other process uses.
            Amount {
                tolerated: 2048 * MIB,
                ..bytes(
                    "bytes of memory that no file holds",
                    memory("MemTotal:") - memory("Shmem:"),
                )
            },
        ];
        let temporary = std::env::temp_dir();
        for (disk, files, folder) in [
            ("bytes on the root's disk", "files on it", Path::new("/")),
            ("bytes for temporary files", "files of them", &temporary),
        ] {
            let statistics = statvfs(folder).unwrap();
            amounts.push(bytes(disk, statistics.f_bavail * statistics.f_frsize));
            amounts.push(Amount {
                what: files,
                free: statistics.f_favail,
                tolerated: 200_000,
            });
        }
        Resources(amounts)
    }

    /// Returns the amounts that were lost since then.
    pub fn lost(&self) -> Vec<String> {
        let lost = self.0.iter().zip(Resources::now().0);
        lost.filter(|(before, now)| before.free.saturating_sub(now.free) > before.tolerated)
            .map(|(before, now)| {
                format!("{}: {} before, {} now", before.what, before.free, now.free)
            })
            .collect()
    }
}

/// Returns a line of `/proc/meminfo` in bytes.
fn memory(key: &str) -> u64 {
    let info = fs::read_to_string("/proc/meminfo").unwrap();
    let line = info
        .lines()
        .find_map(|line| line.strip_prefix(key))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}
