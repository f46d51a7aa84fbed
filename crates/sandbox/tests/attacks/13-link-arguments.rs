// attack: attributes that pass arguments to the linker or switch on the compiler's unstable parts
// expect: compile_failed
// stopped-by: compiler
#![feature(link_args, link_arg_attribute, start, plugin)]
#![plugin(letscode_attack_mark)]
#[link_args = "-Wl,--script=/etc/passwd"]
#[link(name = "../../../etc/shadow", kind = "static")]
extern "C" {}
fn main() {}
