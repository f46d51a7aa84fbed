// attack: prints a result of its own and is then killed
// expect: signaled
// stopped-by: jail, supervisor
fn main() {
    println!("{{\"outcome\":\"exited\",\"exitCode\":0}}");
    std::process::abort();
}
