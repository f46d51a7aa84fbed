// attack: a loop without end
// expect: cpu_time_exceeded
// stopped-by: supervisor
fn main() {
    let mut n = 0u64;
    loop {
        n = std::hint::black_box(n + 1);
    }
}
