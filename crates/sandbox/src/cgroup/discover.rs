//! Finds our own place in the machine's control groups.

use std::fs;
use std::path::{Path, PathBuf};

use super::Hierarchy;
use super::v1::{Controllers, V1};
use super::v2::V2;
use crate::{SandboxError, Step};

/// Opens the hierarchy whose `memory`, `pids` and `cpu` controllers are at hand, version 2 first,
/// and makes a folder called `instance` in it.
pub fn discover(instance: &str) -> Result<Box<dyn Hierarchy>, SandboxError> {
    let read = |path: &str| {
        fs::read_to_string(path)
            .map_err(|error| SandboxError::new(Step::FindCgroup, format!("{path}: {error}")))
    };
    match locate(&read("/proc/self/mountinfo")?, &read("/proc/self/cgroup")?)? {
        Located::V1(controllers) => Ok(Box::new(V1::open(controllers, instance)?)),
        Located::V2 { top, own } => Ok(Box::new(V2::open(&top, &own, instance)?)),
    }
}

#[derive(Debug)]
enum Located {
    V1(Controllers),
    V2 {
        /// Where the hierarchy is mounted.
        top: PathBuf,
        own: PathBuf,
    },
}

/// Pure: from the texts of `/proc/self/mountinfo` and `/proc/self/cgroup` to folders.
fn locate(mountinfo: &str, cgroup: &str) -> Result<Located, SandboxError> {
    let mounts: Vec<Mount> = mountinfo.lines().filter_map(Mount::parse).collect();
    let v1 = |controller: &str| {
        let own = own_path(cgroup, |names| {
            names.split(',').any(|name| name == controller)
        })?;
        let mount = mounts
            .iter()
            .find(|mount| mount.kind == "cgroup" && mount.has_option(controller))?;
        mount.folder_of(own)
    };
    let v2 = || {
        let own = own_path(cgroup, str::is_empty)?;
        let mount = mounts.iter().find(|mount| mount.kind == "cgroup2")?;
        Some(Located::V2 {
            top: PathBuf::from(mount.point),
            own: mount.folder_of(own)?,
        })
    };
    // A controller belongs to one version at a time. Where v1 has memory, v2 can't have it.
    if let (Some(memory), Some(pids), Some(cpu), Some(cpuacct)) =
        (v1("memory"), v1("pids"), v1("cpu"), v1("cpuacct"))
    {
        return Ok(Located::V1(Controllers {
            memory,
            pids,
            cpu,
            cpuacct,
            blkio: v1("blkio"),
        }));
    }
    v2().ok_or_else(|| {
        SandboxError::new(
            Step::FindCgroup,
            "neither a cgroup2 mount nor cgroup v1 mounts of memory, pids, cpu and cpuacct; \
             mount one, for example: mount -t cgroup2 none /sys/fs/cgroup",
        )
    })
}

/// Our own group's path in the line of `/proc/self/cgroup` whose controllers match.
fn own_path(cgroup: &str, matches: impl Fn(&str) -> bool) -> Option<&str> {
    cgroup.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':');
        let (_, names, path) = (fields.next()?, fields.next()?, fields.next()?);
        matches(names).then_some(path)
    })
}

/// The fields of a `/proc/self/mountinfo` line that matter here.
struct Mount<'a> {
    root: &'a str,
    point: &'a str,
    kind: &'a str,
    options: &'a str,
}

impl<'a> Mount<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (before, after) = line.split_once(" - ")?;
        let mut before = before.split(' ').skip(3);
        let mut after = after.split(' ');
        Some(Mount {
            root: before.next()?,
            point: before.next()?,
            kind: after.next()?,
            options: after.nth(1)?,
        })
    }

    fn has_option(&self, wanted: &str) -> bool {
        self.options.split(',').any(|option| option == wanted)
    }

    /// Where a group's folder is: a mount may show only a part of the hierarchy.
    fn folder_of(&self, group: &str) -> Option<PathBuf> {
        let below = Path::new(group).strip_prefix(self.root).ok()?;
        Some(Path::new(self.point).join(below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1_MOUNTS: &str = "\
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:31 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
39 31 0:36 /docker/abc /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
";

    #[test]
    fn v1_is_found_also_where_a_mount_shows_a_part() {
        let cgroup = "8:pids:/docker/abc/x\n4:memory:/a/b\n1:cpu,cpuacct:/\n0::/\n";
        let Located::V1(found) = locate(V1_MOUNTS, cgroup).unwrap() else {
            panic!("expected v1");
        };
        assert_eq!(found.memory, Path::new("/sys/fs/cgroup/memory/a/b"));
        assert_eq!(found.pids, Path::new("/sys/fs/cgroup/pids/x"));
        assert_eq!(found.cpu, Path::new("/sys/fs/cgroup/cpu,cpuacct"));
        assert_eq!(found.cpuacct, found.cpu);
    }

    #[test]
    fn v2_is_found() {
        let mounts = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
        let located = locate(mounts, "0::/system.slice/letscode.service\n").unwrap();
        let Located::V2 { top, own } = located else {
            panic!("expected v2");
        };
        assert_eq!(top, Path::new("/sys/fs/cgroup"));
        assert_eq!(own, top.join("system.slice/letscode.service"));
    }

    #[test]
    fn nothing_mounted_is_said_with_the_mend() {
        let error = locate("", "0::/\n").unwrap_err();
        assert_eq!(error.step, Step::FindCgroup);
        assert!(error.detail.contains("mount -t cgroup2"), "{error}");
    }
}
