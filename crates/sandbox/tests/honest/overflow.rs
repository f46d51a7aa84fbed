// honest: a panic is told in words and by its exit code
// exit: 101
// stderr-has: attempt to divide by zero
fn main() {
    println!("{}", 1 / std::env::args().count().wrapping_sub(1));
}
