// Wrong: counts all zones of coaches, whether they form a rectangle or not.
use std::collections::HashSet;
use std::io;

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let mut words = input.split_whitespace();
    let mut number = || words.next().expect("a word").parse::<usize>().expect("a number");
    let (n, m, _k) = (number(), number(), number());
    let zones: Vec<&str> = words.by_ref().take(n * m).collect();
    let coaches: HashSet<&str> = words.collect();
    println!("{}", zones.iter().filter(|name| coaches.contains(*name)).count());
}
