// attack: error output without end
// expect: cpu_time_exceeded | wall_time_exceeded
// stopped-by: supervisor
// within: 90
fn main() {
    loop {
        eprintln!("{}", "x".repeat(1000));
    }
}
