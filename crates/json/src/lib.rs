//! JSON of strangers: bodies of our own API and of the adapters', lines of a batch.
//!
//! Invariants, as absences:
//! - No large body is parsed on a thread that serves others, and no two of adapters at once. Those of
//!   our own API have turns by address, in the server.
//! - No list fills a struct, at whatever depth: fields have names.
//! - No error without its field, where it has one.

mod bounded;
mod strict;

use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

pub use bounded::{BoundedText, BoundedVec};
use strict::StrictDeserializer;

/// JSON that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonMistake {
    /// Path of the field, such as `files[0].content`; absent if the text is no JSON.
    pub field: Option<String>,
    pub reason: String,
}

impl JsonMistake {
    fn without_field(reason: impl Into<String>) -> Self {
        JsonMistake {
            field: None,
            reason: reason.into(),
        }
    }
}

/// Size above which a body is read on a thread of its own: the others serve everybody.
const LARGE_BYTES: usize = 64 << 10;

/// Large bodies are read one at a time: those of one client keep at most one core busy.
static LARGE_BODIES: Semaphore = Semaphore::const_new(1);

/// Reads a whole body, a large one on a thread of its own.
pub async fn read_body<T: DeserializeOwned + Send + 'static>(
    bytes: impl AsRef<[u8]> + Send + 'static,
) -> Result<T, JsonMistake> {
    if bytes.as_ref().len() <= LARGE_BYTES {
        return read_json(bytes.as_ref());
    }
    // The semaphore is never closed.
    let permit = LARGE_BODIES.acquire().await.ok();
    let reading = tokio::task::spawn_blocking(move || {
        // Kept by the thread, which goes on when nobody waits for it any more.
        let _permit = permit;
        read_json(bytes.as_ref())
    });
    reading.await.unwrap_or_else(|error| {
        let reason = format!("the body could not be read: {error}");
        Err(JsonMistake::without_field(reason))
    })
}

/// Reads JSON that is in memory.
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonMistake> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        JsonMistake::without_field(format!("the body is not UTF-8: byte {at} is wrong"))
    })?;
    if text.trim_start().starts_with('[') {
        let reason = "the body is a list, and an object is expected";
        return Err(JsonMistake::without_field(reason));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let strict = StrictDeserializer(&mut deserializer);
    let value = serde_path_to_error::deserialize(strict).map_err(|error| explain(&error))?;
    deserializer
        .end()
        .map_err(|error| JsonMistake::without_field(error.to_string()))?;
    Ok(value)
}

fn explain(error: &serde_path_to_error::Error<serde_json::Error>) -> JsonMistake {
    let path = error.path().to_string();
    let inner = error.inner();
    let reason = inner.to_string();
    let field = match path.as_str() {
        _ if inner.is_syntax() || inner.is_eof() => None,
        "." => missing_field(&reason),
        _ => Some(path),
    };
    JsonMistake { field, reason }
}

/// A field that is absent has no path; its name is in the message.
fn missing_field(reason: &str) -> Option<String> {
    let name = reason.strip_prefix("missing field `")?.split('`').next()?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    struct SampleBody {
        code: String,
        limits: SampleLimits,
        optional: Option<SampleLimits>,
        tests: Vec<SampleLimits>,
        by_name: BTreeMap<String, SampleLimits>,
        kind: Option<SampleKind>,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct SampleLimits {
        time: Option<u64>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum SampleKind {
        Plain,
        With(SampleLimits),
        Fields { time: u64 },
    }

    fn read(text: &str) -> Result<SampleBody, JsonMistake> {
        read_json(text.as_bytes())
    }

    #[test]
    fn mistakes_name_the_field() {
        for (text, field) in [
            ("", None),
            ("[1]", None),
            ("{", None),
            ("{} x", None),
            (r#"{"tests":[{},1]}"#, Some("tests[1]")),
            (r#"{"limits":{"time":"x"}}"#, Some("limits.time")),
            (r#"{"tests":1}"#, Some("tests")),
        ] {
            assert_eq!(read(text).unwrap_err().field.as_deref(), field, "{text}");
        }
        assert!(read_json::<SampleBody>(b"{\"code\":\"\xff\"}").is_err());
    }

    /// serde would fill a struct from a list, at any depth.
    #[test]
    fn lists_fill_no_struct() {
        for (text, field) in [
            (r#"{"limits":[]}"#, "limits"),
            (r#"{"limits":[5]}"#, "limits"),
            (r#"{"optional":[5]}"#, "optional"),
            (r#"{"tests":[{},[5]]}"#, "tests[1]"),
            (r#"{"by_name":{"a":[5]}}"#, "by_name.a"),
            (r#"{"kind":{"with":[5]}}"#, "kind.with"),
            (r#"{"kind":{"fields":[5]}}"#, "kind.fields"),
        ] {
            let mistake = read(text).unwrap_err();
            assert_eq!(mistake.field.as_deref(), Some(field), "{text}: {mistake:?}");
            let reason = "invalid type: sequence, expected an object";
            assert!(mistake.reason.starts_with(reason), "{mistake:?}");
        }
    }

    #[test]
    fn everything_else_is_read_as_serde_reads_it() {
        let limits = SampleLimits { time: Some(5) };
        let body = read(
            r#"{"code":"x","limits":{"time":5},"optional":null,"tests":[{},{"time":5}],
                "by_name":{"a":{"time":5}},"kind":{"fields":{"time":7}}}"#,
        )
        .unwrap();
        assert_eq!(body.limits, limits);
        assert_eq!(
            body.tests,
            [SampleLimits::default(), SampleLimits { time: Some(5) }]
        );
        assert_eq!(body.by_name["a"], limits);
        assert_eq!(body.kind, Some(SampleKind::Fields { time: 7 }));
        for (text, kind) in [
            (r#"{"kind":"plain"}"#, SampleKind::Plain),
            (r#"{"kind":{"with":{"time":5}}}"#, SampleKind::With(limits)),
        ] {
            assert_eq!(read(text).unwrap().kind, Some(kind));
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = format!(r#"{{"tests":{}}}"#, "[".repeat(100_000));
        assert!(read(&nested).is_err());
    }

    #[tokio::test]
    async fn large_bodies_are_read_too() {
        let code = "x".repeat(LARGE_BYTES);
        let text = format!(r#"{{"code":"{code}"}}"#);
        let body: SampleBody = read_body(text.into_bytes()).await.unwrap();
        assert_eq!(body.code, code);
    }
}
