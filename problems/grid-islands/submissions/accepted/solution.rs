use std::io;

/// Removes the island of the given land cell from the picture and returns its size.
fn take_island(picture: &mut [Vec<u8>], row: usize, column: usize) -> usize {
    let mut stack = vec![(row, column)];
    let mut size = 0;
    while let Some((r, c)) = stack.pop() {
        match picture.get_mut(r).and_then(|line| line.get_mut(c)) {
            Some(cell) if *cell == b'#' => *cell = b'.',
            _ => continue,
        }
        size += 1;
        // Left of column 0 the number wraps round and is out of every line; same for the rows.
        stack.push((r.wrapping_sub(1), c));
        stack.push((r + 1, c));
        stack.push((r, c.wrapping_sub(1)));
        stack.push((r, c + 1));
    }
    size
}

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let mut picture: Vec<Vec<u8>> = input.lines().skip(1).map(|line| line.trim().into()).collect();

    let mut sizes = Vec::new();
    for r in 0..picture.len() {
        for c in 0..picture[r].len() {
            if picture[r][c] == b'#' {
                sizes.push(take_island(&mut picture, r, c));
            }
        }
    }
    println!("{} {}", sizes.len(), sizes.iter().max().unwrap_or(&0));
}
