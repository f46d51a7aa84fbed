//! A language is one TOML file: C, which is built in, and one that a test makes up.

use std::fs;

use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::package::Package;
use crate::support::service::Service;
use crate::support::{Source, letscode, letscode_with_input, problem, repository};

const C: &str = "#include <stdio.h>\n\
    int main(void) { char line[99]; if (fgets(line, 99, stdin)) fputs(line, stdout); }\n";

/// Adds two numbers, with what C knows from `math.h`.
const C_SUM: &str = "#include <math.h>\n#include <stdio.h>\n\
    int main(void) { long long a, b; scanf(\"%lld %lld\", &a, &b);\n\
    printf(\"%lld\\n\", a + b + (long long)floor(sin(0.0))); }\n";

/// A folder with a language of its own: Python by another name.
fn snake() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let python = fs::read_to_string(repository().join("languages/python.toml")).unwrap();
    let names = [
        ("id = \"python\"", "id = \"snake\""),
        ("name = \"Python\"", "name = \"Snake\""),
        ("aliases = [\"py\", \"py3\"]", "aliases = [\"sn\"]"),
        ("extensions = [\"py\", \"py3\"]", "extensions = [\"snake\"]"),
        ("codes = [\"python3\"]", "codes = [\"snake3\"]"),
        ("shebang = \"python\"", "shebang = \"snake\""),
    ];
    let text = names.iter().fold(python, |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replace(old, new)
    });
    fs::write(folder.path().join("snake.toml"), text).unwrap();
    folder
}

fn verify(package: &Package, options: &[&str]) -> Value {
    let path = package.path();
    let mut args = vec!["problem", "verify", "--json", path.to_str().unwrap()];
    args.extend(options);
    letscode(args).json()
}

/// Returns the name and the verdict of each submission.
fn verdicts(report: &Value) -> Vec<(&str, &str)> {
    let submissions = report["submissions"].as_array().unwrap().iter();
    submissions
        .map(|submission| {
            let path = submission["path"].as_str().unwrap();
            let verdict = submission["verdict"].as_str();
            let name = path.rsplit('/').next().unwrap();
            (name, verdict.unwrap_or("not judged"))
        })
        .collect()
}

#[rstest]
#[case::by_extension("sum.c", &[])]
#[case::by_alias("sum.txt", &["--language", "GCC"])]
fn c_runs_from_the_command_line(#[case] name: &str, #[case] options: &[&str]) {
    let source = Source::new(name, C_SUM);
    let mut args = vec!["run", source.arg()];
    args.extend(options);
    let ran = letscode_with_input("20 22\n", args);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "42\n"),
        "{ran:#?}"
    );
}

#[test]
fn c_compilers_refuse_with_a_reason() {
    let source = Source::new("wrong.c", "int main(void) { return x; }\n");
    let ran = letscode(["run", source.arg()]);
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    assert!(ran.stderr.contains("'x' undeclared"), "{ran:#?}");
}

/// Programs that newer standards refuse are compiled as the C of their time.
#[test]
fn old_c_is_compiled() {
    let old = "main() { int a; scanf(\"%d\", &a); printf(\"%d\\n\", a); return 0; }\n";
    let source = Source::new("old.c", old);
    let ran = letscode_with_input("7\n", ["run", source.arg()]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "7\n"),
        "{ran:#?}"
    );
}

#[test]
fn packages_know_c_by_extension_and_code() {
    let yaml = "'accepted/coded.txt':\n  language: c\n";
    let package = Package::echo("echo", 2)
        .with("submissions/submissions.yaml", yaml)
        .with("submissions/accepted/coded.txt", C)
        .with("submissions/accepted/plain.c", C)
        .with(
            "submissions/accepted/two/main.c",
            "void copy(void);\nint main(void) { copy(); }\n",
        )
        .with(
            "submissions/accepted/two/copy.c",
            C.replace("int main", "void copy"),
        )
        .with(
            "submissions/wrong_answer/silent.c",
            "int main(void) { return 0; }\n",
        )
        .with("submissions/accepted/unknown.adb", "");
    let report = verify(&package, &[]);
    assert_eq!(
        verdicts(&report),
        [
            ("coded.txt", "Accepted"),
            ("plain.c", "Accepted"),
            ("two", "Accepted"),
            ("unknown.adb", "not judged"),
            ("silent.c", "Wrong Answer"),
        ]
    );
    let counts = (&report["agreed"], &report["total"], &report["notJudged"]);
    assert_eq!(counts, (&json!(4), &json!(4), &json!(1)));
}

#[test]
fn last_line_counts_what_was_not_judged() {
    let package = Package::echo("echo", 1)
        .with("submissions/accepted/right.py", "print(input())")
        .with("submissions/accepted/Main.java", "")
        .with("submissions/accepted/main.swift", "");
    let ran = letscode(["problem", "verify", package.path().to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let last = ran.stdout.lines().last().unwrap();
    assert!(last.starts_with("1 of 1 submissions agree"), "{last}");
    assert!(last.contains("2 not judged"), "{last}");
}

#[test]
fn c_is_judged_and_shown_by_the_api() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let judged = service.judge("aplusb", "c", C_SUM);
    assert_eq!(judged["verdict"]["status"], "Accepted", "{judged}");
    let (status, answer) = service.get("/api/languages");
    assert_eq!(status, 200);
    let languages = answer["languages"].as_array().unwrap();
    let c = languages.iter().find(|one| one["id"] == "c").unwrap();
    assert_eq!(
        (&c["name"], &c["status"]),
        (&json!("C"), &json!("available"))
    );
    assert_eq!(
        (&c["compiled"], &c["editor"]["mode"]),
        (&json!(true), &json!("c"))
    );
    assert!(
        c["editor"]["template"]
            .as_str()
            .unwrap()
            .contains("stdio.h")
    );
    let route = json!({ "language": "c", "code": C, "clientLanguages": ["python"] });
    let (status, answer) = service.post("/api/route", &route);
    assert_eq!(
        (status, &answer["strategy"]),
        (200, &json!("server")),
        "{answer}"
    );
}

#[rstest]
#[case("py", "python")]
#[case("C++", "cpp")]
#[case("node", "javascript")]
fn the_api_takes_aliases(#[case] alias: &str, #[case] id: &str) {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    let judged = service.judge("aplusb", alias, "1");
    let (_, submission) = service.get(&format!(
        "/api/submission/{}",
        judged["id"].as_str().unwrap()
    ));
    assert_eq!(submission["language"], id, "{submission}");
}

#[test]
fn made_up_languages_work_everywhere() {
    let folder = snake();
    let option = ["--languages", folder.path().to_str().unwrap()];
    let source = Source::new(
        "x.snake",
        "a, b = map(int, input().split())\nprint(a + b)\n",
    );

    let ran = letscode_with_input("1 2\n", ["run", source.arg()].iter().chain(&option));
    assert_eq!(ran.stdout, "3\n", "{ran:#?}");
    let aplusb = problem("aplusb");
    let judge = ["judge", aplusb.to_str().unwrap(), source.arg()];
    let ran = letscode(judge.iter().chain(&option));
    assert_eq!(ran.code, Some(0), "{ran:#?}");

    let package = Package::echo("echo", 1)
        .with("submissions/accepted/a.snake", "print(input())")
        .with("submissions/accepted/b.txt", "print(input())")
        .with(
            "submissions/submissions.yaml",
            "'accepted/b.txt':\n  language: snake3\n",
        );
    assert_eq!(verify(&package, &[])["notJudged"], 2);
    let report = verify(&package, &option);
    assert_eq!(
        verdicts(&report),
        [("a.snake", "Accepted"), ("b.txt", "Accepted")]
    );

    let help = letscode(["run", "--help"].iter().chain(&option)).stdout;
    assert!(
        help.contains("rust or snake") && help.contains(".snake"),
        "{help}"
    );
    let unknown = ["run", "--language", "cobol", source.arg()];
    let refused = letscode(unknown.iter().chain(&option));
    assert!(refused.refusal().contains("snake"), "{refused:#?}");
    let doctor = letscode(["doctor"].iter().chain(&option)).stdout;
    assert!(doctor.contains("snake"), "{doctor}");

    let data = tempfile::tempdir().unwrap();
    let service = Service::start_with(data.path(), &["--workers", "2", option[0], option[1]]);
    let code = fs::read_to_string(source.path()).unwrap();
    let judged = service.judge("aplusb", "sn", &code);
    assert_eq!(judged["verdict"]["status"], "Accepted", "{judged}");
    let (_, listed) = service.get("/api/languages");
    assert!(listed.to_string().contains("\"Snake\""), "{listed}");
}

#[test]
fn broken_language_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("broken.toml"), "id = 3\n").unwrap();
    let source = Source::new("x.py", "print(1)");
    let path = folder.path().to_str().unwrap();
    let refused = letscode(["run", source.arg(), "--languages", path]);
    assert!(refused.refusal().contains("broken.toml"), "{refused:#?}");
}

/// The file that `docs/LANGUAGES.md` shows.
fn documented_example() -> String {
    let document = fs::read_to_string(repository().join("docs/LANGUAGES.md")).unwrap();
    let (_, example) = document.split_once("```toml\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    example.to_owned()
}

#[test]
fn documented_example_works() {
    for program in ["/usr/bin/lua5.4", "/usr/bin/luac5.4"] {
        if !fs::exists(program).unwrap() {
            return eprintln!("skipped: there is no {program}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let example = documented_example();
    fs::write(folder.path().join("lua.toml"), &example).unwrap();
    let option = ["--languages", folder.path().to_str().unwrap()];

    let description: toml::Table = toml::from_str(&example).unwrap();
    let template = description["editor"]["template"].as_str().unwrap();
    let source = Source::new("sum.lua", template);
    let ran = letscode_with_input("3 4\n", ["run", source.arg()].iter().chain(&option));
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "7\n"),
        "{ran:#?}"
    );
    let aplusb = problem("aplusb");
    let judge = ["judge", aplusb.to_str().unwrap(), source.arg()];
    let ran = letscode(judge.iter().chain(&option));
    assert_eq!(ran.code, Some(0), "{ran:#?}");

    let broken = Source::new(
        "broken.lua",
        "print('no program runs while it is checked')\nprint(1\n",
    );
    let ran = letscode(["run", "--json", broken.arg()].iter().chain(&option));
    let report = ran.json();
    assert_eq!(report["outcome"], "compile_failed", "{report}");
    assert_eq!(report["stdout"], "", "{report}");
    assert!(
        report["stderr"]
            .as_str()
            .unwrap()
            .contains("solution.lua:3"),
        "{report}"
    );

    let doctor = letscode(["doctor"].iter().chain(&option)).stdout;
    assert!(doctor.contains("Lua 5.4"), "{doctor}");
}
