use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The spelling of bytes in JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum TextEncoding {
    /// As text. In answers, bytes that are not UTF-8 are shown as U+FFFD.
    #[default]
    Utf8,
    /// With the alphabet of RFC 4648, section 4, and padding.
    Base64,
}

impl TextEncoding {
    /// Reads the bytes that `text` spells; the error says what is wrong.
    pub fn decode(self, text: String) -> Result<ByteText, String> {
        match self {
            TextEncoding::Utf8 => Ok(ByteText::from(text)),
            TextEncoding::Base64 => STANDARD
                .decode(text.as_bytes())
                .map(ByteText)
                .map_err(|error| format!("it is not base64: {error}")),
        }
    }

    /// Spells bytes.
    pub fn encode(self, bytes: &ByteText) -> String {
        match self {
            TextEncoding::Utf8 => bytes.to_text(),
            TextEncoding::Base64 => STANDARD.encode(&bytes.0),
        }
    }
}

/// Bytes that are mostly text: a program, an input, an output.
///
/// Serialised, UTF-8 is a string, and anything else `{"base64":"…"}`: nothing is lost in the queue.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ByteText(pub Vec<u8>);

impl ByteText {
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the text if all bytes are UTF-8.
    pub fn as_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Returns it as text; bytes that are not UTF-8 become U+FFFD.
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl From<Vec<u8>> for ByteText {
    fn from(bytes: Vec<u8>) -> Self {
        ByteText(bytes)
    }
}

impl From<String> for ByteText {
    fn from(text: String) -> Self {
        ByteText(text.into_bytes())
    }
}

impl From<&str> for ByteText {
    fn from(text: &str) -> Self {
        ByteText(text.as_bytes().to_vec())
    }
}

/// Shows the beginning, and the length of the whole.
impl std::fmt::Debug for ByteText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 40;
        let beginning = String::from_utf8_lossy(&self.0[..self.len().min(SHOWN)]);
        write!(f, "{beginning:?} ({} bytes)", self.len())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Spelling<'a> {
    #[serde(borrow)]
    Text(std::borrow::Cow<'a, str>),
    Bytes {
        base64: std::borrow::Cow<'a, str>,
    },
}

impl Serialize for ByteText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let spelling = match self.as_text() {
            Some(text) => Spelling::Text(text.into()),
            None => Spelling::Bytes {
                base64: STANDARD.encode(&self.0).into(),
            },
        };
        spelling.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ByteText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Spelling::deserialize(deserializer)? {
            Spelling::Text(text) => Ok(ByteText::from(text.into_owned())),
            Spelling::Bytes { base64 } => TextEncoding::Base64
                .decode(base64.into_owned())
                .map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queue_keeps_every_byte() {
        for (bytes, json) in [
            (&b""[..], r#""""#),
            (b"a\n", r#""a\n""#),
            (b"\xff\x00", r#"{"base64":"/wA="}"#),
        ] {
            let value = ByteText(bytes.to_vec());
            let written = serde_json::to_string(&value).unwrap();
            assert_eq!(written, json);
            let read: ByteText = serde_json::from_str(&written).unwrap();
            assert_eq!(read, value);
        }
    }

    #[test]
    fn base64_has_to_be_base64() {
        let decoded = TextEncoding::Base64.decode("aGk=".to_owned()).unwrap();
        assert_eq!(decoded.as_bytes(), b"hi");
        for wrong in ["aGk", "a b=", "aGk=\n", "?"] {
            let error = TextEncoding::Base64.decode(wrong.to_owned()).unwrap_err();
            assert!(error.starts_with("it is not base64"), "{error}");
        }
    }
}
