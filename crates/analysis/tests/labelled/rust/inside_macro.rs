// finds: file
fn main() {
    println!("{}", std::fs::read_to_string("x").unwrap());
}
