// attack: megabytes of error text
// expect: compile_failed
// stopped-by: compiler
macro_rules! many { ($($x:tt)*) => { $( let _: String = $x; )* } }
macro_rules! ten { ($m:ident $($x:tt)*) => { $m!($($x)* $($x)* $($x)* $($x)* $($x)* $($x)* $($x)* $($x)* $($x)* $($x)*) } }
macro_rules! hundred { ($($x:tt)*) => { ten!(many $($x)* $($x)* $($x)* $($x)* $($x)* $($x)* $($x)* $($x)* $($x)* $($x)*) } }
fn main() {
    hundred!(1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0);
}
