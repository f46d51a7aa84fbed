//! Evidence as the store keeps it: JSON, compressed.

use std::io::Read;

use letscode_model::ViolationEvidence;

use crate::StoreError;
use crate::blocking::blocking;
use crate::rows::corrupt;

/// A compromise: sources and outputs shrink to a fifth, at hundreds of megabytes a second.
const COMPRESSION_LEVEL: i32 = 3;
/// Largest size of evidence in JSON, in which a byte may take six.
const MAX_JSON_BYTES: u64 = 16 << 20;

/// Bounds and compresses evidence.
pub(crate) async fn pack(evidence: ViolationEvidence) -> Result<Vec<u8>, StoreError> {
    blocking(move || {
        let json = serde_json::to_vec(&evidence.bounded()).map_err(corrupt("evidence"))?;
        zstd::encode_all(&json[..], COMPRESSION_LEVEL).map_err(corrupt("evidence"))
    })
    .await
}

pub(crate) async fn unpack(content: Vec<u8>) -> Result<ViolationEvidence, StoreError> {
    blocking(move || {
        let decoder = zstd::Decoder::new(&content[..]).map_err(corrupt("evidence"))?;
        let mut json = Vec::new();
        let mut bounded = decoder.take(MAX_JSON_BYTES);
        bounded
            .read_to_end(&mut json)
            .map_err(corrupt("evidence"))?;
        serde_json::from_slice(&json).map_err(corrupt("evidence"))
    })
    .await
}
