use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::http::header::AUTHORIZATION;

use crate::Target;
use crate::influx::{Recorded, Shared};

/// The server's own words about a refusal, for our log.
const MAX_WORDS: u64 = 300;

/// Takes figures as they come and sends them, one batch after the other, until the end.
pub(crate) struct Sender {
    target: Target,
    shared: Arc<Shared>,
    agent: Agent,
}

enum Failure {
    /// Somebody has to mend something, or it passes: the same figures may be taken later.
    Away(String),
    /// These figures will never be taken.
    Refused(String),
}

impl Sender {
    pub fn new(target: Target, shared: Arc<Shared>) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent(concat!("letscode/", env!("CARGO_PKG_VERSION")))
            .build();
        Sender {
            target,
            shared,
            agent: agent.into(),
        }
    }

    pub fn work(self) {
        let settings = &self.shared.settings;
        let mut pause = settings.first_pause;
        let mut is_away = false;
        loop {
            let (figures, deadline) = self.shared.take();
            if figures.is_empty() {
                match deadline {
                    Some(_) => return,
                    None => continue,
                }
            }
            match self.send(&figures, deadline) {
                Ok(()) => {
                    if is_away {
                        tracing::info!(target = %self.target, "InfluxDB is there again");
                    }
                    (is_away, pause) = (false, settings.first_pause);
                    self.shared.written(figures.len());
                }
                Err(Failure::Refused(reason)) => {
                    tracing::error!(target = %self.target, reason, count = figures.len(), "InfluxDB refuses figures");
                    self.shared.dropped(figures.len());
                }
                Err(Failure::Away(reason)) => {
                    // Once, and not for as long as it lasts.
                    if !is_away {
                        tracing::warn!(target = %self.target, reason, "InfluxDB is away; figures wait for it");
                    }
                    is_away = true;
                    if self.shared.put_back(figures, pause).is_some() && deadline.is_some() {
                        return self.shared.drop_all();
                    }
                    pause = (pause * 2).min(settings.longest_pause);
                }
            }
        }
    }

    fn send(&self, figures: &[Recorded], deadline: Option<Instant>) -> Result<(), Failure> {
        let settings = &self.shared.settings;
        let left = deadline.map(|end| end.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return Err(Failure::Away("there is no time left".to_owned()));
        }
        let timeout = left.map_or(settings.request_timeout, |left| {
            left.min(settings.request_timeout)
        });
        let body = figures.iter().fold(Vec::new(), |lines, recorded| {
            recorded
                .figure
                .write(lines, &settings.instance, recorded.at)
        });
        let mut request = self
            .agent
            .post(self.target.uri())
            .content_type("text/plain; charset=utf-8");
        if let Some(value) = self.target.authorization() {
            request = request.header(AUTHORIZATION, value);
        }
        let answered = request
            .config()
            .timeout_global(Some(timeout))
            .build()
            .send(body);
        let mut answer = answered.map_err(|error| Failure::Away(error.to_string()))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let words = answer.body_mut().with_config().limit(MAX_WORDS);
        let words = words.read_to_string().unwrap_or_default();
        let reason = format!("{status}: {}", words.trim());
        Err(match status.as_u16() {
            400 | 413 | 422 => Failure::Refused(reason),
            _ => Failure::Away(reason),
        })
    }
}
