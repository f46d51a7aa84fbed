// honest: a large standard input, whole, by lines, by bytes
// stdin: whole
// stdin: lines
// stdin: bytes
// stdin-numbers: 200000
// stdout: 19999900000
use std::io::{BufRead, Read, Write, stdin, stdout};
fn main() {
    let mut input = stdin().lock();
    let mut way = String::new();
    input.read_line(&mut way).unwrap();
    let number = |text: &str| text.parse::<u64>().unwrap();
    let sum: u64 = match way.trim() {
        "whole" => {
            let mut text = String::new();
            input.read_to_string(&mut text).unwrap();
            text.split_ascii_whitespace().map(number).sum()
        }
        "lines" => input.lines().map(|line| line.unwrap().split(' ').map(number).sum::<u64>()).sum(),
        _ => {
            let (mut sum, mut current) = (0, 0);
            for byte in input.bytes().map(Result::unwrap) {
                match byte {
                    b'0'..=b'9' => current = current * 10 + u64::from(byte - b'0'),
                    _ => sum += std::mem::take(&mut current),
                }
            }
            sum + current
        }
    };
    writeln!(stdout().lock(), "{sum}").unwrap();
}
