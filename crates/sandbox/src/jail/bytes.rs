//! Little-endian numbers in the messages between supervisor and launcher.

/// Reads 32 bits; 0 past the end.
pub fn number(bytes: &[u8], at: usize) -> u32 {
    let bytes = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    bytes.map_or(0, u32::from_le_bytes)
}

/// Reads 64 bits; 0 past the end.
pub fn long_number(bytes: &[u8], at: usize) -> u64 {
    let bytes = bytes
        .get(at..at + 8)
        .and_then(|eight| eight.try_into().ok());
    bytes.map_or(0, u64::from_le_bytes)
}
