// attack: error output without end
// expect: output_exceeded
fn main() {
    loop {
        eprintln!("{}", "x".repeat(1000));
    }
}
