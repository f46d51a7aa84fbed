//! One compiled program as bytes, with what shows that they are what was written.
//!
//! ```text
//!  digest (32 bytes) of everything behind it and of the key
//!  kind (1) │ length of the message (4, little-endian) │ message │ machine code
//! ```

use std::io::{self, Read};

use blake3::Hasher;
use letscode_sandbox::{Artifact, sealed_copy};

use super::Key;
use crate::compile::compiler::{Compiled, Made};

const DIGEST_BYTES: usize = blake3::OUT_LEN;
const REFUSED: u8 = 0;
const CHECKED: u8 = 1;
const PROGRAM: u8 = 2;

pub fn encode(key: &Key, compiled: &Compiled) -> io::Result<Vec<u8>> {
    let kind = match &compiled.made {
        Made::Nothing { .. } => REFUSED,
        Made::Checked => CHECKED,
        Made::Program(_) => PROGRAM,
    };
    let message = compiled.message.as_bytes();
    let length = u32::try_from(message.len()).map_err(io::Error::other)?;
    let mut bytes = vec![0; DIGEST_BYTES];
    bytes.push(kind);
    bytes.extend(length.to_le_bytes());
    bytes.extend(message);
    if let Made::Program(artifact) = &compiled.made {
        artifact.open()?.read_to_end(&mut bytes)?;
    }
    let (head, body) = bytes.split_at_mut(DIGEST_BYTES);
    head.copy_from_slice(digest(key, body).as_bytes());
    Ok(bytes)
}

/// `None`: this is not what was written under this key.
pub fn decode(key: &Key, bytes: &[u8]) -> io::Result<Option<Compiled>> {
    let Some((kind, message, code)) = split(key, bytes) else {
        return Ok(None);
    };
    let made = match kind {
        REFUSED => Made::Nothing { lasting: true },
        CHECKED => Made::Checked,
        PROGRAM => Made::Program(Artifact::from(sealed_copy("program", code)?)),
        _ => return Ok(None),
    };
    let message = message.to_owned();
    Ok(Some(Compiled { message, made }))
}

fn split<'b>(key: &Key, bytes: &'b [u8]) -> Option<(u8, &'b str, &'b [u8])> {
    let (head, body) = bytes.split_first_chunk::<DIGEST_BYTES>()?;
    if digest(key, body) != *head {
        return None;
    }
    let (kind, rest) = body.split_first()?;
    let (length, rest) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (message, code) = rest.split_at_checked(length)?;
    Some((*kind, std::str::from_utf8(message).ok()?, code))
}

fn digest(key: &Key, body: &[u8]) -> blake3::Hash {
    let mut hasher = Hasher::new();
    hasher.update(key.as_bytes());
    hasher.update(body);
    hasher.finalize()
}
