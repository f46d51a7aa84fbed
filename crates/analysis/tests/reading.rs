//! Estimates, bounds, and real programs that must be safe.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use letscode_analysis::{
    AnalysisBudget, Complexity, FactKind, Incomplete, Language, Recursion, analyse,
};
use rstest::rstest;
use support::{facts_of, kinds, language_of, long_budget, repository};

#[rstest]
#[case::nothing("print(1)", Complexity::Constant)]
#[case::written_out("for i in range(10):\n  print(i)", Complexity::Constant)]
#[case::input("for i in range(int(input())):\n  print(i)", Complexity::Linear)]
#[case::halving("n = int(input())\nwhile n:\n  n //= 2", Complexity::Logarithmic)]
#[case::sorting("print(sorted(input()))", Complexity::Linearithmic)]
#[case::two("for a in x:\n  for b in x:\n    print(a, b)", Complexity::Quadratic)]
#[case::one_of_them_short("for a in x:\n  for b in 'abc':\n    print(a, b)", Complexity::Linear)]
#[case::through_a_call(
    "def f(x):\n  for a in x: pass\nfor b in y: f(b)",
    Complexity::Quadratic
)]
#[case::comprehension("a = [[c for c in b] for b in x]", Complexity::Quadratic)]
#[case::three("for a in x:\n  for b in x:\n    for c in x: pass", Complexity::Cubic)]
#[case::four(
    "for a in x:\n  for b in x:\n    for c in x:\n      for d in x: pass",
    Complexity::Polynomial
)]
#[case::fibonacci(
    "def f(n):\n  return f(n - 1) + f(n - 2) if n > 1 else n\nf(9)",
    Complexity::Exponential
)]
#[case::remembered(
    "@cache\ndef f(n):\n  return f(n - 1) + f(n - 2) if n > 1 else n",
    Complexity::Linear
)]
#[case::factorial("def f(n):\n  return n * f(n - 1) if n else 1", Complexity::Linear)]
fn complexity_of_python(#[case] code: &str, #[case] expected: Complexity) {
    let facts = facts_of(code, Language::Python);
    assert_eq!(facts.estimate.complexity, expected, "{:?}", facts.estimate);
}

#[rstest]
#[case(
    Language::JavaScript,
    "for (let i = 0; i < n; i++) for (let j = 0; j < 3; j++) f(i);",
    Complexity::Linear
)]
#[case(
    Language::JavaScript,
    "const f = (n) => n < 2 ? n : f(n - 1) + f(n - 2);",
    Complexity::Exponential
)]
#[case(
    Language::Cpp,
    "int main() { for (int i = 1; i < n; i *= 2) for (int j = 0; j < n; j++) f(); }",
    Complexity::Linearithmic
)]
#[case(
    Language::Cpp,
    "int main() { for (auto x : v) for (auto y : v) f(); }",
    Complexity::Quadratic
)]
#[case(
    Language::Rust,
    "fn main() { for i in 0..n { for j in 0..10 { f(); } } }",
    Complexity::Linear
)]
fn complexity_of_other_languages(
    #[case] language: Language,
    #[case] code: &str,
    #[case] expected: Complexity,
) {
    let facts = facts_of(code, language);
    assert_eq!(facts.estimate.complexity, expected, "{:?}", facts.estimate);
}

#[rstest]
#[case("def f(): g()\ndef g(): f()", Recursion::Mutual)]
#[case("def f(): f()", Recursion::Direct)]
#[case("def f(): g()\ndef g(): h()\ndef h(): pass", Recursion::None)]
#[case("def a(): b()\ndef b(): c()\ndef c(): b()", Recursion::Mutual)]
fn recursion_is_detected(#[case] code: &str, #[case] expected: Recursion) {
    assert_eq!(
        facts_of(code, Language::Python).estimate.recursion,
        expected
    );
}

#[rstest]
#[case(Language::Python, "a = [0] * 10**6", 8_000_000)]
#[case(
    Language::JavaScript,
    "const N = 1e6; const a = new Array(N + 1);",
    8_000_008
)]
#[case(Language::Cpp, "const int N = 1000; int a[N];", 8000)]
#[case(Language::Cpp, "int main() { vector<int> v(5000); }", 40_000)]
#[case(
    Language::Rust,
    "fn main() { let a = [0; 1 << 10]; let b = vec![0; 1024]; }",
    16_384
)]
fn array_sizes_are_added(#[case] language: Language, #[case] code: &str, #[case] bytes: u64) {
    let estimate = facts_of(code, language).estimate;
    assert_eq!(estimate.allocated_bytes, bytes);
    assert!(!estimate.grows_with_input);
}

#[test]
fn facts_have_line_numbers() {
    let facts = facts_of(
        "import os\n\n\nos.system('a')\nx = 1; os.system('b')\n",
        Language::Python,
    );
    let lines: Vec<u32> = facts.facts.iter().map(|fact| fact.line).collect();
    assert_eq!(lines, [4, 5]);
    assert_eq!(facts.facts[0].name, "os.system");
}

#[test]
fn facts_are_bounded() {
    let facts = facts_of(&"open('x')\n".repeat(1000), Language::Python);
    assert_eq!(facts.facts.len(), 100);
}

#[test]
fn broken_code_is_reported() {
    let facts = facts_of("import os\nos.system('x')\ndef f(:\n", Language::Python);
    assert_eq!(facts.incomplete, Some(Incomplete::Broken));
    assert!(facts.has(FactKind::Process));
}

/// The walk does not recurse. The budget is large enough for the whole text.
#[rstest]
fn deep_nesting_does_not_overflow(
    #[values(Language::JavaScript, Language::Python, Language::Cpp, Language::Rust)]
    language: Language,
    #[values(("(", ")"), ("[", "]"), ("{", "}"), ("f(", ")"), ("-", ""), ("a.", ""), ("1+", ""), ("if x: ", ""))]
    pair: (&str, &str),
) {
    const DEEP: usize = 100_000;
    let code = format!("{}x{}", pair.0.repeat(DEEP), pair.1.repeat(DEEP));
    let budget = AnalysisBudget {
        bytes: 1 << 20,
        ..long_budget()
    };
    let small_stack = std::thread::Builder::new().stack_size(512 << 10);
    let reading = small_stack
        .spawn(move || analyse(&code, language, budget))
        .unwrap();
    reading.join().unwrap();
}

/// Aliases of aliases, each with two possible values: without a bound, the number of paths explodes.
#[test]
fn nested_aliases_are_bounded() {
    let mut code = String::from("import os\na0 = os.system\nb0 = os.popen\n");
    for step in 1..2000 {
        let before = step - 1;
        let line = format!(
            "a{step} = a{before} or b{before}\nb{step} = b{before} or a{before}\na{step}('x')\n"
        );
        code.push_str(&line);
    }
    let start = Instant::now();
    facts_of(&code, Language::Python);
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}

fn programs_below(folder: &Path, programs: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            programs_below(&path, programs);
        } else {
            programs.push(path);
        }
    }
}

/// A jury's accepted submissions use no files, network or processes.
fn assert_allowed(name: &str, code: &str, language: Language) {
    let facts = facts_of(code, language);
    let unwanted = [
        FactKind::File,
        FactKind::Network,
        FactKind::Process,
        FactKind::DynamicCode,
    ];
    let kinds = kinds(&facts);
    assert!(
        unwanted.iter().all(|kind| !kinds.contains(kind)),
        "{name}: {:?}",
        facts.facts
    );
}

#[test]
fn accepted_submissions_are_safe() {
    let mut count = 0;
    for root in ["problems", "../shared/packages"] {
        let root = repository().join(root);
        if !root.is_dir() {
            eprintln!("skipped: {} is not there", root.display());
            continue;
        }
        let mut files = Vec::new();
        programs_below(&root, &mut files);
        let is_accepted =
            |path: &Path| path.components().any(|part| part.as_os_str() == "accepted");
        for path in files.iter().filter(|path| is_accepted(path)) {
            let Some(language) = language_of(path) else {
                continue;
            };
            let code = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
            assert_allowed(&path.display().to_string(), &code, language);
            count += 1;
        }
    }
    println!("{count} accepted submissions");
    assert!(count > 0);
}

#[test]
fn real_workloads_are_safe() {
    let Ok(lines) =
        fs::read_to_string(repository().join("../shared/workloads/humanevalpack.jsonl"))
    else {
        eprintln!("skipped: ../shared/workloads is not there");
        return;
    };
    for line in lines.lines() {
        let program: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| program[field].as_str().unwrap().to_owned();
        let language = Language::ALL
            .into_iter()
            .find(|language| language.id() == text("lang"))
            .unwrap();
        assert_allowed(&text("id"), &text("code"), language);
    }
}
