// Does not compile: the list is used after it was moved away.
use std::io;

fn count(primes: Vec<usize>, a: usize, b: usize) -> usize {
    primes.into_iter().filter(|p| (a..=b).contains(p)).count()
}

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let primes: Vec<usize> = vec![2, 3, 5, 7, 11, 13, 17, 19, 23, 29];
    for line in input.lines().skip(1) {
        let (a, b) = line.split_once(' ').expect("two numbers");
        println!("{}", count(primes, a.parse().unwrap(), b.parse().unwrap()));
    }
}
