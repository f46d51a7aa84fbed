//! Our programs for real contest problems, which are stored beside the repository: each gets the
//! verdict that its folder names. Skipped if the packages are missing.

use std::path::{Path, PathBuf};

use crate::support::{host::names, letscode};
use rstest::rstest;
use serde_json::Value;

#[rstest]
#[case("karwa2023--ravitaillement")]
#[case("karwa2025--etoile")]
#[case("kth-challenge-2013--peragrams")]
#[case("kth-challenge-2016--dicebetting")]
#[case("swedish-olympiad-2020--tebryggning")]
#[case("swedish-olympiad-2021--hundraelva")]
fn programs_get_their_folders_verdict(#[case] name: &str) {
    let Some(package) = package(name) else { return };
    let programs = programs(name);
    assert!(programs.len() >= 4, "{programs:?}");
    for program in programs {
        let body = judge(&package, &program);
        let folder = program.parent().unwrap().file_name().unwrap();
        let expected = match folder.to_str().unwrap() {
            "accepted" => "Accepted",
            "wrong_answer" => "Wrong Answer",
            "time_limit_exceeded" => "Time Limit Exceeded",
            "run_time_error" => "Runtime Error",
            other => panic!("no verdict is known for {other}"),
        };
        let verdict = &body["verdict"];
        assert_eq!(
            verdict["status"],
            expected,
            "{}: {verdict}",
            program.display()
        );
    }
}

#[rstest]
#[case("swedish-olympiad-2021--hundraelva", "accepted/greedy.py", 100.0)]
#[case(
    "swedish-olympiad-2021--hundraelva",
    "wrong_answer/six_digits_at_most.cpp",
    60.0
)]
#[case(
    "swedish-olympiad-2021--hundraelva",
    "time_limit_exceeded/all_combinations.rs",
    20.0
)]
#[case("swedish-olympiad-2020--tebryggning", "accepted/knapsack.rs", 100.0)]
#[case(
    "swedish-olympiad-2020--tebryggning",
    "accepted/largest_pots_first.py",
    100.0
)]
#[case(
    "swedish-olympiad-2020--tebryggning",
    "wrong_answer/mixes_bags.js",
    20.0
)]
#[case(
    "swedish-olympiad-2020--tebryggning",
    "wrong_answer/whole_bags.py",
    20.0
)]
#[case(
    "swedish-olympiad-2020--tebryggning",
    "run_time_error/full_pots_only.cpp",
    0.0
)]
fn points_are_given_per_group(#[case] name: &str, #[case] program: &str, #[case] points: f64) {
    let Some(package) = package(name) else { return };
    let body = judge(&package, &own_programs(name).join(program));
    assert_eq!(body["verdict"]["score"], points, "{}", body["verdict"]);
}

fn judge(package: &Path, program: &Path) -> Value {
    let ran = letscode(["judge".as_ref(), "--json".as_ref(), package, program]);
    assert_ne!(ran.code, Some(2), "{}: {ran:#?}", program.display());
    ran.json()
}

/// Returns the folder of a package; prints a message and returns `None` if it is missing.
fn package(name: &str) -> Option<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = manifest.join("../../../shared/packages").join(name);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: there is no ../shared/packages/{name} beside the repository");
    None
}

fn own_programs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/real_packages")
        .join(name)
}

/// Returns our programs for a package.
fn programs(name: &str) -> Vec<PathBuf> {
    let root = own_programs(name);
    let folders = names(&root).into_iter().map(|folder| root.join(folder));
    folders
        .flat_map(|folder| {
            names(&folder)
                .into_iter()
                .map(move |name| folder.join(name))
        })
        .collect()
}
