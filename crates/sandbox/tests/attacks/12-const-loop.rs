// attack: computes while compiling
// expect: compile_failed
// stopped-by: compiler
const SPUN: u64 = {
    let mut seed = 1u64;
    while seed != 0 { seed = seed.wrapping_mul(3) | 1; }
    seed
};
fn main() {
    println!("{SPUN}");
}
