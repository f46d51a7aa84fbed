//! Nothing is compiled twice, and `bits/stdc++.h` before anybody includes it: with real compilers.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::package::Package;
use crate::support::service::Service;
use crate::support::{LETSCODE, jury, letscode};
use letscode_judge::{
    CompileCounts, Engine, Evaluation, HelperCommand, Silent, Sources, Thoroughness,
};
use letscode_languages::{LanguageRegistry, builtin_languages};
use letscode_model::{LanguageId, SnippetOutcome, Verdict};
use letscode_sandbox::Isolation;

const BY_COMPILER: &str = "letscode_compilations_total{source=\"compiler\"}";
const BY_CACHE: &str = "letscode_compilations_total{source=\"cache\"}";

fn serve(data: &Path) -> Service {
    Service::start_with(data, &["--workers", "2", "--compile-cache", "64"])
}

#[test]
fn the_same_submission_is_not_compiled_again_not_even_after_a_restart() {
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
    let said = judge(&service);
    assert!(said.as_str().unwrap().contains("error: expected"), "{said}");
    let compiled = service.figure(BY_COMPILER);
    assert!(compiled >= 2, "{compiled}");
    assert_eq!(judge(&service), said);
    assert_eq!(service.figure(BY_COMPILER), compiled);
    assert!(service.figure(BY_CACHE) >= 2);
    drop(service);

    let service = serve(data.path());
    assert_eq!(judge(&service), said);
    assert_eq!(service.figure(BY_COMPILER), 0);
    assert_eq!(service.figure(BY_CACHE), 2);
}

fn engine(languages: &[&str], headers: Option<&Path>) -> Engine {
    let helper = HelperCommand {
        program: PathBuf::from(LETSCODE),
        args: vec!["jail-helper".to_owned()],
    };
    let mut all = builtin_languages().unwrap();
    all.retain(|one| languages.contains(&one.id.as_str()));
    Engine::start_with_headers(
        helper,
        LanguageRegistry::new(all).unwrap(),
        Isolation::default(),
        headers,
    )
    .unwrap()
}

/// What it prints, or what the compiler said.
fn run(engine: &Engine, language: &str, source: &str) -> (SnippetOutcome, String, String) {
    let language = LanguageId(language.to_owned());
    let report = engine.run_snippet(&language, source.as_bytes(), &b""[..]);
    let report = report.unwrap();
    (report.outcome, report.stdout, report.stderr)
}

#[test]
fn a_hundred_equal_programs_at_once_are_compiled_once() {
    let host = tempfile::tempdir().unwrap();
    let mut engine = engine(&["cpp"], None);
    engine.keep_compiled(host.path(), 1 << 30).unwrap();
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
    } = engine.compile_counts();
    assert_eq!((compiled, remembered + shared, damaged), (1, 99, 0));
}

#[test]
fn what_an_interpreter_is_to_run_is_checked_once() {
    let engine = engine(&["python"], None);
    for (index, source) in ["def f(:\n", "print(1)\n"].into_iter().enumerate() {
        let first = run(&engine, "python", source);
        assert_eq!(run(&engine, "python", source), first);
        assert_eq!(engine.compile_counts().compiled, index as u64 + 1);
    }
}

/// Computes for longer than it may, while it is being compiled.
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
fn a_compiler_that_took_too_long_is_asked_again() {
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
    };
    for turn in 1..=2 {
        let judged = engine.judge(&evaluation, &mut Silent).unwrap();
        assert!(
            judged.compiler_output.contains("took too long"),
            "{judged:?}"
        );
        assert_eq!(engine.compile_counts().compiled, turn);
    }
}

/// A second's work for a compiler.
fn heavy(remark: &str) -> String {
    format!(
        "#include <regex>\n#include <iostream>\n// {remark}\nint main() {{ std::string line; \
         while (std::getline(std::cin, line)) std::cout << std::regex_replace(line, std::regex(\"x\"), \"x\") \
         << std::endl; }}"
    )
}

/// It begins with a low priority on a core that is idle; then the machine becomes busy, and then somebody
/// submits just that: they must not wait for longer than if it had not been begun.
#[test]
fn a_draft_that_is_submitted_while_it_is_compiled_ahead_is_not_late() {
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
        engine.run_snippet(&python, BUSY.as_bytes(), seconds.as_bytes())
    };
    // Checked from here on, so that only what is compiled is counted below.
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
        };
        let before = engine.compile_counts();
        thread::scope(|scope| {
            if begun_ahead {
                scope.spawn(|| assert!(engine.compile_ahead(&evaluation).unwrap()));
                while engine.compile_counts().compiled == before.compiled {
                    thread::sleep(Duration::from_millis(1));
                }
            }
            for _ in 0..2 * cores {
                scope.spawn(|| busy_for("4").unwrap());
            }
            thread::sleep(Duration::from_millis(100));
            let begun = Instant::now();
            let judged = engine.judge(&evaluation, &mut Silent).unwrap();
            assert_eq!(judged.verdict.status, Verdict::Accepted);
            let after = engine.compile_counts();
            assert_eq!(after.shared - before.shared, u64::from(begun_ahead));
            begun.elapsed()
        })
    };
    let (fresh, joined) = (time(false), time(true));
    println!("submitted fresh {fresh:?}, while it was compiled ahead {joined:?}");
    // Twice, as the machine is shared; with the low priority it would be many times as long.
    assert!(joined < 2 * fresh, "{joined:?} after {fresh:?}");
}

/// Programs that begin in every way that matters to a precompiled header.
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

/// [`Engine::precompile_headers`] has the compiler say that it takes the header; here, that nobody
/// can tell but by the time.
#[test]
fn with_a_precompiled_header_programs_do_the_same() {
    let host = tempfile::tempdir().unwrap();
    let headers = host.path().join("headers");
    let mut fast = engine(&["cpp"], Some(&headers));
    fast.keep_compiled(&host.path().join("compiled"), 1 << 30)
        .unwrap();
    fast.keep_headers(&headers).unwrap();
    fast.precompile_headers().unwrap();
    let plain = engine(&["cpp"], None);
    for beginning in BEGINNINGS {
        let source = format!("{beginning}{REST}");
        let expected = run(&plain, "cpp", &source);
        assert_eq!(run(&fast, "cpp", &source), expected, "{beginning}");
    }
}

#[test]
fn the_command_line_keeps_what_it_compiled_where_it_is_told() {
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

/// What somebody has written is compiled when it is submitted; with the setting, it is not.
#[test]
fn a_draft_is_compiled_before_it_is_submitted() {
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
        while service.figure(name) == 0 {
            assert!(Instant::now() < until, "{name} stays 0");
            thread::sleep(Duration::from_millis(20));
        }
    };
    let data = tempfile::tempdir().unwrap();
    let service = serve(data.path());
    assert_eq!(hint(&service), true);
    wait_for(&service, FOLLOWED);
    let compiled = service.figure(BY_COMPILER);
    let accepted = service.judge("aplusb", "cpp", &right);
    assert_eq!(accepted["verdict"]["status"], "Accepted", "{accepted}");
    assert_eq!(
        service.figure(BY_COMPILER),
        compiled,
        "it was compiled already"
    );
    assert_eq!(service.figure(BY_CACHE), 1);

    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--no-speculative-compile"]);
    assert_eq!(hint(&service), false);
    wait_for(&service, WARMED);
    assert_eq!(service.figure(FOLLOWED), 0);
}
