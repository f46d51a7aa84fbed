//! The contract of the cache, on real files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use letscode_sandbox::{Artifact, sealed_copy};

use super::*;
use crate::compile::compiler::Made;

const PLENTY: u64 = 1 << 30;

fn cache(folder: &Path, max_bytes: u64) -> CompileCache {
    let mut cache = CompileCache::default();
    cache.open(folder.to_owned(), max_bytes).unwrap();
    cache
}

fn program(code: &[u8]) -> Compiled {
    Compiled {
        message: "warning: ä\n".to_owned(),
        made: Made::Program(Artifact::from(sealed_copy("code", code).unwrap())),
    }
}

fn refusal(lasting: bool) -> Compiled {
    Compiled {
        message: "error: no\n".to_owned(),
        made: Made::Nothing { lasting },
    }
}

fn checked() -> Compiled {
    Compiled {
        message: String::new(),
        made: Made::Checked,
    }
}

/// What is compared: the words, and the code or what there is instead.
fn told(compiled: &Compiled) -> (String, Vec<u8>) {
    let mut code = Vec::new();
    match &compiled.made {
        Made::Program(artifact) => {
            io::Read::read_to_end(&mut artifact.open().unwrap(), &mut code).unwrap();
        }
        Made::Checked => code.extend(b"(checked)"),
        Made::Nothing { .. } => code.extend(b"(nothing)"),
    }
    (compiled.message.clone(), code)
}

/// What comes from the cache, or from `make`, and whether it had to be made.
fn get(cache: &CompileCache, name: &str, make: impl FnOnce() -> Compiled) -> (Arc<Compiled>, bool) {
    let mut made = false;
    let compile = || {
        made = true;
        Ok::<_, ()>(make())
    };
    let compiled = cache
        .get_or_compile(Key::of(name), &due(), compile)
        .unwrap();
    (compiled, made)
}

fn due() -> Arc<Urgency> {
    Arc::new(Urgency::due())
}

fn file_of(folder: &Path, name: &str) -> std::path::PathBuf {
    folder.join(Key::of(name).to_hex())
}

#[test]
fn what_was_compiled_comes_back_the_same_also_after_a_restart() {
    let host = tempfile::tempdir().unwrap();
    let folder = host.path().join("compiled");
    let first = cache(&folder, PLENTY);
    let made = [
        ("program", program(b"\x7fELF...")),
        ("refused", refusal(true)),
        ("checked", checked()),
    ];
    let expected: Vec<_> = made.iter().map(|(name, one)| (*name, told(one))).collect();
    for (name, compiled) in made {
        assert!(get(&first, name, || compiled).1);
    }
    for cache in [&first, &cache(&folder, PLENTY)] {
        for (name, expected) in &expected {
            let (compiled, made) = get(cache, name, || unreachable!());
            assert!(!made);
            assert_eq!(told(&compiled), *expected);
        }
        assert_eq!(cache.counts().remembered, 3);
    }
    assert!(get(&first, "another", checked).1);
    assert_eq!(first.counts().compiled, 4);
    let mode = fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn without_a_folder_it_is_remembered_as_long_as_the_process_lives() {
    let cache = CompileCache::default();
    assert!(get(&cache, "a", || program(b"code")).1);
    assert!(!get(&cache, "a", || unreachable!()).1);
}

#[test]
fn what_might_end_otherwise_next_time_is_not_kept() {
    let host = tempfile::tempdir().unwrap();
    let cache = cache(host.path(), PLENTY);
    assert!(get(&cache, "slow", || refusal(false)).1);
    assert!(get(&cache, "slow", checked).1);
    assert!(!get(&cache, "slow", || unreachable!()).1);
}

#[test]
fn a_damaged_entry_is_removed_and_compiled_again() {
    let host = tempfile::tempdir().unwrap();
    let folder = host.path();
    let code = vec![7; 10_000];
    get(&cache(folder, PLENTY), "a", || program(&code));
    get(&cache(folder, PLENTY), "b", || program(b"other"));
    let path = file_of(folder, "a");
    let intact = fs::read(&path).unwrap();

    let mut flipped = intact.clone();
    flipped[5_000] ^= 1;
    let damaged = [
        ("a bit flipped", flipped),
        ("cut", intact[..intact.len() - 1].to_vec()),
        ("longer", [intact.as_slice(), b"x"].concat()),
        ("empty", Vec::new()),
        ("zeros", vec![0; intact.len()]),
        ("another key's", fs::read(file_of(folder, "b")).unwrap()),
    ];
    for (what, bytes) in damaged {
        fs::write(&path, bytes).unwrap();
        let cache = cache(folder, PLENTY);
        let (compiled, made) = get(&cache, "a", || program(&code));
        assert!(made, "{what}");
        assert_eq!(told(&compiled).1, code, "{what}");
        assert_eq!(cache.counts().damaged, 1, "{what}");
        assert_eq!(fs::read(&path).unwrap(), intact, "{what}");
    }
}

#[test]
fn the_least_recently_used_goes_first() {
    let host = tempfile::tempdir().unwrap();
    let folder = host.path();
    let code = vec![7; 100_000];
    let full = cache(folder, PLENTY);
    for (age, name) in ["used", "old", "young"].into_iter().enumerate() {
        get(&full, name, || program(&code));
        let path = file_of(folder, name);
        let at = SystemTime::now() - Duration::from_secs(1000 - age as u64);
        fs::File::open(path).unwrap().set_modified(at).unwrap();
    }
    // Whoever reads it from disk uses it.
    get(&cache(folder, PLENTY), "used", || unreachable!());

    let small = cache(folder, 350_000);
    get(&small, "new", || program(&code));
    let is_there = |name| file_of(folder, name).exists();
    assert!(!is_there("old"), "the least recently used");
    assert!(is_there("used") && is_there("new"));
    let bytes: u64 = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(bytes <= 350_000, "{bytes}");
}

#[test]
fn what_a_killed_process_left_is_swept_and_what_is_being_written_is_not() {
    let host = tempfile::tempdir().unwrap();
    let (left, fresh) = (
        host.path().join("unfinished-1"),
        host.path().join("unfinished-2"),
    );
    fs::write(&left, "x").unwrap();
    fs::write(&fresh, "x").unwrap();
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    fs::File::open(&left)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    cache(host.path(), PLENTY);
    assert!(!left.exists() && fresh.exists());
}

#[test]
fn a_folder_that_can_not_be_written_to_makes_it_slow_and_not_wrong() {
    let host = tempfile::tempdir().unwrap();
    let folder = host.path().join("compiled");
    let cache = cache(&folder, PLENTY);
    fs::remove_dir(&folder).unwrap();
    let (compiled, _) = get(&cache, "a", || program(b"code"));
    assert_eq!(told(&compiled).1, b"code");
}

/// Runs `work` in a hundred threads that begin at the same moment.
fn a_hundred_times(work: impl Fn() + Sync) {
    let barrier = Barrier::new(100);
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| {
                barrier.wait();
                work();
            });
        }
    });
}

#[test]
fn a_hundred_equal_programs_at_once_are_compiled_once() {
    let host = tempfile::tempdir().unwrap();
    let cache = cache(host.path(), PLENTY);
    let compiled = AtomicUsize::new(0);
    a_hundred_times(|| {
        let (got, _) = get(&cache, "same", || {
            compiled.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(50));
            program(b"code")
        });
        assert_eq!(told(&got).1, b"code");
    });
    assert_eq!(compiled.into_inner(), 1);
    let counts = cache.counts();
    assert_eq!(counts.compiled, 1);
    assert_eq!(counts.shared + counts.remembered, 99);
}

#[test]
fn different_programs_do_not_wait_for_one_another() {
    let cache = CompileCache::default();
    let (say, hear) = mpsc::channel();
    let cache = &cache;
    thread::scope(|scope| {
        let slow = scope.spawn(move || {
            get(cache, "slow", || {
                hear.recv_timeout(Duration::from_secs(10)).unwrap();
                checked()
            })
        });
        get(cache, "quick", checked);
        say.send(()).unwrap();
        assert!(slow.join().unwrap().1);
    });
}

/// A fault of ours belongs to the one whose work it was; the next one tries.
#[test]
fn when_the_first_fails_the_next_one_tries() {
    let cache = CompileCache::default();
    let tries = AtomicUsize::new(0);
    let failures = AtomicUsize::new(0);
    a_hundred_times(|| {
        let got = cache.get_or_compile(Key::of("same"), &due(), || {
            thread::sleep(Duration::from_millis(10));
            match tries.fetch_add(1, Ordering::Relaxed) {
                0..3 => Err("the helper is gone"),
                _ => Ok(checked()),
            }
        });
        if got.is_err() {
            failures.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert_eq!(failures.into_inner(), 3);
    assert_eq!(tries.into_inner(), 4);
}

#[test]
fn when_the_first_panics_the_next_one_tries() {
    let cache = CompileCache::default();
    let panicked = thread::scope(|scope| {
        let first = scope.spawn(|| {
            get(&cache, "same", || {
                thread::sleep(Duration::from_millis(50));
                panic!("on purpose");
            })
        });
        thread::sleep(Duration::from_millis(10));
        let (got, made) = get(&cache, "same", checked);
        assert!(made);
        assert_eq!(told(&got), told(&checked()));
        first.join().is_err()
    });
    assert!(panicked);
}

/// Compiles ahead of its turn, which comes to `compiled`, and asks for the same while that is done. Answers
/// whether it was due at its end, and what the one that asked got.
fn ask_while_it_is_compiled_ahead(
    compiled: Compiled,
    asks: Urgency,
) -> (bool, Arc<Compiled>, bool) {
    let cache = CompileCache::default();
    let key = Key::of("same");
    let ahead = Arc::new(Urgency::ahead());
    let (say, hear) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            let compile = || {
                say.send(()).unwrap();
                let patience = Instant::now() + Duration::from_millis(200);
                while !ahead.is_due() && Instant::now() < patience {
                    thread::sleep(Duration::from_millis(1));
                }
                // Both have boarded by now, or one of them is late and compiles for itself.
                thread::sleep(Duration::from_millis(20));
                Ok::<_, ()>(compiled)
            };
            cache.get_or_compile(key, &ahead, compile).unwrap();
        });
        hear.recv_timeout(Duration::from_secs(10)).unwrap();
        let mut made = false;
        let compile = || {
            made = true;
            Ok::<_, ()>(checked())
        };
        let got = cache.get_or_compile(key, &Arc::new(asks), compile).unwrap();
        (ahead.is_due(), got, made)
    })
}

#[test]
fn what_is_compiled_ahead_becomes_due_with_the_first_who_waits_for_it() {
    let (was_due, got, made) = ask_while_it_is_compiled_ahead(program(b"code"), Urgency::due());
    assert_eq!((was_due, made), (true, false));
    assert_eq!(told(&got), told(&program(b"code")));
    let (was_due, ..) = ask_while_it_is_compiled_ahead(program(b"code"), Urgency::ahead());
    assert!(!was_due);
}

/// A compiler that gave way may have run out of time for that.
#[test]
fn nobody_is_given_what_ended_at_a_limit_while_it_gave_way() {
    let (_, got, made) = ask_while_it_is_compiled_ahead(refusal(false), Urgency::due());
    assert!(made);
    assert_eq!(told(&got), told(&checked()));
}

/// They would have met the same limit; one after the other they would take a hundred times as long.
#[test]
fn what_ended_at_a_limit_is_shared_with_those_who_waited() {
    let cache = CompileCache::default();
    a_hundred_times(|| {
        get(&cache, "bomb", || {
            thread::sleep(Duration::from_millis(200));
            refusal(false)
        });
    });
    let counts = cache.counts();
    assert!(counts.compiled < 10, "{counts:?}");
    assert_eq!(counts.remembered, 0);
}
