//! Tests which text is written to which file, in a folder that stands in for the hierarchy. That a
//! real kernel takes these texts is tested in `tests/cgroup2.rs`.

use std::path::Path;

use super::controllers::has_controllers;
use super::*;

/// Makes a folder with the files that the kernel shows in a group.
fn fake_group(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for (name, text) in [
        ("cgroup.procs", ""),
        ("cgroup.subtree_control", ""),
        ("memory.max", "max\n"),
        ("memory.swap.max", "max\n"),
        ("memory.oom.group", "0\n"),
        ("memory.peak", "4096\n"),
        ("memory.current", "0\n"),
        (
            "memory.events",
            "low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\noom_group_kill 1\n",
        ),
        ("pids.max", "max\n"),
        ("pids.events", "max 0\n"),
        ("cpu.max", "max 100000\n"),
        ("cpu.weight", "100\n"),
        ("io.max", ""),
        (
            "cpu.stat",
            "usage_usec 1500000\nuser_usec 1\nsystem_usec 2\n",
        ),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
}

fn limits() -> Limits {
    Limits {
        memory_bytes: 64 << 20,
        processes: 7,
        cpu_cores: 0.5,
        io_bytes_per_second: 1234,
        ..Limits::default()
    }
}

fn limited(folder: &Path) -> Result<V2Group, SandboxError> {
    let disks = vec!["8:0".to_owned(), "253:16".to_owned()];
    V2Group::limited(folder.to_path_buf(), disks, &limits())
}

#[test]
fn every_limit_is_written_to_its_file() {
    let folder = tempfile::tempdir().unwrap();
    fake_group(folder.path());
    let _group = limited(folder.path()).unwrap();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("memory.max").starts_with("67108864"));
    assert!(read("memory.swap.max").starts_with('0'));
    assert!(read("memory.oom.group").starts_with('1'));
    assert!(read("pids.max").starts_with('9'));
    assert!(read("cpu.max").starts_with("50000 100000"));
    // The kernel takes one disk at a time; the second was written over the first here.
    assert_eq!(read("io.max"), "253:16 rbps=1234 wbps=1234");
}

#[test]
fn io_rates_are_written_only_when_changed() {
    let folder = tempfile::tempdir().unwrap();
    fake_group(folder.path());
    let mut group = limited(folder.path()).unwrap();
    let rates = folder.path().join("io.max");
    fs::write(&rates, "").unwrap();
    group.limit(&limits()).unwrap();
    assert_eq!(fs::read_to_string(&rates).unwrap(), "");
    let faster = Limits {
        io_bytes_per_second: 9,
        ..limits()
    };
    group.limit(&faster).unwrap();
    assert_eq!(fs::read_to_string(&rates).unwrap(), "253:16 rbps=9 wbps=9");
}

#[test]
fn priority_is_written_when_changed() {
    let folder = tempfile::tempdir().unwrap();
    fake_group(folder.path());
    let mut group = limited(folder.path()).unwrap();
    let weight = folder.path().join("cpu.weight");
    assert_eq!(fs::read_to_string(&weight).unwrap(), "100\n");
    for (low_priority, expected) in [(true, "6"), (false, "100")] {
        fs::write(&weight, "").unwrap();
        let limits = Limits {
            low_priority,
            ..limits()
        };
        group.limit(&limits).unwrap();
        assert_eq!(fs::read_to_string(&weight).unwrap(), expected);
    }
}

#[test]
fn io_is_limited_only_if_enabled() {
    let folder = tempfile::tempdir().unwrap();
    fake_group(folder.path());
    let control = folder.path().join("cgroup.subtree_control");
    for (enabled, expected) in [
        ("cpu io memory pids\n", true),
        ("cpu memory pids\n", false),
        // Another controller whose name begins alike.
        ("cpu iocost memory pids\n", false),
    ] {
        fs::write(&control, enabled).unwrap();
        assert_eq!(is_io_enabled(folder.path()), expected, "{enabled}");
    }
    fs::write(&control, "io\n").unwrap();
    fs::remove_file(folder.path().join("io.max")).unwrap();
    assert!(!is_io_enabled(folder.path()), "a kernel without throttling");
}

#[test]
fn counters_are_read_in_their_units() {
    let folder = tempfile::tempdir().unwrap();
    fake_group(folder.path());
    let group = limited(folder.path()).unwrap();
    assert_eq!(group.cpu_time().unwrap(), Duration::from_millis(1500));
    assert_eq!(group.memory_peak_bytes().unwrap(), 4096);
    assert_eq!(
        group.oom_kills().unwrap(),
        2,
        "oom_kill, not oom or oom_group_kill"
    );
    assert!(group.clone_target().is_some());
}

#[test]
fn processes_enter_by_pid() {
    let folder = tempfile::tempdir().unwrap();
    fake_group(folder.path());
    let group = limited(folder.path()).unwrap();
    group.enter(Pid::from_raw(4242).unwrap()).unwrap();
    let procs = fs::read_to_string(folder.path().join("cgroup.procs")).unwrap();
    assert_eq!(procs, "4242");
}

#[test]
fn errors_name_the_missing_file() {
    let folder = tempfile::tempdir().unwrap();
    fake_group(folder.path());
    fs::remove_file(folder.path().join("pids.max")).unwrap();
    let error = limited(folder.path()).err().unwrap();
    assert_eq!(error.step, SandboxStep::LimitCgroup);
    assert!(error.detail.contains("pids.max"), "{error}");
}

#[test]
fn memory_current_replaces_a_missing_peak() {
    let folder = tempfile::tempdir().unwrap();
    fake_group(folder.path());
    fs::remove_file(folder.path().join("memory.peak")).unwrap();
    fs::write(folder.path().join("memory.current"), "8192\n").unwrap();
    let group = limited(folder.path()).unwrap();
    assert_eq!(group.memory_peak_bytes().unwrap(), 8192);
}

#[test]
fn missing_controllers_are_enabled() {
    let folder = tempfile::tempdir().unwrap();
    fake_group(folder.path());
    enable(folder.path()).unwrap();
    let control = folder.path().join("cgroup.subtree_control");
    assert_eq!(fs::read_to_string(&control).unwrap(), "+memory +pids +cpu");
    fs::write(&control, "cpuset cpu memory pids\n").unwrap();
    assert!(has_controllers(&control));
    fs::write(&control, "cpu memory\n").unwrap();
    assert!(!has_controllers(&control));
}

#[test]
fn only_stale_instances_are_swept() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["letscode.1.9/cell-0", "letscode.2.9/cell-0", "other/x"] {
        fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    sweep_folder(folder.path(), &|name| name == "letscode.1.9");
    assert!(!folder.path().join("letscode.1.9").exists());
    assert!(folder.path().join("letscode.2.9/cell-0").exists());
    assert!(folder.path().join("other/x").exists());
}
