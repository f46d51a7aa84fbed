//! Compiles the native part of the forkable Node. Where there is no C++ compiler the build goes on
//! without, and [`letscode_zygotes::node`] says so.

use std::path::{Path, PathBuf};
use std::{env, fs};

const SOURCES: [&str; 2] = ["node/zygote.cc", "node/quiet.cc"];
const HEADERS: [&str; 2] = ["node/quiet.h", "node/node.h"];

fn main() {
    for file in SOURCES.iter().chain(&HEADERS) {
        println!("cargo::rerun-if-changed={file}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let addon = out.join("zygote.node");
    let built = match compile(&addon) {
        Ok(()) => format!("Ok(include_bytes!({addon:?}))"),
        Err(why) => format!("Err({why:?})"),
    };
    let text = format!("const NODE_ADDON: Result<&[u8], &str> = {built};\n");
    fs::write(out.join("node_addon.rs"), text).expect("cargo's folder can be written");
}

fn compile(addon: &Path) -> Result<(), String> {
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("linux") {
        return Err("it is for Linux only".to_owned());
    }
    let compiler = cc::Build::new()
        .cpp(true)
        .cargo_output(false)
        .opt_level(2)
        .pic(true)
        .std("c++17")
        .flags(["-fno-rtti", "-fno-exceptions"])
        .try_get_compiler()
        .map_err(|error| format!("there was no C++ compiler when this was built: {error}"))?;
    let mut command = compiler.to_command();
    command
        .args(["-shared", "-s", "-o"])
        .arg(addon)
        .args(SOURCES);
    let output = command
        .output()
        .map_err(|error| format!("there was no C++ compiler when this was built: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!(
            "its native part did not compile: {}",
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}
