// Solves only the first group in time: tries every count of every note.
use std::io;

fn fewest(amount: u64, note: u64) -> u64 {
    if note == 1 {
        return amount;
    }
    (0..=amount / note).map(|used| used + fewest(amount - used * note, note / 10)).min().unwrap()
}

fn main() {
    let input = io::read_to_string(io::stdin()).unwrap();
    println!("{}", fewest(input.trim().parse().unwrap(), 1_111_111_111));
}
