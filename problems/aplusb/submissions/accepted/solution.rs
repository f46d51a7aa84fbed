use std::io;

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let sum: i64 = input
        .split_whitespace()
        .map(|word| word.parse::<i64>().expect("an integer"))
        .sum();
    println!("{sum}");
}
