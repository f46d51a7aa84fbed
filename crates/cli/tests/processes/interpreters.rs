//! Warm interpreters, which wait in cells and fork for each run: runs survive when one is killed or
//! fails to start.

use std::thread;
use std::time::Duration;

use crate::alone;
use crate::support::host::descendants;
use crate::support::{LETSCODE, TIMEOUT, eventually};
use letscode_judge::{Engine, EngineConfig, HelperCommand, Priority, exercise_interpreters};
use letscode_languages::{LanguageRegistry, builtin_languages};
use letscode_model::{LanguageId, LimitCaps, SnippetOutcome, SnippetReport};
use letscode_sandbox::Isolation;
use rstest::rstest;
use rustix::process::{Pid, Signal, kill_process};

fn engine(language: &str, variables: &[(&str, &str)]) -> (Engine, LanguageId) {
    let helper = HelperCommand {
        program: LETSCODE.into(),
        args: vec!["jail-helper".to_owned()],
    };
    let mut languages = builtin_languages().unwrap();
    languages.retain(|candidate| candidate.id.as_str() == language);
    let id = languages[0].id.clone();
    for (name, value) in variables {
        let env = &mut languages[0].run.env;
        env.insert((*name).to_owned(), (*value).to_owned());
    }
    let engine = Engine::start(EngineConfig {
        helper,
        languages: LanguageRegistry::new(languages).unwrap(),
        isolation: Isolation::default(),
        caps: LimitCaps::default(),
        headers: None,
        watch: letscode_model::WatchMode::Off,
    })
    .unwrap();
    (engine, id)
}

fn run(engine: &Engine, language: &LanguageId, source: &str) -> SnippetReport {
    let source = source.as_bytes();
    engine
        .run_snippet(language, source, std::io::empty(), Priority::Normal)
        .unwrap()
}

fn source(language: &str, python: &'static str, javascript: &'static str) -> &'static str {
    match language {
        "python" => python,
        _ => javascript,
    }
}

/// True if the program was forked from a warm interpreter: only then is our library in its memory.
fn is_forked(engine: &Engine, id: &LanguageId) -> bool {
    let maps = source(
        id.as_str(),
        "print(open('/proc/self/maps').read())",
        "console.log(require('fs').readFileSync('/proc/self/maps', 'utf8'))",
    );
    let report = run(engine, id, maps);
    assert_eq!(report.outcome, SnippetOutcome::Exited, "{report:?}");
    report.stdout.contains("/usr/lib/letscode/")
}

/// Returns the interpreters, each with the child that waits or runs.
fn pairs(language: &str) -> Vec<(u32, u32)> {
    let program = source(language, "/usr/bin/python3 ", "/usr/bin/node ");
    eventually("an interpreter and its child", TIMEOUT, || {
        let all = descendants(std::process::id());
        let named: Vec<_> = all
            .iter()
            .filter(|process| process.command.starts_with(program) && process.is_in_cell())
            .collect();
        let with_parent = named.iter().filter_map(|child| {
            let parent = named.iter().find(|process| process.pid == child.parent)?;
            Some((parent.pid, child.pid))
        });
        let pairs: Vec<_> = with_parent.collect();
        if pairs.is_empty() {
            Err(format!("{all:?}"))
        } else {
            Ok(pairs)
        }
    })
}

/// The same, after no process starts or ends any more: an interpreter tests itself before it waits.
fn pairs_at_rest(language: &str) -> Vec<(u32, u32)> {
    let mut before = pairs(language);
    loop {
        thread::sleep(Duration::from_millis(500));
        let now = pairs(language);
        if now == before {
            return now;
        }
        before = now;
    }
}

fn kill(pids: impl Iterator<Item = u32>) {
    for pid in pids {
        let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        // The end of the first may end the others.
        let _ = kill_process(pid, Signal::KILL);
    }
}

#[rstest]
#[case::python("python")]
#[case::javascript("javascript")]
fn killed_interpreters_cost_one_run_at_most(#[case] language: &str) {
    let _alone = alone();
    let (engine, id) = engine(language, &[]);
    exercise_interpreters(&engine);
    assert_eq!(engine.toolchains().cold_interpreters(), Default::default());
    assert!(is_forked(&engine, &id));

    let adds = source(language, "print(1 + 1)", "console.log(1 + 1)");
    // All waiting interpreters.
    kill(pairs_at_rest(language).into_iter().map(|pair| pair.0));
    let hit = run(&engine, &id, adds);
    let fair = [SnippetOutcome::Exited, SnippetOutcome::SandboxError];
    assert!(fair.contains(&hit.outcome), "{hit:?}");
    thread::sleep(Duration::from_millis(300));
    assert!(is_forked(&engine, &id), "after {hit:?}");

    // A killed spare costs nothing: another one takes its place.
    kill(pairs_at_rest(language).into_iter().map(|pair| pair.1));
    pairs_at_rest(language);
    let after = run(&engine, &id, adds);
    assert_eq!(after.stdout, "2\n", "{after:?}");
    assert!(is_forked(&engine, &id));

    // In the middle of a run.
    let sleeps = source(
        language,
        "import time; time.sleep(1.5)",
        "setTimeout(() => {}, 1500)",
    );
    let hit = thread::scope(|scope| {
        let hit = scope.spawn(|| run(&engine, &id, sleeps));
        thread::sleep(Duration::from_millis(700));
        kill(pairs(language).into_iter().map(|pair| pair.0));
        hit.join().unwrap()
    });
    assert_eq!(hit.outcome, SnippetOutcome::SandboxError, "{hit:?}");
    // Others were killed as well, and a dead one may be used before it is noticed.
    thread::sleep(Duration::from_millis(300));
    assert!(is_forked(&engine, &id));
    assert_eq!(engine.toolchains().cold_interpreters(), Default::default());
}

/// The first run of a language starts a new interpreter, unless a warm one waits.
#[rstest]
#[case::python("python")]
#[case::javascript("javascript")]
fn first_run_uses_a_warm_interpreter(#[case] language: &str) {
    let _alone = alone();
    let (engine, id) = engine(language, &[]);
    engine.toolchains().warm_up(1).unwrap();
    assert!(is_forked(&engine, &id));
}

/// The options make the interpreter run a script that does not exist, so that it ends.
#[test]
fn broken_interpreters_are_reported_and_bypassed() {
    let _alone = alone();
    let (engine, id) = engine("javascript", &[("NODE_OPTIONS", "--stack-trace-limit=7")]);
    for _ in 0..3 {
        assert!(!is_forked(&engine, &id));
    }
    let cold = engine.toolchains().cold_interpreters();
    assert!(cold.contains_key(&id), "{cold:?}");
}

/// Programs that need what other judges give: all output although they exit at once, and a deep
/// stack. Each with the length of its output.
const DEMANDING: [(&str, usize); 4] = [
    ("console.log('x'.repeat(1e6)); process.exit()", 1_000_001),
    (
        "process.stdout.write('x'.repeat(5e5)); require('fs').writeSync(1, 'y'.repeat(5e5)); process.exit()",
        1_000_000,
    ),
    (
        "const deep = (n) => n === 0 ? 0 : 1 + deep(n - 1); console.log(deep(500000))",
        7,
    ),
    (
        "console.log(Math.max(...Array.from({ length: 250000 }, (_, i) => i)))",
        7,
    ),
];

/// The first run starts cold, and later ones are forked.
#[test]
fn javascript_has_a_deep_stack_and_loses_no_output() {
    let _alone = alone();
    let (engine, id) = engine("javascript", &[]);
    let run_all = || {
        for (source, output_bytes) in DEMANDING {
            let report = run(&engine, &id, source);
            assert_eq!(report.outcome, SnippetOutcome::Exited, "{source}");
            assert_eq!(report.exit_code, Some(0), "{source}: {}", report.stderr);
            assert_eq!(report.stdout.len(), output_bytes, "{source}");
        }
        let endless = run(&engine, &id, "const f = () => 1 + f(); f()");
        assert_eq!(endless.exit_code, Some(1), "{endless:?}");
        assert!(endless.stderr.contains("RangeError"), "{endless:?}");
    };
    run_all();
    exercise_interpreters(&engine);
    assert!(is_forked(&engine, &id));
    run_all();
}
