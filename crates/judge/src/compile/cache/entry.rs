//! The file format of a cache entry: one compiled program, with a digest that detects damage.
//!
//! ```text
//!  digest (32 bytes) of everything behind it and of the key
//!  kind (1) │ length (4, little-endian) │ message │ length │ compiler's run as JSON │ machine code
//! ```

use std::io::{self, Read};

use blake3::Hasher;
use letscode_model::StageReport;

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
    let stage = serde_json::to_vec(&compiled.stage)?;
    let mut bytes = vec![0; DIGEST_BYTES];
    bytes.push(kind);
    push_part(&mut bytes, compiled.message.as_bytes())?;
    push_part(&mut bytes, &stage)?;
    if let CompileResult::Program(artifact) = &compiled.result {
        artifact.open()?.read_to_end(&mut bytes)?;
    }
    let (head, body) = bytes.split_at_mut(DIGEST_BYTES);
    head.copy_from_slice(digest(key, body).as_bytes());
    Ok(bytes)
}

/// Returns `None` if these bytes are not what was written under this key.
pub fn decode(key: &CacheKey, bytes: &[u8]) -> io::Result<Option<CompiledProgram>> {
    let Some(parts) = split(key, bytes) else {
        return Ok(None);
    };
    let result = match parts.kind {
        REJECTED => CompileResult::Rejected,
        CHECKED => CompileResult::Checked,
        PROGRAM => CompileResult::Program(Artifact::from(sealed_copy("program", parts.code)?)),
        _ => return Ok(None),
    };
    Ok(Some(CompiledProgram {
        message: parts.message.to_owned(),
        stage: parts.stage,
        result,
        cacheable: true,
    }))
}

/// The parts of an entry whose digest is right.
struct EntryParts<'b> {
    kind: u8,
    message: &'b str,
    stage: Option<StageReport>,
    code: &'b [u8],
}

fn split<'b>(key: &CacheKey, bytes: &'b [u8]) -> Option<EntryParts<'b>> {
    let (head, body) = bytes.split_first_chunk::<DIGEST_BYTES>()?;
    if digest(key, body) != *head {
        return None;
    }
    let (kind, body) = body.split_first()?;
    let (message, body) = take_part(body)?;
    let (stage, code) = take_part(body)?;
    Some(EntryParts {
        kind: *kind,
        message: std::str::from_utf8(message).ok()?,
        stage: serde_json::from_slice(stage).ok()?,
        code,
    })
}

fn push_part(bytes: &mut Vec<u8>, part: &[u8]) -> io::Result<()> {
    let length = u32::try_from(part.len()).map_err(io::Error::other)?;
    bytes.extend(length.to_le_bytes());
    bytes.extend(part);
    Ok(())
}

fn take_part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, body) = bytes.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    body.split_at_checked(length)
}

fn digest(key: &CacheKey, body: &[u8]) -> blake3::Hash {
    let mut hasher = Hasher::new();
    hasher.update(key.as_bytes());
    hasher.update(body);
    hasher.finalize()
}
