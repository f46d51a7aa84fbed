// Wrong: uses each road in both directions.
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let mut numbers = input.split_whitespace().map(|word| word.parse::<usize>().expect("a number"));
    let mut next = || numbers.next().expect("one more number");

    let (n, m) = (next(), next());
    let mut roads_from = vec![Vec::new(); n + 1];
    for _ in 0..m {
        let (u, v, w) = (next(), next(), next());
        roads_from[u].push((v, w));
        roads_from[v].push((u, w));
    }

    let mut best = vec![usize::MAX; n + 1];
    let mut queue = BinaryHeap::from([Reverse((0, 1))]);
    best[1] = 0;
    while let Some(Reverse((time, town))) = queue.pop() {
        if time > best[town] {
            continue;
        }
        for &(neighbour, seconds) in &roads_from[town] {
            if time + seconds < best[neighbour] {
                best[neighbour] = time + seconds;
                queue.push(Reverse((time + seconds, neighbour)));
            }
        }
    }
    match best[n] {
        usize::MAX => println!("unreachable"),
        time => println!("{time}"),
    }
}
