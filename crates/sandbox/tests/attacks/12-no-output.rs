// attack: makes the compiler succeed without an output, or with several
// expect: compile_failed
// stopped-by: compiler, judge
#![crate_type = "rlib"]
#![crate_type = "bin"]
#![crate_name = "../../tmp/letscode-attack-mark"]
fn main() {}
