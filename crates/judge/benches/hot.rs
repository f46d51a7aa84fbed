//! Benchmarks of the work in the judge's own process: for each test, and for each package.

#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use letscode_judge::DefaultChecker;
use letscode_languages::LanguageRegistry;
use letscode_package::Package;

const BYTES: usize = 1 << 20;

fn checker(criterion: &mut Criterion) {
    let (mut numbers, mut text) = (String::new(), String::new());
    for number in 0u64.. {
        if numbers.len() >= BYTES && text.len() >= BYTES {
            break;
        }
        let sum = number.wrapping_mul(2_654_435_761) % 1_000_000_007;
        writeln!(numbers, "{sum} {}.5", sum / 3).unwrap();
        writeln!(text, "word{sum} other").unwrap();
    }
    numbers.truncate(BYTES);
    text.truncate(BYTES);
    let tolerant = ["float_tolerance", "1e-6"].map(str::to_owned);
    let mut group = criterion.benchmark_group("the default checker on 1 MiB");
    group.throughput(Throughput::Bytes(BYTES as u64));
    for (name, flags, text) in [
        ("words", &[][..], &text),
        ("numbers", &[][..], &numbers),
        ("numbers with tolerance", &tolerant[..], &numbers),
    ] {
        let checker = DefaultChecker::parse(flags).unwrap();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let checked = checker.check(black_box(text.as_bytes()), text.as_bytes());
                assert!(checked.unwrap().is_ok());
            });
        });
    }
}

fn packages(criterion: &mut Criterion) {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../problems/aplusb");
    criterion.bench_function("a package, loaded", |bencher| {
        let languages = LanguageRegistry::builtin().unwrap();
        bencher.iter(|| Package::load(black_box(&package), &languages).unwrap());
    });
}

criterion_group!(benches, checker, packages);
criterion_main!(benches);
