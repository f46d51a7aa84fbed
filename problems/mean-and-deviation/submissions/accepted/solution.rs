use std::io;

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let values: Vec<f64> = input
        .split_whitespace()
        .skip(1)
        .map(|word| word.parse().expect("a number"))
        .collect();

    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    println!("{mean:.9} {:.9}", variance.sqrt());
}
