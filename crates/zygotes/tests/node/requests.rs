//! Tests of exec requests: their arguments, limits, user and filter, and bad requests.

use std::fs;
use std::path::PathBuf;

use rustix::process::Resource;
use tempfile::TempDir;

use crate::launcher::{self, ExecRequest, Zygote, ZygoteSettings, null};
use crate::observation::{Observation, StreamKind, forked, observe};

fn zygote_for(source: &str) -> (TempDir, PathBuf, Zygote) {
    zygote_with(source, &ZygoteSettings::default())
}

fn zygote_with(source: &str, settings: &ZygoteSettings<'_>) -> (TempDir, PathBuf, Zygote) {
    let folder = tempfile::tempdir().unwrap();
    let readable: fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(folder.path(), readable).unwrap();
    let script = folder.path().join("solution.js");
    fs::write(&script, source).unwrap();
    let zygote = Zygote::start_with(&script, "", settings, |_| {}).unwrap();
    (folder, script, zygote)
}

fn run_request(zygote: &mut Zygote, request: &ExecRequest<'_>) -> Observation {
    observe(StreamKind::Pipes, b"", |streams| {
        zygote.send(&zygote.message(request), &launcher::borrow(&streams));
        drop(streams);
        let report = zygote.exit_and_ready().unwrap();
        // The range of a Node's resident memory.
        assert!((5_000..500_000).contains(&report.max_rss_kib), "{report:?}");
        assert!(report.no_orphans, "{report:?}");
        report.status
    })
}

#[test]
fn requests_set_arguments_and_limits() {
    if crate::missing().is_some() {
        return;
    }
    let source = "const limits = require('fs').readFileSync('/proc/self/limits', 'utf8');
        console.log(process.argv.slice(2), /Max open files +(\\d+) +(\\d+)/.exec(limits).slice(1));
        console.log(/Max file size +(\\d+)/.exec(limits)[1]);";
    let (_folder, _, mut zygote) = zygote_for(source);
    let request = ExecRequest {
        arguments: &["one", "two words"],
        limits: &[
            (Resource::Nofile as u32, 64),
            (Resource::Fsize as u32, 1 << 20),
            (Resource::Stack as u32, 64 << 20),
        ],
    };
    let run = run_request(&mut zygote, &request);
    assert_eq!(run.stderr, "");
    assert_eq!(
        run.stdout,
        "[ 'one', 'two words' ] [ '64', '64' ]\n1048576\n"
    );
    // The next run has neither.
    let run = run_request(&mut zygote, &ExecRequest::default());
    assert!(run.stdout.starts_with("[] ["), "{}", run.stdout);
}

#[test]
fn cpu_limits_kill() {
    if crate::missing().is_some() {
        return;
    }
    let (_folder, _, mut zygote) = zygote_for("for(;;);");
    let request = ExecRequest {
        limits: &[(Resource::Cpu as u32, 1)],
        ..ExecRequest::default()
    };
    // Soft and hard at once: SIGKILL.
    assert_eq!(
        run_request(&mut zygote, &request).signal,
        Some(libc::SIGKILL)
    );
}

#[test]
fn programs_become_another_user() {
    if crate::missing().is_some() {
        return;
    }
    if !rustix::process::getuid().is_root() {
        eprintln!("skipped: only root can become another user");
        return;
    }
    let source = "const fs = require('fs');
        console.log(process.getuid(), process.geteuid(), fs.statSync('/proc/self/environ').uid);
        console.log(fs.readFileSync('/proc/self/status', 'utf8').match(/CapEff:\\s*(\\w+)/)[1]);
        try { process.getuid() && process.kill(process.ppid, 'SIGKILL'); } catch (e) { console.log(e.code); }
        try { process.setuid(0); } catch (e) { console.log(e.code); }";
    let settings = ZygoteSettings {
        user: Some(1000),
        filter: None,
    };
    let (_folder, _, mut zygote) = zygote_with(source, &settings);
    for _ in 0..2 {
        let run = run_request(&mut zygote, &ExecRequest::default());
        assert_eq!(
            (run.stdout.as_str(), run.stderr.as_str()),
            ("1000 1000 1000\n0000000000000000\nEPERM\nEPERM\n", "")
        );
    }
    let own = fs::metadata(format!("/proc/{}", zygote.process.id())).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::uid(&own), 0);
}

/// Sends a bad request, and returns the error. The spare must end, and the next be ready.
fn refusal(zygote: &mut Zygote, message: &[u8], descriptors: usize) -> String {
    let file = null();
    let fds = vec![std::os::fd::AsFd::as_fd(&file); descriptors];
    zygote.send(message, &fds);
    let answer = String::from_utf8_lossy(&zygote.receive().unwrap()).into_owned();
    assert_eq!(zygote.exit_and_ready().unwrap().status.code(), Some(1));
    answer
}

#[test]
fn bad_requests_are_refused() {
    if crate::missing().is_some() {
        return;
    }
    let (_folder, script, mut zygote) = zygote_for("console.log('good')");
    let good = zygote.message(&ExecRequest::default());
    let path = script.to_str().unwrap().as_bytes();
    let at = good
        .windows(path.len())
        .position(|part| part == path)
        .unwrap();
    let mut another_script = good.clone();
    another_script[at + path.len() - 1] = b'x';
    let mut another_environment = good.clone();
    *another_environment.iter_mut().rev().nth(1).unwrap() = b'!';
    let mut many_limits = good.clone();
    many_limits[8] = 200;
    let mut many_arguments = good.clone();
    many_arguments[0] = 200;
    let bad: [(&[u8], usize); 9] = [
        (&another_script, 3),
        (&another_environment, 3),
        (&many_limits, 3),
        (&many_arguments, 3),
        (&good[..good.len() - 1], 3),
        (&good[..10], 3),
        (&good, 2),
        (&good, 4),
        (&good, 0),
    ];
    for (message, descriptors) in bad {
        let answer = refusal(&mut zygote, message, descriptors);
        assert!(answer.starts_with('F') && answer.len() > 5, "{answer}");
    }
    assert_eq!(forked(&mut zygote, StreamKind::Pipes, b"").stdout, "good\n");
    assert!(zygote.close().success());
}

#[test]
fn impossible_limits_are_refused() {
    if crate::missing().is_some() {
        return;
    }
    let (_folder, _, mut zygote) = zygote_for("console.log('never')");
    let request = ExecRequest {
        limits: &[(99, 1)],
        ..ExecRequest::default()
    };
    let message = zygote.message(&request);
    let answer = refusal(&mut zygote, &message, 3);
    assert_eq!(answer, "Fa limit that can't be set");
}

/// Returns a filter that kills a program for a new process, and allows threads.
fn no_processes() -> Vec<libc::sock_filter> {
    let instruction = |code: u32, jt, jf, k| libc::sock_filter {
        code: code as u16,
        jt,
        jf,
        k,
    };
    let load = |at| instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, at);
    let answer = |action| instruction(libc::BPF_RET | libc::BPF_K, 0, 0, action);
    let jump = |how, value, yes, no| instruction(libc::BPF_JMP | how | libc::BPF_K, yes, no, value);
    vec![
        load(0),
        jump(libc::BPF_JEQ, libc::SYS_clone3 as u32, 5, 0),
        jump(libc::BPF_JEQ, libc::SYS_clone as u32, 0, 2),
        load(16),
        jump(libc::BPF_JSET, libc::CLONE_THREAD as u32, 0, 1),
        answer(libc::SECCOMP_RET_ALLOW),
        answer(libc::SECCOMP_RET_KILL_PROCESS),
        answer(libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32),
    ]
}

/// The zygote itself can still make processes.
#[test]
fn programs_lose_the_rights_of_launchers() {
    if crate::missing().is_some() {
        return;
    }
    if !rustix::process::getuid().is_root() {
        eprintln!("skipped: a filter outside of a cell needs root");
        return;
    }
    let filter = no_processes();
    // Root can install it without no_new_privs, which is set for every process of a cell.
    let settings = ZygoteSettings {
        user: None,
        filter: Some(&filter),
    };
    let (_folder, script, mut zygote) = zygote_with("", &settings);
    let mut run_source = |source: &str| {
        fs::write(&script, source).unwrap();
        forked(&mut zygote, StreamKind::Pipes, b"")
    };
    let spawning = run_source("require('child_process').spawnSync('/bin/true')");
    assert_eq!(spawning.signal, Some(libc::SIGSYS));
    let threads = run_source(
        "new (require('worker_threads').Worker)(\"console.log('a thread')\", { eval: true });
         console.log('LETSCODE_LAUNCHER' in process.env, process.title = 'x');",
    );
    assert_eq!(
        (threads.stdout.as_str(), threads.stderr.as_str()),
        ("false x\na thread\n", "")
    );
}
