//! Time to analyse a megabyte, of which the beginning is parsed; the longest text that is parsed whole;
//! and, for comparison, a megabyte that is parsed whole, with and without the analysis.

#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use letscode_analysis::{AnalysisBudget, Language, analyse};

const PIECES: [&str; 4] = [
    "function solve(lines) {\n  const [n, m] = lines[0].split(' ').map(Number);\n  let best = 0;\n  for (let i = 1; i <= n; i++) {\n    best = Math.max(best, lines[i].length * m);\n  }\n  return best;\n}\n",
    "def solve(lines):\n    n, m = map(int, lines[0].split())\n    best = 0\n    for i in range(1, n + 1):\n        best = max(best, len(lines[i]) * m)\n    return best\n",
    "int solve(const vector<string> &lines) {\n    int best = 0;\n    for (int i = 0; i < (int)lines.size(); i++) {\n        best = max(best, (int)lines[i].size() * 2);\n    }\n    return best;\n}\n",
    "fn solve(lines: &[String]) -> usize {\n    let mut best = 0;\n    for line in lines.iter() {\n        best = best.max(line.len() * 2);\n    }\n    println!(\"{}\", best);\n    best\n}\n",
];

const MEGABYTE: usize = 1 << 20;

fn text(piece: &str, bytes: usize) -> String {
    let mut code = piece.repeat(bytes / piece.len() + 1);
    code.truncate(bytes);
    code
}

fn megabyte(criterion: &mut Criterion) {
    let default = AnalysisBudget::default();
    let whole = AnalysisBudget {
        bytes: MEGABYTE,
        time: Duration::from_secs(10),
    };
    for (name, bytes, budget) in [
        ("1 MiB", MEGABYTE, default),
        ("64 KiB", 64 << 10, default),
        ("1 MiB, all of it parsed", MEGABYTE, whole),
    ] {
        let mut group = criterion.benchmark_group(name);
        group
            .throughput(Throughput::Bytes(bytes as u64))
            .sample_size(20);
        for (language, piece) in Language::ALL.into_iter().zip(PIECES) {
            let code = text(piece, bytes);
            group.bench_function(language.id(), |bencher| {
                bencher.iter(|| analyse(black_box(&code), language, budget));
            });
        }
        group.finish();
    }
}

fn parser_alone(criterion: &mut Criterion) {
    let grammars = [
        tree_sitter_javascript::LANGUAGE,
        tree_sitter_python::LANGUAGE,
        tree_sitter_cpp::LANGUAGE,
        tree_sitter_rust::LANGUAGE,
    ];
    let mut group = criterion.benchmark_group("1 MiB, parser alone");
    group
        .throughput(Throughput::Bytes(MEGABYTE as u64))
        .sample_size(20);
    for ((language, piece), grammar) in Language::ALL.into_iter().zip(PIECES).zip(grammars) {
        let code = text(piece, MEGABYTE);
        let mut parser = tree_sitter::Parser::new();
        parser.set_language(&grammar.into()).unwrap();
        group.bench_function(language.id(), |bencher| {
            bencher.iter(|| parser.parse(black_box(&code), None));
        });
    }
    group.finish();
}

criterion_group!(benches, megabyte, parser_alone);
criterion_main!(benches);
