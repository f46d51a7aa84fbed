// finds: native
fn main() {
    let x = 1;
    let y = unsafe { *(&x as *const i32) };
}
