use std::io;

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let results = input
        .split_whitespace()
        .skip(1)
        .map(|word| word.parse::<i64>().expect("an integer"));

    // For each day: the best total of a stretch that ends on this day.
    let best = results
        .scan(0i64, |ending_here, result| {
            *ending_here = (*ending_here).max(0) + result;
            Some(*ending_here)
        })
        .max()
        .expect("at least one day");
    println!("{best}");
}
