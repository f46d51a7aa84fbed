// attack: a source without end
// expect: compile_failed
include!("/dev/urandom");
fn main() {}
