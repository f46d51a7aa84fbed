//! What the host has of memory and disk, before and after.

use std::fs;
use std::path::Path;

use rustix::fs::statvfs;

/// Amounts that a leak makes smaller. Others on the machine take some and give some back meanwhile,
/// so this only finds what is large; the small things are looked for by their names.
pub struct Resources(Vec<Amount>);

struct Amount {
    what: &'static str,
    free: u64,
    /// What others may have taken.
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
            // In tmpfs and in anonymous files: nobody but us has much of it.
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
            let found = statvfs(folder).unwrap();
            amounts.push(bytes(disk, found.f_bavail * found.f_frsize));
            amounts.push(Amount {
                what: files,
                free: found.f_favail,
                tolerated: 200_000,
            });
        }
        Resources(amounts)
    }

    /// What is gone since then.
    pub fn lost(&self) -> Vec<String> {
        let lost = self.0.iter().zip(Resources::now().0);
        lost.filter(|(before, now)| before.free.saturating_sub(now.free) > before.tolerated)
            .map(|(before, now)| {
                format!("{}: {} before, {} now", before.what, before.free, now.free)
            })
            .collect()
    }
}

/// A line of `/proc/meminfo`, in bytes.
fn memory(key: &str) -> u64 {
    let info = fs::read_to_string("/proc/meminfo").unwrap();
    let line = info
        .lines()
        .find_map(|line| line.strip_prefix(key))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}
