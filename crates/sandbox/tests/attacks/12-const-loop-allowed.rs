// attack: computes while compiling, and allows itself to do so for ever
// expect: compile_failed
// stderr-has: the compiler took too long
// within: 180
// stopped-by: supervisor
#![allow(long_running_const_eval)]
const SPUN: u64 = {
    let mut seed = 1u64;
    while seed != 0 {
        seed = seed.wrapping_mul(3) | 1;
    }
    seed
};
fn main() {
    println!("{SPUN}");
}
