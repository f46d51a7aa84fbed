//! The remembered end of one user's stream.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use letscode_model::{Event, SubmissionId};

/// The newest events. When there are too many, superseded ones are dropped first: a reader that is far
/// behind gets the latest state, and sees a gap in the numbers.
pub(crate) struct EventRing {
    events: VecDeque<(u64, Arc<Event>)>,
    /// Number of the last event.
    newest: u64,
    /// Number of the last event that was dropped without being superseded.
    lost_until: u64,
}

/// Result of reading the ring at a position.
#[derive(Debug, PartialEq)]
pub(crate) enum RingRead {
    Event(u64, Arc<Event>),
    /// There is no later event.
    UpToDate,
    /// The position is before the first remembered event, or after the last one.
    Lost,
}

/// Result of appending an event that was numbered elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AppendResult {
    Appended,
    /// The ring has it already.
    Duplicate,
    /// Events before it are missing, so it was not appended.
    Gap,
}

impl EventRing {
    pub fn starting_at(seq: u64) -> Self {
        EventRing {
            events: VecDeque::new(),
            newest: seq,
            lost_until: seq,
        }
    }

    pub fn len(&self) -> usize {
        self.events.len()
    }

    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// Appends an event that was numbered elsewhere.
    pub fn append_numbered(&mut self, seq: u64, event: Event, limit: usize) -> AppendResult {
        if seq <= self.newest {
            return AppendResult::Duplicate;
        }
        if seq > self.newest + 1 {
            return AppendResult::Gap;
        }
        self.append(event, limit);
        AppendResult::Appended
    }

    /// Appends an event and, beyond `limit`, drops old ones. Returns the event's number and how many
    /// were dropped.
    pub fn append(&mut self, event: Event, limit: usize) -> (u64, usize) {
        self.newest += 1;
        self.events.push_back((self.newest, Arc::new(event)));
        let before = self.events.len();
        if before > limit {
            // Down to less than the limit: many appends share the cost of this search.
            let target = limit - limit / 8;
            // A reader that is only a little behind should not see a gap.
            self.drop_superseded(limit / 2);
            if self.events.len() > target {
                self.drop_superseded(0);
            }
            self.drop_oldest(target);
        }
        (self.newest, before - self.events.len())
    }

    /// Returns the first event after `position`.
    pub fn after(&self, position: u64) -> RingRead {
        if position == self.newest {
            return RingRead::UpToDate;
        }
        if position > self.newest || position < self.lost_until {
            return RingRead::Lost;
        }
        let next = self.events.partition_point(|(seq, _)| *seq <= position);
        match self.events.get(next) {
            Some((seq, event)) => RingRead::Event(*seq, event.clone()),
            None => RingRead::Lost,
        }
    }

    /// Drops superseded events, except among the newest `spared`.
    fn drop_superseded(&mut self, spared: usize) {
        let mut later = HashMap::new();
        let mut remaining: VecDeque<_> = VecDeque::with_capacity(self.events.len());
        while let Some((seq, event)) = self.events.pop_back() {
            if is_current(&event, &mut later) || remaining.len() < spared {
                remaining.push_front((seq, event));
            }
        }
        self.events = remaining;
    }

    fn drop_oldest(&mut self, limit: usize) {
        let excess = self.events.len().saturating_sub(limit);
        if let Some((seq, _)) = self.events.drain(..excess).next_back() {
            self.lost_until = seq;
        }
    }
}

/// Share of a submission's history that an event sums up, from little to much.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum EventRank {
    Position,
    Progress,
    Verdict,
}

/// Returns true if no later event supersedes this one. To be called from the newest event to the
/// oldest; `later` collects the highest rank of each submission.
fn is_current(event: &Event, later: &mut HashMap<SubmissionId, EventRank>) -> bool {
    let (id, rank, superseded_by) = match event {
        Event::QueuePosition { submission_id, .. } => {
            (*submission_id, EventRank::Position, EventRank::Position)
        }
        Event::StatusUpdate(update) => {
            let id = update.submission_id;
            if update.status.is_final() {
                later.insert(id, EventRank::Verdict);
                return true;
            }
            if update.current_test.is_some() {
                // The verdict sums up the tests; nothing else does.
                (id, EventRank::Progress, EventRank::Verdict)
            } else {
                (id, EventRank::Progress, EventRank::Progress)
            }
        }
        Event::SystemStatus(_) | Event::FlagChanged(_) => return true,
    };
    let highest = later.get(&id).copied();
    later.insert(id, highest.map_or(rank, |highest| highest.max(rank)));
    highest.is_none_or(|highest| highest < superseded_by)
}

#[cfg(test)]
mod tests {
    use letscode_model::{StatusUpdate, SubmissionStatus, TestResult, Verdict};

    use super::*;

    fn id(number: u128) -> SubmissionId {
        SubmissionId(uuid::Uuid::from_u128(number))
    }

    fn position(of: u128, position: u32) -> Event {
        Event::QueuePosition {
            submission_id: id(of),
            position,
        }
    }

    fn status(of: u128, status: SubmissionStatus) -> Event {
        Event::StatusUpdate(StatusUpdate {
            submission_id: id(of),
            judgement: 1,
            status,
            current_test: None,
            test_result: None,
            verdict: None,
        })
    }

    fn test(of: u128, number: u32) -> Event {
        Event::StatusUpdate(StatusUpdate {
            submission_id: id(of),
            judgement: 1,
            status: SubmissionStatus::Running,
            current_test: Some(number),
            test_result: Some(TestResult {
                test_case_number: number,
                passed: true,
                verdict: Verdict::Accepted,
                execution_time: 1.0,
                memory_used: 1,
                wall_time: 1.0,
                is_sample: false,
                message: None,
                denied_call: None,
                activity: None,
            }),
            verdict: None,
        })
    }

    fn read_from(ring: &EventRing, mut position: u64) -> Option<Vec<(u64, Event)>> {
        let mut read = Vec::new();
        loop {
            match ring.after(position) {
                RingRead::UpToDate => return Some(read),
                RingRead::Lost => return None,
                RingRead::Event(seq, event) => {
                    position = seq;
                    read.push((seq, (*event).clone()));
                }
            }
        }
    }

    #[test]
    fn distant_readers_get_the_latest_state() {
        let mut ring = EventRing::starting_at(0);
        let history = [
            position(1, 9),
            position(2, 9),
            position(1, 5),
            status(1, SubmissionStatus::Compiling),
            test(2, 1),
            status(1, SubmissionStatus::Running),
            test(1, 1),
            status(1, SubmissionStatus::Completed),
        ];
        for event in history.clone() {
            ring.append(event, 7);
        }
        // The newest three; before them nothing of the first submission, and of the other one the
        // test that no verdict sums up.
        let expected: Vec<_> = [5, 6, 7, 8]
            .map(|seq| (seq, history[seq as usize - 1].clone()))
            .into();
        assert_eq!(read_from(&ring, 0), Some(expected.clone()));
        assert_eq!(read_from(&ring, 6), Some(expected[2..].to_vec()));
        assert_eq!(ring.after(9), RingRead::Lost, "beyond the last event");
    }

    #[test]
    fn close_readers_get_every_event() {
        let mut ring = EventRing::starting_at(0);
        for place in 0..1000 {
            ring.append(position(1, 1000 - place), 100);
            let newest = ring.newest();
            let read = read_from(&ring, newest.saturating_sub(50)).unwrap();
            assert_eq!(read.len() as u64, newest.min(50), "after {newest}");
        }
    }

    #[test]
    fn lost_events_are_reported() {
        let mut ring = EventRing::starting_at(100);
        for number in 1..=9 {
            ring.append(test(1, number), 8);
        }
        assert_eq!(ring.len(), 7);
        assert_eq!(ring.after(101), RingRead::Lost);
        assert_eq!(read_from(&ring, 102).unwrap().len(), 7);
        assert_eq!(ring.after(99), RingRead::Lost, "before the stream");
    }

    #[test]
    fn verdicts_outlast_progress() {
        let mut ring = EventRing::starting_at(0);
        for of in 0..500 {
            for place in (0..20).rev() {
                ring.append(position(of, place), 600);
            }
            for number in 1..=10 {
                ring.append(test(of, number), 600);
            }
            ring.append(status(of, SubmissionStatus::Completed), 600);
            assert!(ring.len() <= 600);
        }
        let read = read_from(&ring, 0).expect("nothing was lost");
        let verdicts = read.iter().filter(|(_, event)| match event {
            Event::StatusUpdate(update) => update.status.is_final(),
            _ => false,
        });
        assert_eq!(verdicts.count(), 500);
    }
}
