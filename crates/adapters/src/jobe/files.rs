//! Files that clients upload once and name in many runs.

use std::time::Duration;

use axum::http::StatusCode;
use letscode_model::{ByteText, UserId};
use moka::sync::Cache;
use serde::Deserialize;

use super::request::JobeRefusal;
use crate::context::RequestSender;
use crate::encoding::decode_base64;

/// Memory for all files together. The least used are dropped, and clients upload them again.
const MAX_BYTES: u64 = 128 << 20;
/// Memory of a file beside its content.
const BASE_BYTES: usize = 256;
/// Time for which a file that no run uses is kept.
const KEEP_FOR: Duration = Duration::from_secs(24 * 3600);
const ID_LENGTHS: std::ops::RangeInclusive<usize> = 8..=128;

#[derive(Debug, Deserialize)]
pub(super) struct UploadBody {
    file_contents: String,
}

/// The files of each sender, a key's or a network address's: nobody can replace the file of another.
#[derive(Clone)]
pub(super) struct FileStore {
    files: Cache<(UserId, String), ByteText>,
    max_file_bytes: usize,
}

impl FileStore {
    pub fn new(max_file_bytes: usize) -> Self {
        let weight = |(_, id): &(UserId, String), content: &ByteText| {
            u32::try_from(BASE_BYTES + id.len() + content.len()).unwrap_or(u32::MAX)
        };
        let files = Cache::builder()
            .max_capacity(MAX_BYTES)
            .weigher(weight)
            .time_to_idle(KEEP_FOR)
            .build();
        FileStore {
            files,
            max_file_bytes,
        }
    }

    pub fn put(
        &self,
        sender: &RequestSender,
        id: String,
        body: UploadBody,
    ) -> Result<(), JobeRefusal> {
        let bad = |reason: String| JobeRefusal::new(StatusCode::BAD_REQUEST, reason);
        if !is_file_id(&id) {
            return Err(bad(
                "put: a file id is 8 to 128 letters and digits".to_owned()
            ));
        }
        let wrong = |_| bad(format!("put: contents of file {id} are not valid base-64"));
        let content = decode_base64(&body.file_contents).map_err(wrong)?;
        if content.len() > self.max_file_bytes {
            let max = self.max_file_bytes;
            return Err(bad(format!("put: file {id} has more than {max} bytes")));
        }
        self.files
            .insert((sender.user_id.clone(), id), content.into());
        Ok(())
    }

    pub fn get(&self, sender: &RequestSender, id: &str) -> Option<ByteText> {
        self.files.get(&(sender.user_id.clone(), id.to_owned()))
    }
}

/// True for letters and digits, as hashes are.
pub(super) fn is_file_id(id: &str) -> bool {
    ID_LENGTHS.contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
