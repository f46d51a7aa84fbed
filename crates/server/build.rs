//! Passes the folder of the page built by `make web` to `src/page/`, which embeds it. Without a page
//! the binary is built as well, and its front page explains how to build one.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    // The folder itself is committed: a missing one would count as changed in every build.
    let folder = Path::new("../../web/dist").canonicalize()?;
    println!("cargo:rerun-if-changed={}", folder.display());
    let built = folder.join("page");
    let page = if built.join("index.html").exists() {
        built
    } else {
        let empty = Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?).join("no-page");
        fs::create_dir_all(&empty)?;
        empty
    };
    println!("cargo:rustc-env=LETSCODE_PAGE={}", page.display());
    Ok(())
}
