mod twice;
fn main() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    println!("{}", twice::twice(line.trim().parse().unwrap()));
}
