//! Compiles the native parts of the forkable interpreters. Without a compiler the build goes on without
//! them, and the crate's functions return that as an error.

use std::path::{Path, PathBuf};
use std::{env, fs};

struct Native {
    constant: &'static str,
    sources: &'static [&'static str],
    headers: &'static [&'static str],
    output: &'static str,
    is_cpp: bool,
}

const NATIVE: [Native; 2] = [
    Native {
        constant: "NODE_NATIVE",
        sources: &["node/zygote.cc", "node/quiet.cc", "node/descriptors.cc"],
        headers: &["node/quiet.h", "node/descriptors.h", "node/node.h"],
        output: "zygote.node",
        is_cpp: true,
    },
    Native {
        constant: "PYTHON_NATIVE",
        sources: &["python/zygote.c"],
        headers: &[],
        output: "letscode_zygote.so",
        is_cpp: false,
    },
];

fn main() {
    println!("cargo::rerun-if-changed=launcher.h");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut text = String::new();
    for native in NATIVE {
        for file in native.sources.iter().chain(native.headers) {
            println!("cargo::rerun-if-changed={file}");
        }
        let built = match compile(&native, &out.join(native.output)) {
            Ok(()) => format!("Ok(include_bytes!({:?}))", out.join(native.output)),
            Err(why) => format!("Err({why:?})"),
        };
        text += &format!(
            "const {}: Result<&[u8], &str> = {built};\n",
            native.constant
        );
    }
    fs::write(out.join("native.rs"), text).expect("cargo's folder can be written");
}

fn compile(native: &Native, output: &Path) -> Result<(), String> {
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("linux") {
        return Err("it is for Linux only".to_owned());
    }
    let no_compiler = |error: &dyn std::fmt::Display| {
        format!("there was no C and C++ compiler when this was built: {error}")
    };
    let mut build = cc::Build::new();
    build.cargo_output(false).opt_level(2).pic(true);
    if native.is_cpp {
        build
            .cpp(true)
            .std("c++17")
            .flags(["-fno-rtti", "-fno-exceptions"]);
    } else {
        build.std("gnu11").flag("-fvisibility=hidden");
    }
    let compiler = build
        .try_get_compiler()
        .map_err(|error| no_compiler(&error))?;
    let mut command = compiler.to_command();
    command
        // Binds all symbols at load time: lazy binding would be repeated in every child.
        .args(["-shared", "-s", "-Wl,-z,now", "-o"])
        .arg(output)
        .args(native.sources);
    let ended = command.output().map_err(|error| no_compiler(&error))?;
    if !ended.status.success() {
        let messages = String::from_utf8_lossy(&ended.stderr);
        return Err(format!("its native part did not compile: {messages}"));
    }
    Ok(())
}
