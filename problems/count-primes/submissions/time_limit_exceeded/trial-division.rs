// Too slow: looks at every number of every range by trial division.
use std::io;

fn is_prime(x: u64) -> bool {
    x > 1 && (2..).take_while(|d| d * d <= x).all(|d| x % d != 0)
}

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    for line in input.lines().skip(1) {
        let (a, b) = line.trim().split_once(' ').expect("two numbers");
        let a: u64 = a.parse().expect("a number");
        let b: u64 = b.parse().expect("a number");
        println!("{}", (a..=b).filter(|&x| is_prime(x)).count());
    }
}
