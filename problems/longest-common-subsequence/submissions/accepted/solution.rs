use std::io;

fn common_letters(a: &[u8], b: &[u8]) -> usize {
    // row[j]: the most letters that can be kept of the part of a read so far and b[..j].
    let mut row = vec![0; b.len() + 1];
    for x in a {
        let mut above_left = 0;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if x == y { above_left + 1 } else { above.max(row[j]) };
            above_left = above;
        }
    }
    row[b.len()]
}

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let mut words = input.split_whitespace();
    let a = words.next().expect("the first string");
    let b = words.next().expect("the second string");
    println!("{}", common_letters(a.as_bytes(), b.as_bytes()));
}
