use serde::{Deserialize, Deserializer, Serialize};

/// Limits as a request states them: those that are absent are the service's. Times are milliseconds,
/// sizes are bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LimitSpec {
    /// CPU time of all processes together, in milliseconds.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, example = 2000))]
    #[serde(
        deserialize_with = "whole_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub cpu_time: Option<u64>,
    /// Wall-clock time in milliseconds; by default three times the CPU time and two seconds. A program
    /// that waits for five seconds without using CPU time ends earlier.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, example = 8000))]
    #[serde(
        deserialize_with = "whole_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub wall_time: Option<u64>,
    /// Memory of all processes together, files included, in bytes.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, example = 268435456))]
    #[serde(
        deserialize_with = "whole_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub memory: Option<u64>,
    /// Stack of the main thread in bytes.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    #[serde(
        deserialize_with = "whole_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub stack: Option<u64>,
    /// Processes and threads at one time.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    #[serde(
        deserialize_with = "whole_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub processes: Option<u64>,
    /// Standard output in bytes. Of standard error as much is kept, from both ends.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    #[serde(
        deserialize_with = "whole_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub output: Option<u64>,
    /// Size of a single file in bytes. Standard output is one.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    #[serde(
        deserialize_with = "whole_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub file_size: Option<u64>,
}

/// A value for every limit. Times are milliseconds, sizes are bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LimitValues {
    pub cpu_time: u64,
    pub wall_time: u64,
    pub memory: u64,
    pub stack: u64,
    pub processes: u64,
    pub output: u64,
    pub file_size: u64,
}

impl LimitSpec {
    /// Returns each limit's name in JSON and its value.
    pub fn fields(&self) -> [(&'static str, Option<u64>); 7] {
        [
            ("cpuTime", self.cpu_time),
            ("wallTime", self.wall_time),
            ("memory", self.memory),
            ("stack", self.stack),
            ("processes", self.processes),
            ("output", self.output),
            ("fileSize", self.file_size),
        ]
    }

    /// Returns these limits, lowered to those of `max` that they are above.
    pub fn at_most(self, max: LimitSpec) -> LimitSpec {
        let lower =
            |own: Option<u64>, max: Option<u64>| own.map(|own| max.map_or(own, |max| own.min(max)));
        LimitSpec {
            cpu_time: lower(self.cpu_time, max.cpu_time),
            wall_time: lower(self.wall_time, max.wall_time),
            memory: lower(self.memory, max.memory),
            stack: lower(self.stack, max.stack),
            processes: lower(self.processes, max.processes),
            output: lower(self.output, max.output),
            file_size: lower(self.file_size, max.file_size),
        }
    }

    /// Returns these limits, and those of `fallback` where this one has none.
    pub fn or(self, fallback: LimitSpec) -> LimitSpec {
        LimitSpec {
            cpu_time: self.cpu_time.or(fallback.cpu_time),
            wall_time: self.wall_time.or(fallback.wall_time),
            memory: self.memory.or(fallback.memory),
            stack: self.stack.or(fallback.stack),
            processes: self.processes.or(fallback.processes),
            output: self.output.or(fallback.output),
            file_size: self.file_size.or(fallback.file_size),
        }
    }
}

impl LimitValues {
    /// Returns each limit's name in JSON and its value.
    pub fn fields(&self) -> [(&'static str, u64); 7] {
        let names = LimitSpec::default().fields().map(|(name, _)| name);
        let values = self.values();
        std::array::from_fn(|index| (names[index], values[index]))
    }

    /// Returns the values in the order of [`LimitSpec::fields`].
    pub fn values(&self) -> [u64; 7] {
        [
            self.cpu_time,
            self.wall_time,
            self.memory,
            self.stack,
            self.processes,
            self.output,
            self.file_size,
        ]
    }
}

/// Reads a number that is whole and not negative. One that is too large for 64 bits, as 1e30, is the
/// largest: its maximum is then what is wrong with it.
pub(super) fn whole_number<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u64>, D::Error> {
    let Some(number) = Option::<serde_json::Number>::deserialize(deserializer)? else {
        return Ok(None);
    };
    if let Some(whole) = number.as_u64() {
        return Ok(Some(whole));
    }
    let value = number.as_f64().unwrap_or(f64::MAX);
    if value < 0.0 {
        let reason = format!("{number} is negative; it must be at least 1");
        return Err(serde::de::Error::custom(reason));
    }
    if value.fract() != 0.0 {
        let reason = format!("{number} is not a whole number");
        return Err(serde::de::Error::custom(reason));
    }
    // Saturates.
    Ok(Some(value as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_whole_numbers() {
        let read = |text: &str| serde_json::from_str::<LimitSpec>(text);
        for (text, expected) in [
            (r#"{}"#, None),
            (r#"{"cpuTime":null}"#, None),
            (r#"{"cpuTime":500}"#, Some(500)),
            (r#"{"cpuTime":5e2}"#, Some(500)),
            (r#"{"cpuTime":1e18}"#, Some(1_000_000_000_000_000_000)),
            (r#"{"cpuTime":1e40}"#, Some(u64::MAX)),
        ] {
            assert_eq!(read(text).unwrap().cpu_time, expected, "{text}");
        }
        for (text, reason) in [
            (r#"{"cpuTime":-1}"#, "-1 is negative"),
            (r#"{"cpuTime":1.5}"#, "1.5 is not a whole number"),
            (r#"{"cpuTime":"1"}"#, "invalid type"),
            (r#"{"cputime":1}"#, "unknown field `cputime`"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn test_limits_replace_those_of_the_run() {
        let run = LimitSpec {
            cpu_time: Some(1),
            memory: Some(2),
            ..LimitSpec::default()
        };
        let test = LimitSpec {
            cpu_time: Some(3),
            ..LimitSpec::default()
        };
        let both = test.or(run);
        assert_eq!(
            (both.cpu_time, both.memory, both.stack),
            (Some(3), Some(2), None)
        );
    }
}
