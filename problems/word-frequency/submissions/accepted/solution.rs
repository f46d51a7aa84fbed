use std::cmp::Reverse;
use std::collections::HashMap;
use std::io;

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input").to_ascii_lowercase();
    let (k, text) = input.split_once('\n').unwrap_or((&input, ""));
    let k: usize = k.trim().parse().expect("a number");

    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in text.split(|c: char| !c.is_ascii_lowercase()).filter(|word| !word.is_empty()) {
        *counts.entry(word).or_default() += 1;
    }

    let mut ranking: Vec<_> = counts.into_iter().collect();
    ranking.sort_unstable_by_key(|&(word, count)| (Reverse(count), word));
    for (word, count) in ranking.into_iter().take(k) {
        println!("{word} {count}");
    }
}
