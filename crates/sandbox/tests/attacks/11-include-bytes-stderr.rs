// attack: the compiler reads back the pipe that it writes to, and waits for itself
// expect: compile_failed
// stopped-by: jail
const BACK: &[u8] = include_bytes!("/dev/stderr");
fn main() {
    println!("{}", BACK.len());
}
