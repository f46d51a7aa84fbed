//! The contract of the cache, on real files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use letscode_model::StageReport;

use super::*;
use crate::compile::compiled::CompileResult;
use crate::execute::cancel::CancelToken;
use crate::execute::files::Artifact;
use crate::execute::jail::sealed_copy;
use crate::execute::priority::RunPriority;

const PLENTY: u64 = 1 << 30;

fn cache(folder: &Path, max_bytes: u64) -> CompileCache {
    let mut cache = CompileCache::default();
    cache.open(folder.to_owned(), max_bytes).unwrap();
    cache
}

fn program(code: &[u8]) -> CompiledProgram {
    CompiledProgram {
        message: "warning: ä\n".to_owned(),
        stage: Some(StageReport::sandbox_error("warning: ä\n")),
        result: CompileResult::Program(Artifact::from(sealed_copy("code", code).unwrap())),
        cacheable: true,
    }
}

fn rejection(cacheable: bool) -> CompiledProgram {
    CompiledProgram {
        message: "error: no\n".to_owned(),
        stage: None,
        result: CompileResult::Rejected,
        cacheable,
    }
}

fn checked() -> CompiledProgram {
    CompiledProgram {
        message: String::new(),
        stage: None,
        result: CompileResult::Checked,
        cacheable: true,
    }
}

/// Returns the message, and the code or a placeholder for it.
fn contents(compiled: &CompiledProgram) -> (String, Vec<u8>) {
    let mut code = Vec::new();
    match &compiled.result {
        CompileResult::Program(artifact) => {
            io::Read::read_to_end(&mut artifact.open().unwrap(), &mut code).unwrap();
        }
        CompileResult::Checked => code.extend(b"(checked)"),
        CompileResult::Rejected => code.extend(b"(nothing)"),
    }
    (compiled.message.clone(), code)
}

/// Returns the entry from the cache or from `compile`, and whether it was compiled.
fn get(
    cache: &CompileCache,
    name: &str,
    compile: impl FnOnce() -> CompiledProgram,
) -> (Arc<CompiledProgram>, bool) {
    let mut is_new = false;
    let compile = || {
        is_new = true;
        Ok::<_, EngineError>(compile())
    };
    let compiled = cache
        .get_or_compile(CacheKey::of(name), claim(&normal()), compile)
        .unwrap();
    (compiled, is_new)
}

fn claim(priority: &Arc<RunPriority>) -> FlightClaim<'_> {
    FlightClaim {
        priority,
        cancel: None,
    }
}

fn normal() -> Arc<RunPriority> {
    Arc::new(RunPriority::new(Priority::Normal))
}

fn file_of(folder: &Path, name: &str) -> std::path::PathBuf {
    folder.join(CacheKey::of(name).to_hex())
}

#[test]
fn entries_survive_a_restart() {
    let host = tempfile::tempdir().unwrap();
    let folder = host.path().join("compiled");
    let first = cache(&folder, PLENTY);
    let programs = [
        ("program", program(b"\x7fELF...")),
        ("rejected", rejection(true)),
        ("checked", checked()),
    ];
    let expected: Vec<_> = programs
        .iter()
        .map(|(name, compiled)| (*name, contents(compiled)))
        .collect();
    for (name, compiled) in programs {
        assert!(get(&first, name, || compiled).1);
    }
    for cache in [&first, &cache(&folder, PLENTY)] {
        for (name, expected) in &expected {
            let (compiled, is_new) = get(cache, name, || unreachable!());
            assert!(!is_new);
            assert_eq!(contents(&compiled), *expected);
        }
        assert_eq!(cache.counts().remembered, 3);
    }
    assert!(get(&first, "another", checked).1);
    assert_eq!(first.counts().compiled, 4);
    let mode = fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn memory_keeps_entries_without_a_folder() {
    let cache = CompileCache::default();
    assert!(get(&cache, "a", || program(b"code")).1);
    assert!(!get(&cache, "a", || unreachable!()).1);
}

#[test]
fn uncacheable_results_are_not_kept() {
    let host = tempfile::tempdir().unwrap();
    let cache = cache(host.path(), PLENTY);
    assert!(get(&cache, "slow", || rejection(false)).1);
    assert!(get(&cache, "slow", checked).1);
    assert!(!get(&cache, "slow", || unreachable!()).1);
}

#[test]
fn damaged_entry_is_compiled_again() {
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
        ("of another key", fs::read(file_of(folder, "b")).unwrap()),
    ];
    for (damage, bytes) in damaged {
        fs::write(&path, bytes).unwrap();
        let cache = cache(folder, PLENTY);
        let (compiled, is_new) = get(&cache, "a", || program(&code));
        assert!(is_new, "{damage}");
        assert_eq!(contents(&compiled).1, code, "{damage}");
        assert_eq!(cache.counts().damaged, 1, "{damage}");
        assert_eq!(fs::read(&path).unwrap(), intact, "{damage}");
    }
}

#[test]
fn least_recently_used_entry_is_removed_first() {
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
    // Reading it from disk is a use.
    get(&cache(folder, PLENTY), "used", || unreachable!());

    let small = cache(folder, 350_000);
    get(&small, "new", || program(&code));
    let exists = |name| file_of(folder, name).exists();
    assert!(!exists("old"), "the least recently used");
    assert!(exists("used") && exists("new"));
    let bytes: u64 = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(bytes <= 350_000, "{bytes}");
}

#[test]
fn abandoned_files_are_removed() {
    let host = tempfile::tempdir().unwrap();
    let (abandoned, fresh) = (
        host.path().join("unfinished-1"),
        host.path().join("unfinished-2"),
    );
    fs::write(&abandoned, "x").unwrap();
    fs::write(&fresh, "x").unwrap();
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    fs::File::open(&abandoned)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    cache(host.path(), PLENTY);
    assert!(!abandoned.exists() && fresh.exists());
}

#[test]
fn unwritable_folder_is_no_error() {
    let host = tempfile::tempdir().unwrap();
    let folder = host.path().join("compiled");
    let cache = cache(&folder, PLENTY);
    fs::remove_dir(&folder).unwrap();
    let (compiled, _) = get(&cache, "a", || program(b"code"));
    assert_eq!(contents(&compiled).1, b"code");
}

/// Runs `work` in a hundred threads that begin at the same moment.
fn in_100_threads(work: impl Fn() + Sync) {
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
fn equal_programs_are_compiled_once() {
    let host = tempfile::tempdir().unwrap();
    let cache = cache(host.path(), PLENTY);
    let compiled = AtomicUsize::new(0);
    in_100_threads(|| {
        let (shared, _) = get(&cache, "same", || {
            compiled.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(50));
            program(b"code")
        });
        assert_eq!(contents(&shared).1, b"code");
    });
    assert_eq!(compiled.into_inner(), 1);
    let counts = cache.counts();
    assert_eq!(counts.compiled, 1);
    assert_eq!(counts.shared + counts.remembered, 99);
}

#[test]
fn different_programs_do_not_wait_for_each_other() {
    let cache = CompileCache::default();
    let (sender, receiver) = mpsc::channel();
    let cache = &cache;
    thread::scope(|scope| {
        let slow = scope.spawn(move || {
            get(cache, "slow", || {
                receiver.recv_timeout(Duration::from_secs(10)).unwrap();
                checked()
            })
        });
        get(cache, "quick", checked);
        sender.send(()).unwrap();
        assert!(slow.join().unwrap().1);
    });
}

/// An error is returned to the leader only.
#[test]
fn follower_compiles_after_a_failure() {
    let cache = CompileCache::default();
    let attempts = AtomicUsize::new(0);
    let failures = AtomicUsize::new(0);
    in_100_threads(|| {
        let result = cache.get_or_compile(CacheKey::of("same"), claim(&normal()), || {
            thread::sleep(Duration::from_millis(10));
            match attempts.fetch_add(1, Ordering::Relaxed) {
                0..3 => Err(EngineError::Unsupported("the helper is gone".to_owned())),
                _ => Ok(checked()),
            }
        });
        if result.is_err() {
            failures.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert_eq!(failures.into_inner(), 3);
    assert_eq!(attempts.into_inner(), 4);
}

#[test]
fn follower_compiles_after_a_panic() {
    let cache = CompileCache::default();
    let panicked = thread::scope(|scope| {
        let first = scope.spawn(|| {
            get(&cache, "same", || {
                thread::sleep(Duration::from_millis(50));
                panic!("on purpose");
            })
        });
        thread::sleep(Duration::from_millis(10));
        let (compiled, is_new) = get(&cache, "same", checked);
        assert!(is_new);
        assert_eq!(contents(&compiled), contents(&checked()));
        first.join().is_err()
    });
    assert!(panicked);
}

/// A caller that is cancelled while another thread compiles the same is answered at once; one that
/// compiles itself leaves the work to the next.
#[test]
fn cancelled_callers_wait_for_nobody() {
    let cache = CompileCache::default();
    let key = CacheKey::of("same");
    let (started, start) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let leaders_cache = &cache;
        let leader = scope.spawn(move || {
            get(leaders_cache, "same", || {
                started.send(()).unwrap();
                released.recv_timeout(Duration::from_secs(10)).unwrap();
                checked()
            })
        });
        start.recv_timeout(Duration::from_secs(10)).unwrap();
        let (token, priority) = (CancelToken::default(), normal());
        let canceller = token.clone();
        scope.spawn(move || {
            thread::sleep(Duration::from_millis(50));
            canceller.cancel();
        });
        let begin = Instant::now();
        let cancelled = FlightClaim {
            priority: &priority,
            cancel: Some(&token),
        };
        let answer = cache.get_or_compile(key, cancelled, || Ok(checked()));
        assert!(matches!(answer, Err(EngineError::Cancelled)));
        assert!(begin.elapsed() < Duration::from_secs(1));
        release.send(()).unwrap();
        assert!(leader.join().unwrap().1);
    });
}

/// Result of a caller that came while a background thread compiled the same.
struct FollowerResult {
    /// The background work had normal priority at its end.
    was_raised: bool,
    compiled: Arc<CompiledProgram>,
    /// The follower had to compile itself.
    compiled_again: bool,
}

fn follow_background_work(compiled: CompiledProgram, follower: Priority) -> FollowerResult {
    let cache = CompileCache::default();
    let key = CacheKey::of("same");
    let background = Arc::new(RunPriority::new(Priority::Background));
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            let compile = || {
                sender.send(()).unwrap();
                let deadline = Instant::now() + Duration::from_millis(200);
                while background.current() == Priority::Background && Instant::now() < deadline {
                    thread::sleep(Duration::from_millis(1));
                }
                // The follower waits by now, or is late and compiles for itself.
                thread::sleep(Duration::from_millis(20));
                Ok::<_, EngineError>(compiled)
            };
            cache
                .get_or_compile(key, claim(&background), compile)
                .unwrap();
        });
        receiver.recv_timeout(Duration::from_secs(10)).unwrap();
        let mut compiled_again = false;
        let compile = || {
            compiled_again = true;
            Ok::<_, EngineError>(checked())
        };
        let follower = Arc::new(RunPriority::new(follower));
        let compiled = cache
            .get_or_compile(key, claim(&follower), compile)
            .unwrap();
        FollowerResult {
            was_raised: background.current() == Priority::Normal,
            compiled,
            compiled_again,
        }
    })
}

#[test]
fn normal_follower_raises_background_work() {
    let followed = follow_background_work(program(b"code"), Priority::Normal);
    assert!(followed.was_raised && !followed.compiled_again);
    assert_eq!(contents(&followed.compiled), contents(&program(b"code")));
    let followed = follow_background_work(program(b"code"), Priority::Background);
    assert!(!followed.was_raised);
}

/// Background work may have run out of time because of its priority.
#[test]
fn limit_in_the_background_is_not_shared() {
    let followed = follow_background_work(rejection(false), Priority::Normal);
    assert!(followed.compiled_again);
    assert_eq!(contents(&followed.compiled), contents(&checked()));
}

/// All would have met the same limit; one after the other they would take a hundred times as long.
#[test]
fn limit_is_shared_with_followers() {
    let cache = CompileCache::default();
    in_100_threads(|| {
        get(&cache, "bomb", || {
            thread::sleep(Duration::from_millis(200));
            rejection(false)
        });
    });
    let counts = cache.counts();
    assert!(counts.compiled < 10, "{counts:?}");
    assert_eq!(counts.remembered, 0);
}
