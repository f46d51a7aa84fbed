use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crate::clock::unique_now;
use crate::point_buffer::{PointBuffer, TimedPoint, lock};
use crate::sender::PointSender;
use crate::{InfluxSettings, InfluxTarget, MetricPoint, PointCounts};

/// A buffer of points and the thread that sends them. All clones share both.
#[derive(Clone)]
pub struct InfluxClient {
    buffer: Arc<PointBuffer>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl InfluxClient {
    /// Starts the thread. Does not check that the server answers: it may be started later.
    pub fn start(target: InfluxTarget, settings: InfluxSettings) -> std::io::Result<Self> {
        let buffer = Arc::new(PointBuffer::new(settings));
        let sender = PointSender::new(target, buffer.clone());
        let thread = std::thread::Builder::new()
            .name("influx".to_owned())
            .spawn(move || sender.work())?;
        Ok(InfluxClient {
            buffer,
            thread: Arc::new(Mutex::new(Some(thread))),
        })
    }

    /// Buffers a point. Never waits for the server.
    pub fn record(&self, point: MetricPoint) {
        self.buffer.push(TimedPoint {
            point,
            at: unique_now(),
        });
    }

    pub fn counts(&self) -> PointCounts {
        self.buffer.counts()
    }

    /// Sends the points that wait, within [`InfluxSettings::flush_timeout`] and the current request;
    /// the others count as dropped. Blocks. Points recorded later are dropped.
    pub fn finish(&self) {
        self.buffer.finish();
        let thread = lock(&self.thread).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that sends points panicked");
        }
    }
}
