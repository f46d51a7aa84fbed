//! `letscode bench --json` reports every part.

use crate::support::{Source, letscode};
use serde_json::Value;

const WORKLOAD: &str = r#"{"id": "right", "lang": "python", "code": "print(1)", "stdin": "", "expected": "pass"}
{"id": "wrong", "lang": "python", "code": "exit(1)", "stdin": "", "expected": "fail"}
{"id": "wrongly-expected", "lang": "python", "code": "exit(1)", "stdin": "", "expected": "pass"}
"#;

fn rows<'a>(report: &'a Value, part: &str) -> &'a Vec<Value> {
    report[part]
        .as_array()
        .unwrap_or_else(|| panic!("no {part} in {report}"))
}

/// Returns the row of a part that has these values.
fn row<'a>(report: &'a Value, part: &str, values: [(&str, &str); 2]) -> &'a Value {
    let mut rows = rows(report, part).iter();
    let is_it = |row: &&Value| values.iter().all(|(name, value)| row[*name] == *value);
    rows.find(is_it)
        .unwrap_or_else(|| panic!("no {values:?} in {report}"))
}

#[test]
fn quick_benchmark_has_all_parts() {
    let workload = Source::new("workload.jsonl", WORKLOAD);
    let plot = Source::new("plot.svg", "");
    let ran = letscode([
        "bench",
        "--quick",
        "--json",
        "--workload",
        workload.arg(),
        "--svg",
        plot.arg(),
    ]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let report = ran.json();
    assert_eq!(rows(&report, "layers").len(), 5, "{report}");
    for program in ["static native", "Python", "Node", "C++ iostream", "Rust"] {
        for way in ["bare spawn", "kept cell", "fresh cell"] {
            let row = row(&report, "runs", [("program", program), ("way", way)]);
            let (median, p99) = (&row["time"]["median"], &row["time"]["p99"]);
            assert!(median.as_f64().unwrap() > 0.0, "{row}");
            assert!(p99.as_f64() >= median.as_f64(), "{row}");
        }
    }
    for program in ["Python", "JavaScript", "C++ bits/stdc++.h", "Rust"] {
        for way in ["first", "again"] {
            let row = row(&report, "verdicts", [("program", program), ("way", way)]);
            assert!(row["ratio"].as_f64().unwrap() > 0.0, "{row}");
        }
    }
    let many = [("program", "C++ bits/stdc++.h"), ("way", "100 tests")];
    let many = &row(&report, "verdicts", many)["ratio"];
    assert!(many.as_f64().unwrap() > 0.0, "{many}");
    for program in ["Python", "static native"] {
        for way in ["cells", "submissions"] {
            let row = row(&report, "throughput", [("program", program), ("way", way)]);
            assert!(row["runsPerSecond"].as_f64().unwrap() > 0.0, "{row}");
        }
    }
    for row in rows(&report, "memory") {
        // Inexact for a few cells, but no cell is free and none is large.
        let bytes = row["processesBytes"].as_f64().unwrap();
        assert!((1e4..1e8).contains(&bytes), "{row}");
    }
    let workload = &report["workload"];
    assert_eq!(workload["agreed"], 2, "{workload}");
    let disagreed = workload["disagreed"][0].as_str().unwrap();
    assert!(disagreed.starts_with("wrongly-expected"), "{workload}");
    assert!(rows(&report, "aims").len() >= 10, "{report}");
    let drawn = std::fs::read_to_string(plot.path()).unwrap();
    assert!(drawn.contains("Python: kept cell"), "{drawn}");
}

#[test]
fn bad_workload_error_names_the_line() {
    let broken = Source::new("workload.jsonl", "{}\n");
    let ran = letscode(["bench", "--only", "workload", "--workload", broken.arg()]);
    assert!(ran.refusal().contains("line 1"), "{ran:#?}");
}
