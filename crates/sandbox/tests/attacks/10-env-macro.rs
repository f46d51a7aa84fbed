// attack: the service's environment through the compiler's
// expect: exited
// stopped-by: jail
// exit: 0
fn main() {
    let secrets = [option_env!("LETSCODE_SECRET"), option_env!("USER"), option_env!("CARGO"), option_env!("CARGO_MANIFEST_DIR"),
        option_env!("DATABASE_URL"), option_env!("LETSCODE_DATABASE"), option_env!("AWS_SECRET_ACCESS_KEY"), option_env!("RUSTUP_HOME"), option_env!("PWD")];
    println!("{} {} {secrets:?}", env!("PATH"), env!("HOME"));
    if secrets.iter().any(Option::is_some) || env!("PATH") != "/usr/bin:/bin" || env!("HOME") != "/workspace" {
        println!("GOT THROUGH");
        std::process::exit(1);
    }
}
