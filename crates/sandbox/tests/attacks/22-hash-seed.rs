// attack: predicts the next run's hash seed from this one
// expect: exited
// stopped-by: kernel
// exit: 0
// runs: 3
// stdout-differs: yes
use std::{collections::hash_map::RandomState, hash::BuildHasher};
fn main() {
    println!("{}", RandomState::new().hash_one("x"));
}
