//! The file format of a cache entry: one compiled program, with a digest that detects damage.
//!
//! ```text
//!  digest (32 bytes) of everything behind it and of the key
//!  kind (1) │ length of the message (4, little-endian) │ message │ machine code
//! ```

use std::io::{self, Read};

use blake3::Hasher;

use super::key::CacheKey;
use crate::compile::compiled::{CompileResult, CompiledProgram};
use crate::execute::files::Artifact;
use crate::execute::jail::sealed_copy;

const DIGEST_BYTES: usize = blake3::OUT_LEN;
const REJECTED: u8 = 0;
const CHECKED: u8 = 1;
const PROGRAM: u8 = 2;

pub fn encode(key: &CacheKey, compiled: &CompiledProgram) -> io::Result<Vec<u8>> {
    let kind = match &compiled.result {
        CompileResult::Rejected => REJECTED,
        CompileResult::Checked => CHECKED,
        CompileResult::Program(_) => PROGRAM,
    };
    let message = compiled.message.as_bytes();
    let length = u32::try_from(message.len()).map_err(io::Error::other)?;
    let mut bytes = vec![0; DIGEST_BYTES];
    bytes.push(kind);
    bytes.extend(length.to_le_bytes());
    bytes.extend(message);
    if let CompileResult::Program(artifact) = &compiled.result {
        artifact.open()?.read_to_end(&mut bytes)?;
    }
    let (head, body) = bytes.split_at_mut(DIGEST_BYTES);
    head.copy_from_slice(digest(key, body).as_bytes());
    Ok(bytes)
}

/// Returns `None` if these bytes are not what was written under this key.
pub fn decode(key: &CacheKey, bytes: &[u8]) -> io::Result<Option<CompiledProgram>> {
    let Some((kind, message, code)) = split(key, bytes) else {
        return Ok(None);
    };
    let result = match kind {
        REJECTED => CompileResult::Rejected,
        CHECKED => CompileResult::Checked,
        PROGRAM => CompileResult::Program(Artifact::from(sealed_copy("program", code)?)),
        _ => return Ok(None),
    };
    Ok(Some(CompiledProgram {
        message: message.to_owned(),
        result,
        cacheable: true,
    }))
}

fn split<'b>(key: &CacheKey, bytes: &'b [u8]) -> Option<(u8, &'b str, &'b [u8])> {
    let (head, body) = bytes.split_first_chunk::<DIGEST_BYTES>()?;
    if digest(key, body) != *head {
        return None;
    }
    let (kind, body) = body.split_first()?;
    let (length, body) = body.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (message, code) = body.split_at_checked(length)?;
    Some((*kind, std::str::from_utf8(message).ok()?, code))
}

fn digest(key: &CacheKey, body: &[u8]) -> blake3::Hash {
    let mut hasher = Hasher::new();
    hasher.update(key.as_bytes());
    hasher.update(body);
    hasher.finalize()
}
