// finds: nothing
fn main() {
    // std::fs::read("x") Command::new
    println!("1");
}
