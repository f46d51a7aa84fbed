// attack: error output without end
// expect: output_exceeded
// stopped-by: supervisor
fn main() {
    loop {
        eprintln!("{}", "x".repeat(1000));
    }
}
