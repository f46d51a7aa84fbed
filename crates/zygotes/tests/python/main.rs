//! The forkable Python against a Python that is started for each program: what a program prints, how it
//! ends and what it can tell must be the same. Outside of a cell; what a cell adds is tested with it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../common/launcher.rs"]
mod launcher;
#[path = "../common/seen.rs"]
mod seen;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use launcher::{Interpreter, Order, Told, Zygote};
use seen::{Streams, differences, forked, programs, see};

fn zygote(script: &Path) -> Zygote {
    let told = Told::default();
    Zygote::start_as(&Interpreter::PYTHON, script, "", &told, |_| {}).unwrap()
}

#[test]
fn every_program_is_as_it_would_be_if_it_had_been_started() {
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
fn no_two_children_have_the_same_chance() {
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
        let seen = forked(&mut zygote, Streams::Pipes, b"");
        assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
        all.extend(seen.stdout.lines().map(str::to_owned));
    }
    assert_eq!(all.len(), 300);
}

#[test]
fn nothing_of_one_program_is_seen_by_the_next() {
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
        let seen = forked(&mut zygote, Streams::Files, b"");
        assert_eq!(
            (seen.stdout.as_str(), seen.stderr.as_str()),
            (expected.as_str(), "")
        );
    }
}

#[test]
fn arguments_and_limits_are_those_of_the_order() {
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
    let order = Order {
        arguments: &["one", "two words"],
        limits: &[(libc::RLIMIT_NOFILE, 64), (libc::RLIMIT_STACK, 64 << 20)],
    };
    let seen = see(Streams::Pipes, b"", |given| {
        zygote.send(&zygote.message(&order), &launcher::borrow(&given));
        drop(given);
        zygote.ended().unwrap().status
    });
    let expected = "['one', 'two words'] ['one', 'two words'] (64, 64) 67108864\n[]\n";
    assert_eq!((seen.stdout.as_str(), seen.stderr.as_str()), (expected, ""));
}

/// The order is refused, that spare ends, and the next order is followed.
#[test]
fn a_bad_order_is_refused_and_changes_nothing() {
    if Interpreter::PYTHON.missing().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("solution.py");
    fs::write(&script, "print('good')").unwrap();
    let mut zygote = zygote(&script);
    let good = zygote.message(&Order::default());
    let null = launcher::null();
    for (message, descriptors) in [(&good[..10], 3), (&good[..good.len() - 1], 3), (&good, 2)] {
        let fds = vec![std::os::fd::AsFd::as_fd(&null); descriptors];
        zygote.send(message, &fds);
        assert_eq!(zygote.receive().unwrap()[0], b'F');
        assert_eq!(zygote.ended().unwrap().status.code(), Some(1));
    }
    assert_eq!(forked(&mut zygote, Streams::Pipes, b"").stdout, "good\n");
    assert!(zygote.close().success());
}

#[test]
fn a_version_that_nobody_tried_is_not_served() {
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
    let told = Told::default();
    let refused = Zygote::start_as(&Interpreter::PYTHON, &script, "", &told, change).err();
    let why = refused.expect("it served");
    assert!(why.contains("was not tried"), "{why}");
}
