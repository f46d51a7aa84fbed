// attack: compiles to a library, so that the run can't begin, to be taken for a fault of the judge
// expect: compile_failed | exited
// stopped-by: judge
#![crate_type = "rlib"]
pub fn main() {}
