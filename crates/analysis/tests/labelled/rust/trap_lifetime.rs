// finds: nothing
fn open<'a>(x: &'a str) -> &'a str {
    x
}
fn main() {
    println!("{}", open("a"));
}
