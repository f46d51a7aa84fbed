// attack: code that the compiler itself would run
// expect: compile_failed | signaled
// stopped-by: compiler
#![crate_type = "proc-macro"]
extern crate proc_macro;
#[proc_macro]
pub fn run(_: proc_macro::TokenStream) -> proc_macro::TokenStream {
    std::fs::write("/tmp/letscode-attack-mark", "compiled").unwrap();
    loop {}
}
