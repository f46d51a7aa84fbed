use std::io;

fn check(text: &str) -> String {
    // The closing brackets that we wait for; the next one is at the end.
    let mut expected = Vec::new();
    for (index, bracket) in text.chars().enumerate() {
        match bracket {
            '(' => expected.push(')'),
            '[' => expected.push(']'),
            '{' => expected.push('}'),
            closing if expected.pop() == Some(closing) => {}
            _ => return (index + 1).to_string(),
        }
    }
    if expected.is_empty() { "ok".into() } else { "incomplete".into() }
}

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let mut lines = input.lines();
    let t: usize = lines.next().expect("a first line").trim().parse().expect("a number");
    for text in lines.take(t) {
        println!("{}", check(text.trim()));
    }
}
