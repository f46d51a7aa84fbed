// attack: recursion without end
// expect: signaled
// stopped-by: rlimits
fn deeper(depth: u64) -> u64 {
    let here = std::hint::black_box([depth; 64]);
    deeper(depth + 1) + here[(depth % 64) as usize]
}
fn main() {
    println!("{}", deeper(0));
}
