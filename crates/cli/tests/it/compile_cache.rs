//! Caches of compiled programs and precompiled headers, with real compilers.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::package::Package;
use crate::support::service::Service;
use crate::support::{LETSCODE, jury, letscode};
use letscode_judge::{
    CacheFolders, CompileCounts, Engine, EngineConfig, Evaluation, HelperCommand, Priority,
    Sources, Thoroughness,
};
use letscode_languages::{LanguageRegistry, builtin_languages};
use letscode_model::{LanguageId, LimitCaps, SnippetOutcome, Verdict};
use letscode_sandbox::Isolation;

const BY_COMPILER: &str = "letscode_compilations_total{source=\"compiler\"}";
const BY_CACHE: &str = "letscode_compilations_total{source=\"cache\"}";

fn serve(data: &Path) -> Service {
    Service::start_with(data, &["--workers", "2", "--compile-cache", "64"])
}

#[test]
fn same_submission_is_compiled_once_across_restarts() {
    let data = tempfile::tempdir().unwrap();
    let right = fs::read_to_string(jury("aplusb/accepted/solution.cpp")).unwrap();
    let wrong = fs::read_to_string(jury("aplusb/compile_error/missing-semicolon.cpp")).unwrap();
    let judge = |service: &Service| {
        let accepted = service.judge("aplusb", "cpp", &right);
        assert_eq!(accepted["verdict"]["status"], "Accepted", "{accepted}");
        let refused = service.judge("aplusb", "cpp", &wrong);
        assert_eq!(refused["verdict"]["status"], "Compilation Error");
        refused["compilerOutput"].clone()
    };
    let service = serve(data.path());
    let body = judge(&service);
    assert!(body.as_str().unwrap().contains("error: expected"), "{body}");
    let compiled = service.metric(BY_COMPILER);
    assert!(compiled >= 2, "{compiled}");
    assert_eq!(judge(&service), body);
    assert_eq!(service.metric(BY_COMPILER), compiled);
    assert!(service.metric(BY_CACHE) >= 2);
    drop(service);

    let service = serve(data.path());
    assert_eq!(judge(&service), body);
    assert_eq!(service.metric(BY_COMPILER), 0);
    assert_eq!(service.metric(BY_CACHE), 2);
}

fn engine(languages: &[&str], headers: Option<&Path>) -> Engine {
    let helper = HelperCommand {
        program: PathBuf::from(LETSCODE),
        args: vec!["jail-helper".to_owned()],
    };
    let mut all = builtin_languages().unwrap();
    all.retain(|language| languages.contains(&language.id.as_str()));
    Engine::start(EngineConfig {
        helper,
        languages: LanguageRegistry::new(all).unwrap(),
        isolation: Isolation::default(),
        caps: LimitCaps::default(),
        headers: headers.map(Path::to_owned),
        watch: letscode_model::WatchMode::Off,
    })
    .unwrap()
}

/// Runs a program; returns its output, or the compiler's messages.
fn run(engine: &Engine, language: &str, source: &str) -> (SnippetOutcome, String, String) {
    let language = LanguageId(language.to_owned());
    let report = engine.run_snippet(&language, source.as_bytes(), &b""[..], Priority::Normal);
    let report = report.unwrap();
    (report.outcome, report.stdout, report.stderr)
}

#[test]
fn equal_concurrent_programs_are_compiled_once() {
    let host = tempfile::tempdir().unwrap();
    let mut engine = engine(&["cpp"], None);
    engine
        .open_folders(&CacheFolders {
            compiled: host.path().to_owned(),
            max_bytes: 1 << 30,
            headers: None,
        })
        .unwrap();
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| {
                let ran = run(
                    &engine,
                    "cpp",
                    "#include <cstdio>\nint main() { puts(\"one\"); }",
                );
                assert_eq!(ran.1, "one\n", "{ran:?}");
            });
        }
    });
    let CompileCounts {
        compiled,
        remembered,
        shared,
        damaged,
        unidentified,
    } = engine.compiler().counts();
    assert_eq!((compiled, remembered + shared), (1, 99));
    assert_eq!((damaged, unidentified), (0, 0));
}

#[test]
fn interpreted_programs_are_checked_once() {
    let engine = engine(&["python"], None);
    for (index, source) in ["def f(:\n", "print(1)\n"].into_iter().enumerate() {
        let first = run(&engine, "python", source);
        assert_eq!(run(&engine, "python", source), first);
        assert_eq!(engine.compiler().counts().compiled, index as u64 + 1);
    }
}

/// A program whose compilation exceeds the time limit.
const BOMB: &str = "
constexpr unsigned long spin(unsigned long seed) {
    for (int outer = 0; outer < 200; outer++)
        for (int inner = 0; inner < 250000; inner++) seed = seed * 3 + 1;
    return seed;
}
template <int N> constexpr unsigned long spun = spin(N);
constexpr unsigned long a = spun<0>, b = spun<1>, c = spun<2>, d = spun<3>;
int main() { return a + b + c + d; }
";

#[test]
fn compiler_timeouts_are_not_cached() {
    let package = Package::echo("echo", 1).with(
        "problem.yaml",
        "name: Echo\nlimits:\n  compilation_time: 1\n",
    );
    let package =
        letscode_package::Package::load(&package.path(), &LanguageRegistry::builtin().unwrap())
            .unwrap();
    let engine = engine(&["cpp"], None);
    let evaluation = Evaluation {
        package: &package,
        language: &LanguageId("cpp".to_owned()),
        sources: &Sources::single(BOMB),
        time_limit: None,
        samples_only: true,
        thoroughness: Thoroughness::AsPackaged,
        priority: Priority::Normal,
        cancel: None,
    };
    for turn in 1..=2 {
        let judged = engine.judge(&evaluation, &mut |_| ()).unwrap();
        assert!(
            judged.compiler_output.contains("took too long"),
            "{judged:?}"
        );
        assert_eq!(engine.compiler().counts().compiled, turn);
    }
}

/// A program that takes a second to compile.
fn heavy(remark: &str) -> String {
    format!(
        "#include <regex>\n#include <iostream>\n// {remark}\nint main() {{ std::string line; \
         while (std::getline(std::cin, line)) std::cout << std::regex_replace(line, std::regex(\"x\"), \"x\") \
         << std::endl; }}"
    )
}

/// Speculative compilation starts with low priority on an idle core; then the machine becomes busy,
/// and then the same program is submitted, which must not wait longer than without speculation.
#[test]
fn submitting_raises_speculative_compilation() {
    const BUSY: &str = "import sys, time\nend = time.time() + float(sys.stdin.read())\nwhile time.time() < end: pass";
    let package = Package::echo("echo", 1);
    let package =
        letscode_package::Package::load(&package.path(), &LanguageRegistry::builtin().unwrap())
            .unwrap();
    let engine = engine(&["cpp", "python"], None);
    let cpp = LanguageId("cpp".to_owned());
    let cores = thread::available_parallelism().unwrap().get();
    let busy_for = |seconds: &'static str| {
        let python = LanguageId("python".to_owned());
        engine.run_snippet(
            &python,
            BUSY.as_bytes(),
            seconds.as_bytes(),
            Priority::Normal,
        )
    };
    // Read now, so that only later compilations are counted below.
    busy_for("0").unwrap();
    let time = |begun_ahead: bool| {
        let sources = Sources::single(heavy(&format!("{begun_ahead}")));
        let evaluation = Evaluation {
            package: &package,
            language: &cpp,
            sources: &sources,
            time_limit: None,
            samples_only: true,
            thoroughness: Thoroughness::AsPackaged,
            priority: Priority::Normal,
            cancel: None,
        };
        let before = engine.compiler().counts();
        thread::scope(|scope| {
            if begun_ahead {
                scope.spawn(|| {
                    assert!(engine.compile_speculatively(&evaluation).unwrap().is_some())
                });
                while engine.compiler().counts().compiled == before.compiled {
                    thread::sleep(Duration::from_millis(1));
                }
            }
            for _ in 0..2 * cores {
                scope.spawn(|| busy_for("4").unwrap());
            }
            thread::sleep(Duration::from_millis(100));
            let begun = Instant::now();
            let judged = engine.judge(&evaluation, &mut |_| ()).unwrap();
            assert_eq!(judged.verdict.status, Verdict::Accepted);
            let after = engine.compiler().counts();
            assert_eq!(after.shared - before.shared, u64::from(begun_ahead));
            begun.elapsed()
        })
    };
    let (fresh, joined) = (time(false), time(true));
    println!("submitted fresh {fresh:?}, while it was compiled ahead {joined:?}");
    // Twice, because the machine is shared; with low priority it would take many times as long.
    assert!(joined < 2 * fresh, "{joined:?} after {fresh:?}");
}

/// Programs whose first lines differ in every way that matters to a precompiled header.
const BEGINNINGS: [&str; 4] = [
    "#include <bits/stdc++.h>\n#include <bits/stdc++.h>\n#include <bits/extc++.h>\n",
    "#pragma GCC optimize(\"Ofast\")\n#pragma GCC target(\"avx2,popcnt\")\n\
     #include <bits/stdc++.h>\n#include <immintrin.h>\n",
    "#undef ONLINE_JUDGE\n#define NDEBUG\n#include <bits/stdc++.h>\n",
    "#include <bits/stdc++.h>\n#error on purpose\n",
];

const REST: &str = "
struct S { char c; int i; };
int main() {
    std::map<int, std::string> m{{1, \"a\"}};
    std::cout << m.size() << sizeof(S) << __OPTIMIZE__ << __cplusplus << std::endl;
#ifdef NDEBUG
    std::cout << \"not debugging\" << std::endl;
#endif
#ifdef ONLINE_JUDGE
    std::cout << \"judged\" << std::endl;
#endif
#ifdef __FAST_MATH__
    std::cout << \"fast\" << std::endl;
#endif
}";

/// [`Compiler::precompile_headers`] checks that the compiler uses the header; this test checks that
/// programs behave the same with it.
#[test]
fn precompiled_headers_do_not_change_programs() {
    let host = tempfile::tempdir().unwrap();
    let headers = host.path().join("headers");
    let mut fast = engine(&["cpp"], Some(&headers));
    fast.open_folders(&CacheFolders {
        compiled: host.path().join("compiled"),
        max_bytes: 1 << 30,
        headers: Some(headers.clone()),
    })
    .unwrap();
    fast.compiler().precompile_headers().unwrap();
    let plain = engine(&["cpp"], None);
    for beginning in BEGINNINGS {
        let source = format!("{beginning}{REST}");
        let expected = run(&plain, "cpp", &source);
        assert_eq!(run(&fast, "cpp", &source), expected, "{beginning}");
    }
}

#[test]
fn cache_option_keeps_compiled_programs() {
    let host = tempfile::tempdir().unwrap();
    let folder = host.path().join("cache");
    let source = jury("aplusb/accepted/solution.cpp");
    let judge = || {
        let ran = letscode([
            "run".as_ref(),
            "--cache".as_ref(),
            folder.as_os_str(),
            "--json".as_ref(),
            source.as_os_str(),
        ]);
        assert_eq!(ran.json()["outcome"], "exited", "{ran:?}");
        fs::read_dir(&folder).unwrap().count()
    };
    assert_eq!((judge(), judge()), (1, 1));
}

/// Drafts are compiled before they are submitted, unless the setting turns it off.
#[test]
fn drafts_are_compiled_before_submission() {
    const FOLLOWED: &str = "letscode_hints_followed_total{what=\"draft\"}";
    const WARMED: &str = "letscode_hints_followed_total{what=\"cells\"}";
    let right = fs::read_to_string(jury("aplusb/accepted/solution.cpp")).unwrap();
    let hint = |service: &Service| {
        let draft = serde_json::json!({ "problemId": "aplusb", "code": right });
        let hint = serde_json::json!({ "language": "cpp", "userId": "ada", "draft": draft });
        let (status, answer) = service.post("/api/hints", &hint);
        assert_eq!(status, 202, "{answer}");
        answer["compilesDrafts"].clone()
    };
    let wait_for = |service: &Service, name: &str| {
        let until = Instant::now() + Duration::from_secs(60);
        while service.metric(name) == 0 {
            assert!(Instant::now() < until, "{name} stays 0");
            thread::sleep(Duration::from_millis(20));
        }
    };
    let data = tempfile::tempdir().unwrap();
    let service = serve(data.path());
    assert_eq!(hint(&service), true);
    wait_for(&service, FOLLOWED);
    let compiled = service.metric(BY_COMPILER);
    let accepted = service.judge("aplusb", "cpp", &right);
    assert_eq!(accepted["verdict"]["status"], "Accepted", "{accepted}");
    assert_eq!(
        service.metric(BY_COMPILER),
        compiled,
        "it was compiled already"
    );
    assert_eq!(service.metric(BY_CACHE), 1);

    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--no-speculative-compile"]);
    assert_eq!(hint(&service), false);
    wait_for(&service, WARMED);
    assert_eq!(service.metric(FOLLOWED), 0);
}
