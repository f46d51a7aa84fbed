// honest: panics that are caught, maps with random order, clocks, the machine, characters
// stdin: crème 🦀
// stdout: caught 1000 ok emèrc 🦀
// stderr-has: panicked at
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Write;
use std::time::{Duration, Instant, SystemTime};
fn main() {
    let caught = std::panic::catch_unwind(|| [1][std::hint::black_box(3)]);
    let map: HashMap<u32, u32> = (0..1000).map(|n| (n, n)).collect();
    let set: HashSet<u32> = map.keys().copied().collect();
    let sorted: BTreeMap<_, _> = map.iter().collect();
    assert_eq!(sorted.len(), set.len());
    let start = Instant::now();
    std::thread::sleep(Duration::from_millis(2));
    assert!(start.elapsed() >= Duration::from_millis(2) && SystemTime::now().elapsed().is_ok());
    assert!(std::thread::available_parallelism().unwrap().get() >= 1);
    assert!(std::env::args().count() == 1 && std::env::current_dir().unwrap().ends_with("workspace"));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let (word, crab) = line.trim().split_once(' ').unwrap();
    let word: String = word.chars().rev().collect();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    writeln!(out, "{} {} ok {word} {crab}", if caught.is_err() { "caught" } else { "" }, set.len()).unwrap();
}
