// attack: a macro whose input doubles on each level
// expect: compile_failed
// stopped-by: cgroups, supervisor
// within: 180
#![recursion_limit = "100000"]
macro_rules! double { ($($rest:tt)*) => { double!($($rest)* $($rest)*) } }
fn main() {
    double!(x);
}
