//! Well-known checkers that our own comparison does the work of.

/// Returns the flags that do as testlib's checker of this name, such as `std::wcmp.cpp`; `None` for one
/// that has to be compiled, or is not known.
pub(super) fn testlib_flags(name: &str) -> Option<Vec<String>> {
    let name = name.trim().trim_start_matches("std::");
    let flags: &[&str] = match name.trim_end_matches(".cpp") {
        // Sequences of words; whole numbers are compared as testlib writes them.
        "wcmp" | "ncmp" | "icmp" | "hcmp" => &["case_sensitive"],
        "yesno" | "nyesno" => &[],
        "rcmp4" => &["float_tolerance", "1e-4"],
        "rcmp6" | "dcmp" => &["float_tolerance", "1e-6"],
        "rcmp9" => &["float_tolerance", "1e-9"],
        "rcmp" | "acmp" => &["float_absolute_tolerance", "1.5e-6"],
        "rncmp" => &["float_absolute_tolerance", "1.5e-5"],
        _ => return None,
    };
    Some(flags.iter().map(|flag| (*flag).to_owned()).collect())
}

/// Settings of DMOJ's checkers for decimal fractions.
#[derive(Debug, Clone, Copy)]
pub(super) struct FloatSettings {
    pub precision: u64,
    pub mode: FloatMode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FloatMode {
    Either,
    Absolute,
    Relative,
}

/// Returns the flags that do as DMOJ's checker of this name; `None` for any other.
pub(super) fn dmoj_flags(name: &str, floats: FloatSettings) -> Option<Vec<String>> {
    let owned = |flags: &[&str]| flags.iter().map(|flag| (*flag).to_owned()).collect();
    let mode = match name {
        "standard" => return Some(owned(&["case_sensitive"])),
        "identical" => return Some(owned(&["case_sensitive", "space_change_sensitive"])),
        "floats" => floats.mode,
        "floatsabs" => FloatMode::Absolute,
        "floatsrel" => FloatMode::Relative,
        _ => return None,
    };
    let flag = match mode {
        FloatMode::Either => "float_tolerance",
        FloatMode::Absolute => "float_absolute_tolerance",
        FloatMode::Relative => "float_relative_tolerance",
    };
    let epsilon = format!("1e-{}", floats.precision);
    Some(owned(&["case_sensitive", flag, &epsilon]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn testlib_names_have_flags() {
        assert_eq!(testlib_flags("std::wcmp.cpp").unwrap(), ["case_sensitive"]);
        let floats = testlib_flags("rcmp9").unwrap();
        assert_eq!(floats, ["float_tolerance", "1e-9"]);
        // Lines matter, or their order does not.
        for name in [
            "std::lcmp.cpp",
            "std::uncmp.cpp",
            "std::pointscmp.cpp",
            "own.cpp",
        ] {
            assert_eq!(testlib_flags(name), None, "{name}");
        }
    }
}
