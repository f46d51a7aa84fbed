use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use blake3::{Hash, Hasher};
use hyper::body::{Frame, SizeHint};

/// A body that is hashed while it is read.
pub(crate) struct HashedBody {
    body: Body,
    progress: Arc<Mutex<HashProgress>>,
}

/// Hash of a body, for whoever does not read it.
pub(crate) struct BodyHash(Arc<Mutex<HashProgress>>);

#[derive(Default)]
struct HashProgress {
    hasher: Hasher,
    has_ended: bool,
}

impl HashedBody {
    pub fn new(body: Body) -> (HashedBody, BodyHash) {
        let progress = HashProgress {
            has_ended: body.is_end_stream(),
            ..HashProgress::default()
        };
        let progress = Arc::new(Mutex::new(progress));
        let hash = BodyHash(progress.clone());
        (HashedBody { body, progress }, hash)
    }
}

impl BodyHash {
    /// Returns the hash; `None` unless the body was read to its end.
    pub fn of_whole_body(&self) -> Option<Hash> {
        let progress = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        progress.has_ended.then(|| progress.hasher.finalize())
    }
}

impl HttpBody for HashedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            progress.hasher.update(data);
        }
        progress.has_ended = match &frame {
            Some(Ok(_)) => self.body.is_end_stream(),
            Some(Err(_)) => false,
            None => true,
        };
        drop(progress);
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn only_whole_bodies_have_a_hash() {
        let (body, hash) = HashedBody::new(Body::from("text"));
        assert_eq!(hash.of_whole_body(), None);
        body.collect().await.unwrap();
        assert_eq!(hash.of_whole_body(), Some(blake3::hash(b"text")));

        let chunks = [Ok("te"), Err(std::io::Error::other("hung up"))];
        let broken = Body::from_stream(futures_util::stream::iter(chunks));
        let (body, hash) = HashedBody::new(broken);
        body.collect().await.unwrap_err();
        assert_eq!(hash.of_whole_body(), None);

        let (_, hash) = HashedBody::new(Body::empty());
        assert_eq!(hash.of_whole_body(), Some(blake3::hash(b"")));
    }
}
