//! Tells `src/page/` where the page is that `make web` built, so that it becomes part of the binary.
//! Without one the binary is built all the same, and its front page says what is missing.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    // Committed, unlike what is built into it: a folder that is absent would be looked for in
    // each build, and found changed.
    let folder = Path::new("../../web/dist").canonicalize()?;
    println!("cargo:rerun-if-changed={}", folder.display());
    let built = folder.join("page");
    let page = if built.join("index.html").exists() {
        built
    } else {
        let absent = Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?).join("no-page");
        fs::create_dir_all(&absent)?;
        absent
    };
    println!("cargo:rustc-env=LETSCODE_PAGE={}", page.display());
    Ok(())
}
