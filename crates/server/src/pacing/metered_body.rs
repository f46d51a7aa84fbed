use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

use super::processor_time::Meter;

/// An answer's body, whose making and compressing count for its request.
pub(super) struct MeteredBody {
    pub body: Body,
    pub meter: Meter,
}

impl HttpBody for MeteredBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let body = Pin::new(&mut this.body);
        this.meter.count(|| body.poll_frame(context))
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
    use std::sync::Arc;

    use futures_util::StreamExt;
    use http_body_util::BodyExt;

    use super::*;
    use crate::pacing::account::Account;
    use crate::pacing::processor_time::tests::{WORK, compute};

    #[tokio::test]
    async fn making_a_body_counts_for_its_request() {
        let chunks = futures_util::stream::iter([1, 2]).map(|_| {
            compute();
            Ok::<_, axum::Error>(Bytes::from_static(b"x"))
        });
        let meter = Meter::new(Arc::new(Account::new(1.0)));
        let body = MeteredBody {
            body: Body::from_stream(chunks),
            meter: meter.clone(),
        };
        let bytes = body.collect().await.unwrap().to_bytes();
        assert_eq!(&bytes[..], b"xx");
        assert!(meter.used() >= 2 * WORK, "{:?}", meter.used());
    }

    #[test]
    fn the_size_of_a_body_stays_known() {
        let body = MeteredBody {
            body: Body::from("four"),
            meter: Meter::new(Arc::new(Account::new(1.0))),
        };
        assert_eq!(body.size_hint().exact(), Some(4));
    }
}
