// Fails: mixes up rows and columns, so an index is out of range if they differ.
use std::io;

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let mut words = input.split_whitespace();
    let columns: usize = words.next().expect("a number").parse().expect("a number");
    let rows: usize = words.next().expect("a number").parse().expect("a number");
    let mut picture: Vec<Vec<u8>> = words.map(|line| line.into()).collect();

    let mut islands = 0;
    let mut largest = 0;
    for row in 0..rows {
        for column in 0..columns {
            let mut size = 0;
            let mut stack = vec![(row, column)];
            while let Some((r, c)) = stack.pop() {
                if picture[r][c] != b'#' {
                    continue;
                }
                picture[r][c] = b'.';
                size += 1;
                if r > 0 {
                    stack.push((r - 1, c));
                }
                if r + 1 < rows {
                    stack.push((r + 1, c));
                }
                if c > 0 {
                    stack.push((r, c - 1));
                }
                if c + 1 < columns {
                    stack.push((r, c + 1));
                }
            }
            if size > 0 {
                islands += 1;
                largest = largest.max(size);
            }
        }
    }
    println!("{islands} {largest}");
}
