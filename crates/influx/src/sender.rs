use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::http::header::AUTHORIZATION;

use crate::InfluxTarget;
use crate::point_buffer::{PointBuffer, TimedPoint};

/// Bytes of a refusal's message that are logged.
const MAX_MESSAGE: u64 = 300;

/// Takes points from the buffer and sends them, one batch at a time, until the client finishes.
pub(crate) struct PointSender {
    target: InfluxTarget,
    buffer: Arc<PointBuffer>,
    agent: Agent,
}

enum SendError {
    /// An outage or a wrong setting: the same points may be accepted later.
    Unavailable(String),
    /// The server will never accept these points.
    Refused(String),
}

impl PointSender {
    pub fn new(target: InfluxTarget, buffer: Arc<PointBuffer>) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent(concat!("letscode/", env!("CARGO_PKG_VERSION")))
            .build();
        PointSender {
            target,
            buffer,
            agent: agent.into(),
        }
    }

    pub fn work(self) {
        let settings = &self.buffer.settings;
        let mut pause = settings.first_pause;
        let mut is_unavailable = false;
        loop {
            let (points, deadline) = self.buffer.take();
            if points.is_empty() {
                match deadline {
                    Some(_) => return,
                    None => continue,
                }
            }
            match self.send(&points, deadline) {
                Ok(()) => {
                    if is_unavailable {
                        tracing::info!(target = %self.target, "InfluxDB answers again");
                    }
                    (is_unavailable, pause) = (false, settings.first_pause);
                    self.buffer.written(points.len());
                }
                Err(SendError::Refused(reason)) => {
                    tracing::error!(target = %self.target, reason, count = points.len(), "InfluxDB refuses metrics");
                    self.buffer.dropped(points.len());
                }
                Err(SendError::Unavailable(reason)) => {
                    // Logged once per outage.
                    if !is_unavailable {
                        tracing::warn!(target = %self.target, reason, "InfluxDB does not answer; metrics wait for it");
                    }
                    is_unavailable = true;
                    if self.buffer.put_back(points, pause).is_some() && deadline.is_some() {
                        return self.buffer.drop_all();
                    }
                    pause = (pause * 2).min(settings.longest_pause);
                }
            }
        }
    }

    fn send(&self, points: &[TimedPoint], deadline: Option<Instant>) -> Result<(), SendError> {
        let settings = &self.buffer.settings;
        let left = deadline.map(|end| end.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return Err(SendError::Unavailable("no time left".to_owned()));
        }
        let timeout = left.map_or(settings.request_timeout, |left| {
            left.min(settings.request_timeout)
        });
        let body = points.iter().fold(Vec::new(), |lines, timed| {
            timed.point.write(lines, &settings.instance, timed.at)
        });
        let mut request = self
            .agent
            .post(self.target.uri())
            .content_type("text/plain; charset=utf-8");
        if let Some(value) = self.target.authorization() {
            request = request.header(AUTHORIZATION, value);
        }
        let response = request
            .config()
            .timeout_global(Some(timeout))
            .build()
            .send(body);
        let mut response = response.map_err(|error| SendError::Unavailable(error.to_string()))?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let message = response.body_mut().with_config().limit(MAX_MESSAGE);
        let message = message.read_to_string().unwrap_or_default();
        let reason = format!("{status}: {}", message.trim());
        Err(match status.as_u16() {
            400 | 413 | 422 => SendError::Refused(reason),
            _ => SendError::Unavailable(reason),
        })
    }
}
