use std::fs::File;
use std::io::{self, Read};

use axum::body::{Body, Bytes};
use futures_util::stream;

const CHUNK_BYTES: usize = 64 << 10;

/// Streams a file in chunks: thousands of slow readers must not hold thousands of files in memory.
pub(crate) fn file_body(file: File) -> Body {
    Body::from_stream(stream::try_unfold(file, async |mut file| {
        let read = move || {
            let mut chunk = vec![0; CHUNK_BYTES];
            let count = file.read(&mut chunk)?;
            chunk.truncate(count);
            Ok::<_, io::Error>((Bytes::from(chunk), file))
        };
        let (chunk, file) = tokio::task::spawn_blocking(read)
            .await
            .map_err(io::Error::other)??;
        Ok::<_, io::Error>((!chunk.is_empty()).then_some((chunk, file)))
    }))
}
