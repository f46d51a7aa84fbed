// most[p]: for how many people p pots can be enough.
use std::io;

fn main() {
    let input = io::read_to_string(io::stdin()).expect("readable input");
    let numbers: Vec<usize> =
        input.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    let (k, wanted) = (numbers[0], numbers[1]);

    let mut most = vec![0];
    for &bag in &numbers[2..2 + k] {
        let pots_of_bag = bag.div_ceil(10);
        let mut next = vec![0; most.len() + pots_of_bag];
        for (pots, people) in most.iter().enumerate() {
            for more in 0..=pots_of_bag {
                let total = people + bag.min(10 * more);
                next[pots + more] = next[pots + more].max(total);
            }
        }
        most = next;
    }
    println!("{}", most.iter().position(|&people| people >= wanted).expect("enough tea"));
}
