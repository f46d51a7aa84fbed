// attack: a function that needs ever larger copies of itself
// expect: compile_failed
// stopped-by: supervisor, cgroups
// within: 180
#![recursion_limit = "100000"]
fn grow<T: std::fmt::Debug>(depth: u64, value: T) {
    if depth > 0 { grow(depth - 1, (&value, &value)) } else { println!("{value:?}") }
}
fn main() {
    grow(std::env::args().count() as u64, 1);
}
