use serde::{Deserialize, Serialize};

/// A compiler's option that programs may choose: `-O3`, or `-std=*` for any value of letters, digits
/// and `+=._-`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, example = "-std=*"))]
#[serde(transparent)]
pub struct CompileOption(pub String);

impl CompileOption {
    const MAX_BYTES: usize = 64;

    /// True if this is the option, or a value of it.
    pub fn allows(&self, option: &str) -> bool {
        let Some(prefix) = self.0.strip_suffix('*') else {
            return self.0 == option;
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "+=._-".contains(c);
        option.len() <= Self::MAX_BYTES
            && option.strip_prefix(prefix).is_some_and(|value| {
                value.starts_with(|c: char| c.is_ascii_alphanumeric())
                    && value.chars().all(is_plain)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_options_are_allowed() {
        let allows = |pattern: &str, option| CompileOption(pattern.to_owned()).allows(option);
        for (pattern, option, expected) in [
            ("-O3", "-O3", true),
            ("-O3", "-O2", false),
            ("-std=*", "-std=c++17", true),
            ("-std=*", "-std=", false),
            ("-std=*", "-std=-x", false),
            ("-std=*", "-std=c++17 -x", false),
            ("-D*", "-DLOCAL", true),
            ("-D*", "-D../x", false),
            ("-D*", "-DA=$(x)", false),
        ] {
            assert_eq!(allows(pattern, option), expected, "{pattern} {option}");
        }
    }
}
