// finds: nothing
fn main() {
    println!("std::fs::read unsafe Command exec fork open(");
}
