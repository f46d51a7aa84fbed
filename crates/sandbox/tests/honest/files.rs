// honest: files, folders, links, metadata, and standard input by its device
// stdin: 20 22
// stdout: 42 hello 2 gone
use std::fs;
use std::io::{BufRead, Read, Seek, Write};
fn main() {
    let text = fs::read_to_string("/dev/stdin").unwrap();
    let sum: i32 = text.split_whitespace().map(|n| n.parse::<i32>().unwrap()).sum();
    let line = std::io::stdin().lock().lines().next().unwrap().unwrap();
    assert_eq!(line, "20 22");
    fs::create_dir_all("a/b").unwrap();
    fs::write("a/b/one", "hello").unwrap();
    fs::copy("a/b/one", "a/b/two").unwrap();
    fs::rename("a/b/two", "a/b/three").unwrap();
    std::os::unix::fs::symlink("three", "a/link").unwrap();
    let mut file = fs::OpenOptions::new().read(true).append(true).open("a/b/one").unwrap();
    file.write_all(b"!").unwrap();
    file.set_len(5).unwrap();
    file.rewind().unwrap();
    let mut back = String::new();
    file.read_to_string(&mut back).unwrap();
    assert!(fs::metadata("a/b/one").unwrap().modified().is_ok() && fs::canonicalize("a/b").is_ok());
    let mut bytes = [0; 8];
    fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
    let count = fs::read_dir("a/b").unwrap().count();
    fs::remove_dir_all("a").unwrap();
    println!("{sum} {back} {count} {}", if fs::exists("a").unwrap() { "there" } else { "gone" });
}
