// attack: a constant without end
// expect: compile_failed
// stopped-by: cgroups
static ZEROS: &[u8] = include_bytes!("/dev/zero");
fn main() {
    println!("{}", ZEROS.len());
}
