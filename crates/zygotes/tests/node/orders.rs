//! What an order may ask for, and what becomes of one that can't be followed.

use std::fs;
use std::path::PathBuf;

use rustix::process::Resource;
use tempfile::TempDir;

use crate::launcher::{self, Order, Told, Zygote, null};
use crate::seen::{Seen, Streams, forked, see};

fn zygote_for(source: &str) -> (TempDir, PathBuf, Zygote) {
    zygote_told(source, &Told::default())
}

fn zygote_told(source: &str, told: &Told<'_>) -> (TempDir, PathBuf, Zygote) {
    let folder = tempfile::tempdir().unwrap();
    let everybody: fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(folder.path(), everybody).unwrap();
    let script = folder.path().join("solution.js");
    fs::write(&script, source).unwrap();
    let zygote = Zygote::start_with(&script, "", told, |_| {}).unwrap();
    (folder, script, zygote)
}

fn run(zygote: &mut Zygote, order: &Order<'_>) -> Seen {
    see(Streams::Pipes, b"", |given| {
        zygote.send(&zygote.message(order), &launcher::borrow(&given));
        drop(given);
        let ended = zygote.ended().unwrap();
        // What a Node has in memory.
        assert!((5_000..500_000).contains(&ended.max_rss_kib), "{ended:?}");
        assert!(ended.alone, "{ended:?}");
        ended.status
    })
}

#[test]
fn arguments_and_limits_are_those_of_the_order() {
    if crate::missing().is_some() {
        return;
    }
    let source = "const limits = require('fs').readFileSync('/proc/self/limits', 'utf8');
        console.log(process.argv.slice(2), /Max open files +(\\d+) +(\\d+)/.exec(limits).slice(1));
        console.log(/Max file size +(\\d+)/.exec(limits)[1]);";
    let (_folder, _, mut zygote) = zygote_for(source);
    let order = Order {
        arguments: &["one", "two words"],
        limits: &[
            (Resource::Nofile as u32, 64),
            (Resource::Fsize as u32, 1 << 20),
            (Resource::Stack as u32, 64 << 20),
        ],
    };
    let seen = run(&mut zygote, &order);
    assert_eq!(seen.stderr, "");
    assert_eq!(
        seen.stdout,
        "[ 'one', 'two words' ] [ '64', '64' ]\n1048576\n"
    );
    // The next one has neither.
    let seen = run(&mut zygote, &Order::default());
    assert!(seen.stdout.starts_with("[] ["), "{}", seen.stdout);
}

#[test]
fn a_cpu_limit_ends_it_like_any_process() {
    if crate::missing().is_some() {
        return;
    }
    let (_folder, _, mut zygote) = zygote_for("for(;;);");
    let order = Order {
        limits: &[(Resource::Cpu as u32, 1)],
        ..Order::default()
    };
    // Soft and hard at once: SIGKILL.
    assert_eq!(run(&mut zygote, &order).signal, Some(libc::SIGKILL));
}

#[test]
fn the_program_is_another_user_who_owns_itself() {
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
    let told = Told {
        user: Some(1000),
        filter: None,
    };
    let (_folder, _, mut zygote) = zygote_told(source, &told);
    for _ in 0..2 {
        let seen = run(&mut zygote, &Order::default());
        assert_eq!(
            (seen.stdout.as_str(), seen.stderr.as_str()),
            ("1000 1000 1000\n0000000000000000\nEPERM\nEPERM\n", "")
        );
    }
    let own = fs::metadata(format!("/proc/{}", zygote.process.id())).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::uid(&own), 0);
}

/// The order is refused, and that spare ends; the next one waits as ever.
fn refusal(zygote: &mut Zygote, message: &[u8], descriptors: usize) -> String {
    let file = null();
    let fds = vec![std::os::fd::AsFd::as_fd(&file); descriptors];
    zygote.send(message, &fds);
    let answer = String::from_utf8_lossy(&zygote.receive().unwrap()).into_owned();
    assert_eq!(zygote.ended().unwrap().status.code(), Some(1));
    answer
}

/// An order that can't be followed is answered, and the next one is followed.
#[test]
fn a_bad_order_is_refused_and_changes_nothing() {
    if crate::missing().is_some() {
        return;
    }
    let (_folder, script, mut zygote) = zygote_for("console.log('good')");
    let good = zygote.message(&Order::default());
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
    assert_eq!(forked(&mut zygote, Streams::Pipes, b"").stdout, "good\n");
    assert!(zygote.close().success());
}

/// A limit that is higher than the zygote's own can't be had.
#[test]
fn a_limit_that_cannot_be_set_is_refused() {
    if crate::missing().is_some() {
        return;
    }
    let (_folder, _, mut zygote) = zygote_for("console.log('never')");
    let order = Order {
        limits: &[(99, 1)],
        ..Order::default()
    };
    let message = zygote.message(&order);
    let answer = refusal(&mut zygote, &message, 3);
    assert_eq!(answer, "Fa limit that can't be set");
}

/// Processes end it, threads are as ever.
fn no_processes() -> Vec<libc::sock_filter> {
    let instruction = |code: u32, jt, jf, k| libc::sock_filter {
        code: code as u16,
        jt,
        jf,
        k,
    };
    let load = |at| instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, at);
    let answer = |what| instruction(libc::BPF_RET | libc::BPF_K, 0, 0, what);
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

/// The zygote itself goes on making processes.
#[test]
fn a_program_gives_up_what_a_launcher_may() {
    if crate::missing().is_some() {
        return;
    }
    if !rustix::process::getuid().is_root() {
        eprintln!("skipped: a filter outside of a cell needs root");
        return;
    }
    let filter = no_processes();
    // Who is root needs no promise to gain nothing, which every process of a cell has made.
    let told = Told {
        user: None,
        filter: Some(&filter),
    };
    let (_folder, script, mut zygote) = zygote_told("", &told);
    let mut run = |source: &str| {
        fs::write(&script, source).unwrap();
        forked(&mut zygote, Streams::Pipes, b"")
    };
    let spawning = run("require('child_process').spawnSync('/bin/true')");
    assert_eq!(spawning.signal, Some(libc::SIGSYS));
    let threads = run(
        "new (require('worker_threads').Worker)(\"console.log('a thread')\", { eval: true });
         console.log('LETSCODE_LAUNCHER' in process.env, process.title = 'x');",
    );
    assert_eq!(
        (threads.stdout.as_str(), threads.stderr.as_str()),
        ("false x\na thread\n", "")
    );
}
