// One bit for each letter: set while the letter was seen an odd number of times.
use std::io;

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let odd = input.trim().bytes().fold(0u32, |bits, letter| bits ^ (1 << (letter - b'a')));
    println!("{}", odd.count_ones().saturating_sub(1));
}
