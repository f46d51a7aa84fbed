//! Repeated measurements, and their percentiles.

use std::time::Duration;

use serde::Serialize;

/// Measured times, in milliseconds.
#[derive(Debug, Default, Clone)]
pub struct TimeSamples(Vec<f64>);

impl TimeSamples {
    pub fn push(&mut self, took: Duration) {
        self.0.push(took.as_secs_f64() * 1e3);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns `None` if nothing was measured.
    pub fn summary(mut self) -> Option<TimeSummary> {
        self.0.sort_by(f64::total_cmp);
        let last = self.0.len().checked_sub(1)?;
        let at = |part: f64| self.0[(last as f64 * part).round() as usize];
        Some(TimeSummary {
            median: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
            count: self.0.len(),
        })
    }
}

/// Percentiles, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct TimeSummary {
    pub median: f64,
    pub p95: f64,
    pub p99: f64,
    pub count: usize,
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_use_sorted_values() {
        let mut samples = TimeSamples::default();
        for number in (0..=100).rev() {
            samples.push(Duration::from_millis(number));
        }
        let summary = samples.summary().unwrap();
        assert_eq!(
            (summary.median, summary.p95, summary.p99),
            (50.0, 95.0, 99.0)
        );
        assert!(TimeSamples::default().summary().is_none());
    }
}
