use std::io;

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let mut lines = input.lines();
    let n: usize = lines.next().expect("a first line").trim().parse().expect("a number");

    for line in lines.take(n) {
        let words: Vec<&str> = line.split_whitespace().rev().collect();
        println!("{}", words.join(" "));
    }
}
