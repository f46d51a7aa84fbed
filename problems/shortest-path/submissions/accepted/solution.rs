use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;

/// Dijkstra's algorithm: the time at which `target` can be reached from `start`.
fn shortest(roads_from: &[Vec<(usize, u64)>], start: usize, target: usize) -> Option<u64> {
    let mut best = vec![u64::MAX; roads_from.len()];
    let mut queue = BinaryHeap::from([Reverse((0, start))]);
    best[start] = 0;
    while let Some(Reverse((time, town))) = queue.pop() {
        if town == target {
            return Some(time);
        }
        if time > best[town] {
            continue;
        }
        for &(neighbour, seconds) in &roads_from[town] {
            let arrival = time + seconds;
            if arrival < best[neighbour] {
                best[neighbour] = arrival;
                queue.push(Reverse((arrival, neighbour)));
            }
        }
    }
    None
}

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let mut numbers = input.split_whitespace().map(|word| word.parse::<usize>().expect("a number"));
    let mut next = || numbers.next().expect("one more number");

    let (n, m) = (next(), next());
    let mut roads_from = vec![Vec::new(); n + 1];
    for _ in 0..m {
        let (u, v, w) = (next(), next(), next());
        roads_from[u].push((v, w as u64));
    }

    match shortest(&roads_from, 1, n) {
        Some(time) => println!("{time}"),
        None => println!("unreachable"),
    }
}
