// attack: a macro that calls itself for ever
// expect: compile_failed
// stopped-by: compiler
macro_rules! again { ($($rest:tt)*) => { again!($($rest)* x) } }
fn main() {
    again!();
}
