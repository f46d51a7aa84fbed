// Fails: the number of crates does not fit into 32 bits.
use std::io;

fn main() {
    let input = io::read_to_string(io::stdin()).unwrap();
    let n: u32 = input.trim().parse().unwrap();
    let size = (0u64..).take_while(|k| 2 * k * (k + 1) < u64::from(n)).count();
    println!("{}", size - 1);
}
