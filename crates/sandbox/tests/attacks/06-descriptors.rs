// attack: writes to and reads from every descriptor number above the standard streams
// expect: exited
// stopped-by: jail
// exit: 0
use std::{fs::File, io::{Read, Write}, mem::ManuallyDrop, os::fd::FromRawFd};
fn main() {
    for fd in 3..2000 {
        // Never dropped, so nothing is closed that might not be ours.
        let mut file = ManuallyDrop::new(unsafe { File::from_raw_fd(fd) });
        if file.write(b"x").is_ok() || file.read(&mut [0; 1]).is_ok() {
            println!("GOT THROUGH: {fd}");
            std::process::exit(1);
        }
    }
}
