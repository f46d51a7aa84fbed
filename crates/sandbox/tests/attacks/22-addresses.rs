// attack: predicts the next run's heap from this one
// expect: exited
// stopped-by: kernel
// exit: 0
// runs: 3
// stdout-differs: yes
fn main() {
    println!("{:p} {:p}", Box::new(1), &0u8 as *const u8);
    println!("{:p}", vec![0u8; 1 << 20].as_ptr());
}
