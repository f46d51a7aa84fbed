//! Bytes as text, as other services write and read it.

use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

/// Reads base64 with or without padding and with line breaks.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Reads base64; the error says what is wrong.
pub(crate) fn decode_base64(text: &str) -> Result<Vec<u8>, String> {
    let decoded = if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        let mut bytes = text.as_bytes().to_vec();
        bytes.retain(|byte| !byte.is_ascii_whitespace());
        LENIENT.decode(bytes)
    } else {
        LENIENT.decode(text)
    };
    decoded.map_err(|error| format!("it is not base64: {error}"))
}

pub(crate) fn encode_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Length of a line of base64 in Ruby.
const RUBY_LINE: usize = 60;

/// Writes base64 as Ruby does: a line break after each 60 characters and at the end.
pub(crate) fn encode_base64_lines(bytes: &[u8]) -> String {
    let text = encode_base64(bytes);
    let mut lines = String::with_capacity(text.len() + text.len() / RUBY_LINE + 1);
    for line in text.as_bytes().chunks(RUBY_LINE) {
        lines.extend(line.iter().map(|byte| char::from(*byte)));
        lines.push('\n');
    }
    lines
}

/// Writes text as it is, and each byte that is no part of UTF-8 as `\xNN`.
pub(crate) fn escape_invalid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_people_write_it() {
        for text in ["aGk=", "aGk", "aG\nk=\n", " aGk= "] {
            assert_eq!(decode_base64(text).unwrap(), b"hi", "{text:?}");
        }
        assert!(decode_base64("a?").unwrap_err().contains("not base64"));
    }

    #[test]
    fn ruby_breaks_lines() {
        assert_eq!(encode_base64_lines(b""), "");
        assert_eq!(encode_base64_lines(b"1\n"), "MQo=\n");
        let long = encode_base64_lines(&[0; 90]);
        let lengths: Vec<usize> = long.lines().map(str::len).collect();
        assert_eq!(lengths, [60, 60]);
    }

    #[test]
    fn invalid_bytes_are_escaped() {
        assert_eq!(escape_invalid(b"a\xff\xc3b"), "a\\xff\\xc3b");
        assert_eq!(escape_invalid("ä".as_bytes()), "ä");
    }
}
