//! Users of a service's processes: the one that serves HTTP and judges has no rights, and only the
//! jail helper keeps root.
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};

use crate::support::host::jail_helper;
use crate::support::letscode;
use crate::support::service::Service;

fn status(pid: u32) -> BTreeMap<String, String> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let fields = text.lines().filter_map(|line| line.split_once(":\t"));
    fields
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect()
}

fn assert_nobody(pid: u32) {
    let status = status(pid);
    let none = "0000000000000000";
    for name in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        assert_eq!(status[name], none, "{name}");
    }
    assert_eq!(status["NoNewPrivs"], "1");
    assert_eq!(status["Groups"], "");
    for name in ["Uid", "Gid"] {
        let ids: Vec<&str> = status[name].split_whitespace().collect();
        assert!(ids.iter().all(|id| *id != "0"), "{name}: {ids:?}");
    }
}

fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("skipped: only a service that was started as root has root to give up");
    }
    root
}

#[test]
fn service_drops_root_and_helper_keeps_it() {
    if !is_root() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let helper = jail_helper(service.pid()).unwrap();
    assert_eq!(status(helper)["Uid"].split_whitespace().next(), Some("0"));
    for task in fs::read_dir(format!("/proc/{}/task", service.pid())).unwrap() {
        let thread = task.unwrap().file_name().to_string_lossy().parse().unwrap();
        assert_nobody(thread);
    }
    let owner = fs::metadata(data.path()).unwrap().uid();
    assert_eq!(
        status(service.pid())["Uid"].split_whitespace().next(),
        Some(owner.to_string().as_str())
    );
}

#[test]
fn folder_of_somebody_else_is_refused_and_untouched() {
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (thesis, link) = (folder.path().join("thesis.tex"), folder.path().join("link"));
    fs::write(&thesis, "years of work").unwrap();
    std::os::unix::fs::symlink("/etc", &link).unwrap();
    let data = folder.path().to_str().unwrap();
    let ran = letscode(["serve", "--listen", "127.0.0.1:0", "--data", data]);
    let message = ran.refusal();
    for part in ["is no data folder of letscode", "`link`", "--data"] {
        assert!(message.contains(part), "{message}");
    }
    for path in [folder.path(), &thesis, &link] {
        assert_eq!(fs::symlink_metadata(path).unwrap().uid(), 0, "{path:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn database_is_its_owners_alone() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    service.judge("aplusb", "python", "print(1)");
    for name in ["letscode.db", "letscode.db-wal", "letscode.db-shm"] {
        let mode = fs::metadata(data.path().join(name)).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

/// Like a checkout below `/root`.
#[test]
fn unreachable_data_folders_work() {
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let private = folder.path().join("private");
    fs::DirBuilder::new().mode(0o700).create(&private).unwrap();
    let service = Service::start(&private.join("data"));
    assert_nobody(service.pid());
    let judged = service.judge("aplusb", "python", "print(sum(map(int, input().split())))");
    assert_eq!(judged["verdict"]["status"], "Accepted", "{judged}");
    assert!(private.join("data/letscode.db").exists());
}
