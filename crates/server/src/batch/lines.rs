//! Cuts a body into lines as it arrives.

use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use letscode_model::ClientAddress;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::AppState;
use crate::error::ApiError;
use crate::memory_budget::MemoryPermit;

/// Lines of one batch.
pub(super) const MAX_LINES: usize = 10_000;
/// Size of one line.
const MAX_LINE_BYTES: usize = 16 << 20;
/// Longest time without a byte of the body.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(120);
/// Interval at which memory is asked for again.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);
/// Longest wait for memory that no line of this batch holds.
const MEMORY_TIMEOUT: Duration = Duration::from_secs(60);

/// A line of the body, without its end.
pub(super) struct BatchLine {
    pub index: usize,
    /// The reason why it can't be used, if it was not read to its end.
    pub content: Result<Vec<u8>, ApiError>,
    _permit: Option<MemoryPermit>,
}

pub(super) struct LineReader<'a> {
    pub state: &'a AppState,
    pub address: Option<ClientAddress>,
    pub lines: mpsc::Sender<BatchLine>,
    pub count: usize,
}

/// A line that has not ended.
#[derive(Default)]
struct OpenLine {
    bytes: Vec<u8>,
    permit: Option<MemoryPermit>,
    is_too_long: bool,
}

impl LineReader<'_> {
    /// Reads the body to its end, or until nobody takes its lines.
    pub async fn read(mut self, mut body: Body) {
        let mut line = OpenLine::default();
        loop {
            let chunk = match tokio::time::timeout(SILENCE_TIMEOUT, next_chunk(&mut body)).await {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => break,
                Ok(Err(error)) => return self.give_up(error).await,
                Err(_) => {
                    return self
                        .give_up(ApiError::BodyTimeout(SILENCE_TIMEOUT.as_secs()))
                        .await;
                }
            };
            let mut unread = &chunk[..];
            while let Some(at) = unread.iter().position(|byte| *byte == b'\n') {
                if !self.extend(&mut line, &unread[..at]).await
                    || !self.finish(std::mem::take(&mut line)).await
                {
                    return;
                }
                unread = &unread[at + 1..];
            }
            if !self.extend(&mut line, unread).await {
                return;
            }
        }
        self.finish(line).await;
    }

    /// Adds bytes to a line, waiting for memory. False if there is none for too long.
    async fn extend(&mut self, line: &mut OpenLine, bytes: &[u8]) -> bool {
        line.is_too_long |= line.bytes.len() + bytes.len() > MAX_LINE_BYTES;
        if line.is_too_long {
            *line = OpenLine {
                is_too_long: true,
                ..OpenLine::default()
            };
            return true;
        }
        let deadline = Instant::now() + MEMORY_TIMEOUT;
        let budget = self.state.body_budget();
        loop {
            if line.permit.is_none() {
                line.permit = budget.take(self.address, 0);
            }
            let permit = line.permit.as_mut();
            if permit.is_some_and(|permit| budget.grow(permit, bytes.len())) {
                line.bytes.extend_from_slice(bytes);
                return true;
            }
            if Instant::now() > deadline {
                let error =
                    ApiError::Overloaded("there is no memory for this line; try again later");
                self.give_up(error).await;
                return false;
            }
            tokio::time::sleep(RETRY_INTERVAL).await;
        }
    }

    /// Passes a line on, unless it is blank. False if no more are taken.
    async fn finish(&mut self, line: OpenLine) -> bool {
        if line.bytes.trim_ascii().is_empty() && !line.is_too_long {
            return true;
        }
        if self.count == MAX_LINES {
            self.give_up(ApiError::TooManyLines(MAX_LINES)).await;
            return false;
        }
        let content = if line.is_too_long {
            Err(ApiError::BodyTooLarge(MAX_LINE_BYTES))
        } else {
            Ok(line.bytes)
        };
        self.send(content, line.permit).await
    }

    /// Reports why the remaining lines are not read, as the result of the next one.
    async fn give_up(&mut self, error: ApiError) {
        self.send(Err(error), None).await;
    }

    async fn send(
        &mut self,
        content: Result<Vec<u8>, ApiError>,
        permit: Option<MemoryPermit>,
    ) -> bool {
        let line = BatchLine {
            index: self.count,
            content,
            _permit: permit,
        };
        self.count += 1;
        self.lines.send(line).await.is_ok()
    }
}

async fn next_chunk(body: &mut Body) -> Result<Option<Bytes>, ApiError> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ApiError::BodyBrokenOff)?;
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}
