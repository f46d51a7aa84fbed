use std::fmt::Write;
use std::io;

const LIMIT: usize = 2_000_000;

/// The sieve of Eratosthenes: all primes up to `limit` in rising order.
fn primes_up_to(limit: usize) -> Vec<usize> {
    let mut composite = vec![false; limit + 1];
    let mut primes = Vec::new();
    for x in 2..=limit {
        if !composite[x] {
            primes.push(x);
            for multiple in (x * x..=limit).step_by(x) {
                composite[multiple] = true;
            }
        }
    }
    primes
}

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let mut numbers = input.split_whitespace().map(|word| word.parse::<usize>().expect("a number"));
    let q = numbers.next().expect("the number of questions");

    let primes = primes_up_to(LIMIT);
    let mut output = String::new();
    for _ in 0..q {
        let a = numbers.next().expect("the start of a range");
        let b = numbers.next().expect("the end of a range");
        let below_a = primes.partition_point(|&p| p < a);
        let up_to_b = primes.partition_point(|&p| p <= b);
        writeln!(output, "{}", up_to_b - below_a).expect("writing to a string works");
    }
    print!("{output}");
}
