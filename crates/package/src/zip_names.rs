//! Names of an archive's entries, which a stranger has chosen.

use crate::tree::MAX_DEPTH;

/// Rewrites harmless spellings: backslashes, which archives from Windows have in place of slashes, the
/// part `.`, as in `./problem.yaml`, and slashes that are repeated.
pub(crate) fn normalize(name: &str) -> String {
    let slashes = name.replace('\\', "/");
    let last = slashes.split('/').count() - 1;
    // An empty first part is an absolute name, an empty last one a folder.
    let is_kept =
        |(at, part): &(usize, &str)| *part != "." && (!part.is_empty() || *at == 0 || *at == last);
    let parts = slashes.split('/').enumerate().filter(is_kept);
    parts.map(|(_, part)| part).collect::<Vec<_>>().join("/")
}

/// Returns the reason why an entry's name is refused.
pub(crate) fn vet(name: &str) -> Result<(), &'static str> {
    if name.starts_with('/') {
        return Err("has an absolute name");
    }
    if name.chars().any(char::is_control) {
        return Err("has a control character in its name");
    }
    if name.split('/').count() > MAX_DEPTH + 1 {
        return Err("is nested too deep");
    }
    for part in name.split('/') {
        match part {
            ".." => return Err("leads out of the package"),
            "" => return Err("has an empty part in its name"),
            part if part.len() > 255 => return Err("has a name that is too long"),
            _ => {}
        }
    }
    Ok(())
}
