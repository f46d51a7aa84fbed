// attack: a source without end
// expect: compile_failed
// stopped-by: cgroups
include!("/dev/urandom");
fn main() {}
