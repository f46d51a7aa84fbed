// Fails: panics at a closing bracket when nothing is open.
use std::io;

fn check(text: &str) -> String {
    let mut expected = Vec::new();
    for (index, bracket) in text.chars().enumerate() {
        match bracket {
            '(' => expected.push(')'),
            '[' => expected.push(']'),
            '{' => expected.push('}'),
            closing => {
                if expected.pop().unwrap() != closing {
                    return (index + 1).to_string();
                }
            }
        }
    }
    if expected.is_empty() { "ok".into() } else { "incomplete".into() }
}

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    for text in input.lines().skip(1) {
        println!("{}", check(text));
    }
}
