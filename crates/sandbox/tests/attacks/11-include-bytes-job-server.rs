// attack: the compiler reads the pipe by which its own threads share out the work, and waits for them
// expect: compile_failed
// stopped-by: supervisor
// stderr-has: the compiler waited for something that never came
// within: 20
const TOKENS: &[u8] = include_bytes!("/proc/self/fd/3");
fn main() {
    println!("{}", TOKENS.len());
}
