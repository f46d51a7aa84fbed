// finds: nothing
struct Door;
impl Door {
    fn open(&self, x: i32) -> i32 {
        x
    }
}
fn main() {
    let d = Door;
    println!("{}", d.open(1));
}
