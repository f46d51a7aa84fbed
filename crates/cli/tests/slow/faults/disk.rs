//! The file system of the data folder is full.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::{SLOW, solution, try_to_submit};
use crate::support::LETSCODE;
use crate::support::service::{Service, assert_judged_once, is_final};

const ROOM: &str = "size=48m";

/// Starts a service whose data folder is a small private file system, which ends with the service.
fn serve_on_small_file_system(data: &Path) -> Service {
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--propagation", "private", "--", "sh", "-euc"])
        .arg(format!(
            "mount -t tmpfs -o {ROOM} tmpfs \"$0\"; exec \"$@\""
        ))
        .arg(data)
        .args([
            LETSCODE,
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--workers",
            "1",
            "--data",
        ])
        .arg(data)
        .env("RUST_LOG", "off")
        .env("LETSCODE_COMPILE_CACHE", "0")
        .env("LETSCODE_WARM_CELLS", "0");
    Service::spawn(command)
}

/// Fills the file system.
fn fill(folder: &Path) -> PathBuf {
    let path = folder.join("filling");
    let mut file = File::create(&path).unwrap();
    let mut size = 1 << 20;
    while size > 0 {
        if file.write_all(&vec![7; size]).is_err() {
            size /= 2;
        }
    }
    path
}

#[test]
fn full_disks_refuse_and_lose_nothing() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: a small file system can only be mounted by root");
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let service = serve_on_small_file_system(data.path());
    let inside = PathBuf::from(format!("/proc/{}/root", service.pid()));
    let inside = inside.join(data.path().strip_prefix("/").unwrap());
    let mut stream = service.stream();
    let mut ids: Vec<String> = (0..2)
        .map(|_| service.submit("aplusb", "python", SLOW))
        .collect();
    stream.first_test_of(&ids[0]);
    let filling = fill(&inside);
    // Existing files may have free space. The problem takes sources of 128 KiB.
    let large = format!("{}# {}", solution(), "x".repeat(120_000));
    let refusal = loop {
        match try_to_submit(&service, &large) {
            Ok(id) => ids.push(id),
            Err(refusal) => break refusal,
        }
        assert!(ids.len() < 100, "all are accepted");
    };
    assert_eq!(refusal.kind, "urn:letscode:problem:not-ready");
    assert!((1..=60).contains(&refusal.retry_after));
    // Long enough for a judgement to find no space either.
    thread::sleep(Duration::from_secs(3));
    assert_eq!(service.get("/healthz").0, 200);
    let submissions: Vec<_> = ids.iter().map(|id| service.submission(id)).collect();
    assert!(
        !submissions.iter().all(is_final),
        "there was room: {submissions:?}"
    );
    fs::remove_file(filling).unwrap();
    for id in &ids {
        assert_judged_once(&service.verdict(id));
    }
    let next = service.submit("aplusb", "python", &solution());
    assert_judged_once(&service.verdict(&next));
}
