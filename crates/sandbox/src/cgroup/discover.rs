//! Finds this process's own group in the machine's control groups.

use std::fs;
use std::path::{Path, PathBuf};

use super::CgroupHierarchy;
use super::v1::{ControllerPaths, V1Hierarchy};
use super::v2::V2Hierarchy;
use crate::{SandboxError, SandboxStep};

/// Opens the hierarchy that has the `memory`, `pids` and `cpu` controllers, and makes a folder
/// called `instance` in it.
pub fn discover(instance: &str) -> Result<Box<dyn CgroupHierarchy>, SandboxError> {
    let read = |path: &str| {
        fs::read_to_string(path)
            .map_err(|error| SandboxError::new(SandboxStep::FindCgroup, format!("{path}: {error}")))
    };
    let (mounts, groups) = (read("/proc/self/mountinfo")?, read("/proc/self/cgroup")?);
    match locate(&mounts, &groups, Path::is_dir)? {
        CgroupLocation::V1(controllers) => Ok(Box::new(V1Hierarchy::open(controllers, instance)?)),
        CgroupLocation::V2 { top, own } => Ok(Box::new(V2Hierarchy::open(&top, &own, instance)?)),
    }
}

#[derive(Debug)]
enum CgroupLocation {
    V1(ControllerPaths),
    V2 {
        /// Mount point of the hierarchy.
        top: PathBuf,
        own: PathBuf,
    },
}

/// Finds the folders of our own group from the texts of `/proc/self/mountinfo` and
/// `/proc/self/cgroup`. `exists` tells whether a folder can be reached.
fn locate(
    mountinfo: &str,
    cgroup: &str,
    exists: fn(&Path) -> bool,
) -> Result<CgroupLocation, SandboxError> {
    let mounts: Vec<CgroupMount> = mountinfo.lines().filter_map(CgroupMount::parse).collect();
    let find_folder = |group: &str, matches: &dyn Fn(&CgroupMount) -> bool| {
        select_mount(&mounts, group, matches, exists)
    };
    let v1 = |controller: &str| {
        let own = own_path(cgroup, |names| {
            names.split(',').any(|name| name == controller)
        })?;
        let matches = |mount: &CgroupMount| mount.kind == "cgroup" && mount.has_option(controller);
        find_folder(own, &matches).map(|(_, folder)| folder)
    };
    let v2 = || {
        let own = own_path(cgroup, str::is_empty)?;
        let (mount, folder) = find_folder(own, &|mount| mount.kind == "cgroup2")?;
        Some(CgroupLocation::V2 {
            top: PathBuf::from(mount.point),
            own: folder,
        })
    };
    // A controller belongs to one version at a time. Where v1 has memory, v2 can't have it.
    if let (Some(memory), Some(pids), Some(cpu), Some(cpuacct)) =
        (v1("memory"), v1("pids"), v1("cpu"), v1("cpuacct"))
    {
        return Ok(CgroupLocation::V1(ControllerPaths {
            memory,
            pids,
            cpu,
            cpuacct,
            blkio: v1("blkio"),
        }));
    }
    v2().ok_or_else(|| {
        SandboxError::new(
            SandboxStep::FindCgroup,
            "neither a cgroup2 mount nor cgroup v1 mounts of memory, pids, cpu and cpuacct; \
             mount one, for example: mount -t cgroup2 none /sys/fs/cgroup",
        )
    })
}

/// Selects the mount to use. A container may have several mounts of one hierarchy: read-only ones,
/// ones that show another part of it, ones that are covered by another mount. Takes the first
/// writable one that shows the group, or else the first that shows it.
fn select_mount<'m, 'a>(
    mounts: &'m [CgroupMount<'a>],
    group: &str,
    matches: &dyn Fn(&CgroupMount) -> bool,
    exists: fn(&Path) -> bool,
) -> Option<(&'m CgroupMount<'a>, PathBuf)> {
    let covered = |at: usize| {
        mounts[at + 1..]
            .iter()
            .any(|later| later.point == mounts[at].point)
    };
    let shown: Vec<_> = mounts
        .iter()
        .enumerate()
        .filter(|(at, mount)| matches(mount) && !covered(*at))
        .filter_map(|(_, mount)| Some((mount, mount.folder_of(group)?)))
        .filter(|(_, folder)| exists(folder))
        .collect();
    let writable = shown.iter().position(|(mount, _)| mount.is_writable());
    shown.into_iter().nth(writable.unwrap_or(0))
}

/// Returns our own group's path from the line of `/proc/self/cgroup` whose controllers match.
fn own_path(cgroup: &str, matches: impl Fn(&str) -> bool) -> Option<&str> {
    cgroup.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':');
        let (_, names, path) = (fields.next()?, fields.next()?, fields.next()?);
        matches(names).then_some(path)
    })
}

/// One line of `/proc/self/mountinfo`, with the fields that are needed.
struct CgroupMount<'a> {
    root: &'a str,
    point: &'a str,
    /// Options of this mount; `options` are the hierarchy's.
    own_options: &'a str,
    kind: &'a str,
    options: &'a str,
}

impl<'a> CgroupMount<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (before, after) = line.split_once(" - ")?;
        let mut before = before.split(' ').skip(3);
        let mut after = after.split(' ');
        Some(CgroupMount {
            root: before.next()?,
            point: before.next()?,
            own_options: before.next()?,
            kind: after.next()?,
            options: after.nth(1)?,
        })
    }

    fn has_option(&self, name: &str) -> bool {
        self.options.split(',').any(|option| option == name)
    }

    fn is_writable(&self) -> bool {
        let all = self.own_options.split(',').chain(self.options.split(','));
        all.into_iter().all(|option| option != "ro")
    }

    /// Returns a group's folder. `None` if the mount shows a part of the hierarchy without it.
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
    fn v1_partial_mounts_are_found() {
        let cgroup = "8:pids:/docker/abc/x\n4:memory:/a/b\n1:cpu,cpuacct:/\n0::/\n";
        let CgroupLocation::V1(controllers) = locate(V1_MOUNTS, cgroup, |_| true).unwrap() else {
            panic!("expected v1");
        };
        assert_eq!(controllers.memory, Path::new("/sys/fs/cgroup/memory/a/b"));
        assert_eq!(controllers.pids, Path::new("/sys/fs/cgroup/pids/x"));
        assert_eq!(controllers.cpu, Path::new("/sys/fs/cgroup/cpu,cpuacct"));
        assert_eq!(controllers.cpuacct, controllers.cpu);
    }

    #[test]
    fn v2_is_found() {
        let mounts = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
        let located = locate(mounts, "0::/system.slice/letscode.service\n", |_| true).unwrap();
        let CgroupLocation::V2 { top, own } = located else {
            panic!("expected v2");
        };
        assert_eq!(top, Path::new("/sys/fs/cgroup"));
        assert_eq!(own, top.join("system.slice/letscode.service"));
    }

    /// Returns the folder of a group among mounts given as `root point options`.
    fn v2_folder(mounts: &[&str], group: &str) -> Option<PathBuf> {
        let line = |mount: &&str| format!("1 2 0:26 {mount} - cgroup2 cgroup2 rw\n");
        let mounts: String = mounts.iter().map(line).collect();
        let exists = |path: &Path| !path.starts_with("/hidden");
        match locate(&mounts, &format!("0::{group}\n"), exists) {
            Ok(CgroupLocation::V2 { own, .. }) => Some(own),
            _ => None,
        }
    }

    #[test]
    fn v2_prefers_a_writable_mount() {
        let table: [(&[&str], &str); 7] = [
            (&["/ /a rw", "/ /b rw"], "/a/own"),
            (&["/ /a ro,nosuid", "/ /b rw"], "/b/own"),
            (&["/ /a ro"], "/a/own"),
            // Shows a part that the group is not in.
            (&["/other /a rw", "/own /b rw"], "/b"),
            (&["/../.. /a rw", "/ /b rw"], "/b/own"),
            // Another was mounted over it, which is not writable.
            (&["/ /a rw", "/ /a ro", "/ /b rw"], "/b/own"),
            (&["/ /hidden/a rw", "/ /b rw"], "/b/own"),
        ];
        for (mounts, expected) in table {
            assert_eq!(
                v2_folder(mounts, "/own").unwrap(),
                Path::new(expected),
                "{mounts:?}"
            );
        }
        assert_eq!(v2_folder(&["/other /a rw"], "/own"), None);
    }

    #[test]
    fn v1_prefers_a_writable_mount() {
        let second = "50 31 0:31 / /run/cgroup/memory rw - cgroup cgroup rw,memory\n";
        let first_is_read_only = V1_MOUNTS.replace("/memory rw,relatime", "/memory ro,relatime");
        let cgroup = "8:pids:/docker/abc/x\n4:memory:/a/b\n1:cpu,cpuacct:/\n0::/\n";
        let mounts = first_is_read_only + second;
        let CgroupLocation::V1(controllers) = locate(&mounts, cgroup, |_| true).unwrap() else {
            panic!("expected v1");
        };
        assert_eq!(controllers.memory, Path::new("/run/cgroup/memory/a/b"));
    }

    #[test]
    fn error_without_mounts_says_how_to_fix_it() {
        let error = locate("", "0::/\n", |_| true).unwrap_err();
        assert_eq!(error.step, SandboxStep::FindCgroup);
        assert!(error.detail.contains("mount -t cgroup2"), "{error}");
    }
}
