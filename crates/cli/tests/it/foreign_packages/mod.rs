//! Packages of Polygon, DMOJ and Hydro are converted and judged as there; what can't be is refused
//! with the format's name and the reason.

mod dmoj;
mod hydro;
mod polygon;

use crate::support::letscode;
use crate::support::package::Package;
use serde_json::Value;

const TESTLIB: &str = include_str!("testlib.h");

const SUM: &str = "a, b = map(int, input().split())\nprint(a + b)\n";
const DIFFERENCE: &str = "a, b = map(int, input().split())\nprint(a - b)\n";
const SLOW: &str = "while True: pass\n";

/// A checker that gives points: all for the sum, half for one off, none for anything else.
const POINTS_CHECKER: &str = r#"#include "testlib.h"
int main(int argc, char** argv) {
    registerTestlibCmd(argc, argv);
    int difference = std::abs(ouf.readInt() - ans.readInt());
    if (difference == 0) quitf(_ok, "exact");
    if (difference == 1) quitp(FULL / 2.0);
    quitf(_wa, "off by %d", difference);
}
"#;

/// Guessing a number; how many questions were asked goes to the checker.
const INTERACTOR: &str = r#"#include "testlib.h"
int main(int argc, char** argv) {
    registerInteraction(argc, argv);
    int number = inf.readInt();
    for (int questions = 1; questions <= 100; questions++) {
        int guess = ouf.readInt();
        std::cout << (guess < number ? "more" : guess > number ? "less" : "right") << std::endl;
        if (guess == number) {
            tout << questions << std::endl;
            quitf(_ok, "found");
        }
    }
    quitf(_wa, "too many questions");
}
"#;

const QUESTIONS_CHECKER: &str = r#"#include "testlib.h"
int main(int argc, char** argv) {
    registerTestlibCmd(argc, argv);
    int questions = ouf.readInt();
    if (questions > 10) quitf(_wa, "%d questions", questions);
    quitf(_ok, "%d questions", questions);
}
"#;

const BISECTION: &str = "low, high = 1, 1000
while True:
    middle = (low + high) // 2
    print(middle, flush=True)
    word = input()
    if word == 'right': break
    if word == 'more': low = middle + 1
    else: high = middle - 1
";

/// Right by the interactor, refused by the checker.
const ONE_BY_ONE: &str = "for guess in range(1, 100):
    print(guess, flush=True)
    if input() == 'right': break
";

/// Judges a program, and returns its verdict's status and points.
fn judged(package: &Package, name: &str, program: &str) -> (String, Value) {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join(name);
    std::fs::write(&source, program).unwrap();
    let ran = letscode([
        "judge".as_ref(),
        "--json".as_ref(),
        "--all".as_ref(),
        package.path().as_path(),
        &source,
    ]);
    assert_ne!(ran.code, Some(2), "{ran:#?}");
    let verdict = ran.json()["verdict"].clone();
    let status = verdict["status"].as_str().unwrap().to_owned();
    (status, verdict["score"].clone())
}

fn refusal(package: &Package) -> String {
    let data = tempfile::tempdir().unwrap();
    let path = package.path();
    let ran = letscode([
        "problem".as_ref(),
        "import".as_ref(),
        "--data".as_ref(),
        data.path(),
        path.as_path(),
    ]);
    ran.refusal().to_owned()
}
