// finds: file
mod m {
    pub use std::fs;
}
fn main() {
    m::fs::read("x").unwrap();
}
