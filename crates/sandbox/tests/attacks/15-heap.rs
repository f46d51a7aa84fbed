// attack: memory, suddenly
// expect: memory_exceeded
// stopped-by: cgroups
fn main() {
    let mut kept = Vec::new();
    loop {
        kept.push(vec![1u8; 64 << 20]);
    }
}
