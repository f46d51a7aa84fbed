//! What a text costs: a megabyte, of which the beginning is read, and the longest that is read whole.

#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use letscode_analysis::{Budget, Language, analyse};

const PIECES: [&str; 4] = [
    "function solve(lines) {\n  const [n, m] = lines[0].split(' ').map(Number);\n  let best = 0;\n  for (let i = 1; i <= n; i++) {\n    best = Math.max(best, lines[i].length * m);\n  }\n  return best;\n}\n",
    "def solve(lines):\n    n, m = map(int, lines[0].split())\n    best = 0\n    for i in range(1, n + 1):\n        best = max(best, len(lines[i]) * m)\n    return best\n",
    "int solve(const vector<string> &lines) {\n    int best = 0;\n    for (int i = 0; i < (int)lines.size(); i++) {\n        best = max(best, (int)lines[i].size() * 2);\n    }\n    return best;\n}\n",
    "fn solve(lines: &[String]) -> usize {\n    let mut best = 0;\n    for line in lines.iter() {\n        best = best.max(line.len() * 2);\n    }\n    println!(\"{}\", best);\n    best\n}\n",
];

fn megabyte(criterion: &mut Criterion) {
    for (name, bytes) in [("1 MiB", 1 << 20), ("64 KiB", 64 << 10)] {
        let mut group = criterion.benchmark_group(name);
        group
            .throughput(Throughput::Bytes(bytes as u64))
            .sample_size(20);
        for (language, piece) in Language::ALL.into_iter().zip(PIECES) {
            let mut code = piece.repeat(bytes / piece.len() + 1);
            code.truncate(bytes);
            group.bench_function(language.id(), |bencher| {
                bencher.iter(|| analyse(black_box(&code), language, Budget::default()));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, megabyte);
criterion_main!(benches);
