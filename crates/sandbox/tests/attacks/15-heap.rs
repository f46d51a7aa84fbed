// attack: memory, suddenly
// expect: memory_exceeded
fn main() {
    let mut kept = Vec::new();
    loop {
        kept.push(vec![1u8; 64 << 20]);
    }
}
