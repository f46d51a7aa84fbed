// attack: output without end
// expect: output_exceeded
// stopped-by: supervisor
fn main() {
    loop {
        println!("{}", "x".repeat(1000));
    }
}
