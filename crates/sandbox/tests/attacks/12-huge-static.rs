// attack: gigabytes of constant data
// expect: compile_failed
// stopped-by: cgroups
// within: 180
static DATA: [u64; 1 << 30] = [1; 1 << 30];
fn main() {
    println!("{}", DATA[std::env::args().count()]);
}
