// Prints in scientific notation, which is a number like any other.
use std::io;

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let numbers: Vec<usize> =
        input.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    let (n, s, k) = (numbers[0], numbers[1], numbers[2]);

    // win[d]: the chance to win when d different numbers were seen and no throws are left.
    let mut win: Vec<f64> = (0..=s).map(|d| if d >= k { 1.0 } else { 0.0 }).collect();
    for _ in 0..n {
        for d in 0..s {
            let seen = d as f64 / s as f64;
            win[d] = seen * win[d] + (1.0 - seen) * win[d + 1];
        }
    }
    println!("{:.14e}", win[0]);
}
