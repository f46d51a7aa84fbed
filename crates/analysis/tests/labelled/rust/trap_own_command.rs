// finds: nothing
struct Command(i32);
impl Command {
    fn new(x: i32) -> Self {
        Command(x)
    }
}
fn main() {
    let c = Command::new(1);
    println!("{}", c.0);
}
