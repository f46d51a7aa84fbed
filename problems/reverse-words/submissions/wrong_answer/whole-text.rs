// Wrong: reverses the words of the whole text, not those of each line.
use std::io;

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let mut words: Vec<&str> = input.split_whitespace().skip(1).collect();
    words.reverse();
    println!("{}", words.join(" "));
}
