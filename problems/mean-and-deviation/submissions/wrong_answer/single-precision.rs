// Wrong: f32 has only about seven digits.
use std::io;

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let values: Vec<f32> = input
        .split_whitespace()
        .skip(1)
        .map(|word| word.parse().expect("a number"))
        .collect();

    let n = values.len() as f32;
    let mean = values.iter().sum::<f32>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / n;
    println!("{mean:.9} {:.9}", variance.sqrt());
}
