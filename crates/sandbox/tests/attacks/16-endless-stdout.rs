// attack: output without end
// expect: output_exceeded
fn main() {
    loop {
        println!("{}", "x".repeat(1000));
    }
}
