//! Compares the forkable Python with a Python that is started for each program: output, exit and all that
//! a program can see must be the same. Outside of a cell; cells have tests of their own.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../common/launcher.rs"]
mod launcher;
#[path = "../common/observation.rs"]
mod observation;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use launcher::{ExecRequest, Interpreter, Zygote, ZygoteSettings};
use observation::{StreamKind, differences, forked, observe, programs};

fn zygote(script: &Path) -> Zygote {
    let settings = ZygoteSettings::default();
    Zygote::start_as(&Interpreter::PYTHON, script, "", &settings, |_| {}).unwrap()
}

#[test]
fn forked_programs_equal_cold_ones() {
    if Interpreter::PYTHON.missing().is_some() {
        return;
    }
    let programs = programs("python", "py");
    let differences = differences(&Interpreter::PYTHON, "solution.py", &programs);
    assert!(
        differences.is_empty(),
        "{} differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

#[test]
fn children_get_different_random_numbers() {
    if Interpreter::PYTHON.missing().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.py");
    let source = "import os, random, secrets, tempfile, uuid\n\
        print(random.random(), random.Random().random(), sep='\\n')\n\
        print(uuid.uuid4(), secrets.token_hex(8), os.urandom(8).hex(), sep='\\n')\n\
        print(next(tempfile._get_candidate_names()))\n";
    fs::write(&script, source).unwrap();
    let mut zygote = zygote(&script);
    let mut all = BTreeSet::new();
    for _ in 0..50 {
        let run = forked(&mut zygote, StreamKind::Pipes, b"");
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        all.extend(run.stdout.lines().map(str::to_owned));
    }
    assert_eq!(all.len(), 300);
}

#[test]
fn programs_leave_no_traces() {
    if Interpreter::PYTHON.missing().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.py");
    let source = "import builtins, math, os, sys\n\
        print(hasattr(builtins, 'mark'), hasattr(math, 'mark'), os.environ.get('MARK'), os.getcwd())\n\
        print(oct(os.umask(0)), sys.getrecursionlimit(), sorted(os.listdir('/proc/self/fd'))[:3])\n\
        builtins.mark = math.mark = 1; os.environ['MARK'] = '1'\n\
        os.chdir('/'); sys.setrecursionlimit(5000)\n";
    fs::write(&script, source).unwrap();
    let mut zygote = zygote(&script);
    let expected = format!(
        "False False None {}\n0o22 1000 ['0', '1', '2']\n",
        folder.path().display()
    );
    for _ in 0..3 {
        let run = forked(&mut zygote, StreamKind::Files, b"");
        assert_eq!(
            (run.stdout.as_str(), run.stderr.as_str()),
            (expected.as_str(), "")
        );
    }
}

#[test]
fn requests_set_arguments_and_limits() {
    if Interpreter::PYTHON.missing().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.py");
    let source = "import os, resource as r, sys\n\
        print(sys.argv[1:], sys.orig_argv[2:], r.getrlimit(r.RLIMIT_NOFILE), r.getrlimit(r.RLIMIT_STACK)[0])\n\
        print([name for name in os.listdir('/proc/self/fd') if int(name) > 3])\n";
    fs::write(&script, source).unwrap();
    let mut zygote = zygote(&script);
    let request = ExecRequest {
        arguments: &["one", "two words"],
        limits: &[(libc::RLIMIT_NOFILE, 64), (libc::RLIMIT_STACK, 64 << 20)],
    };
    let run = observe(StreamKind::Pipes, b"", |streams| {
        zygote.send(&zygote.message(&request), &launcher::borrow(&streams));
        drop(streams);
        zygote.exit_and_ready().unwrap().status
    });
    let expected = "['one', 'two words'] ['one', 'two words'] (64, 64) 67108864\n[]\n";
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), (expected, ""));
}

/// The spare of a bad request ends, and the next request is served.
#[test]
fn bad_requests_are_refused() {
    if Interpreter::PYTHON.missing().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.py");
    fs::write(&script, "print('good')").unwrap();
    let mut zygote = zygote(&script);
    let good = zygote.message(&ExecRequest::default());
    let null = launcher::null();
    for (message, descriptors) in [(&good[..10], 3), (&good[..good.len() - 1], 3), (&good, 2)] {
        let fds = vec![std::os::fd::AsFd::as_fd(&null); descriptors];
        zygote.send(message, &fds);
        assert_eq!(zygote.receive().unwrap()[0], b'F');
        assert_eq!(zygote.exit_and_ready().unwrap().status.code(), Some(1));
    }
    assert_eq!(forked(&mut zygote, StreamKind::Pipes, b"").stdout, "good\n");
    assert!(zygote.close().success());
}

#[test]
fn unsupported_versions_are_not_served() {
    if Interpreter::PYTHON.missing().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.py");
    let change = |module: &Path| {
        let file = module.join("zygote.py");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("[(3, 11)]"));
        fs::write(file, text.replace("[(3, 11)]", "[(2, 7)]")).unwrap();
    };
    let settings = ZygoteSettings::default();
    let refused = Zygote::start_as(&Interpreter::PYTHON, &script, "", &settings, change).err();
    let why = refused.expect("it served");
    assert!(why.contains("was not tried"), "{why}");
}
