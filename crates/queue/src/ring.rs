//! What is remembered of one user's stream.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use letscode_model::{Event, SubmissionId};

/// The newest events. When there are too many, those go first that a later one makes superfluous: a
/// reader who is far behind is given the latest state, and sees that by a gap in the numbers.
pub(crate) struct Ring {
    events: VecDeque<(u64, Arc<Event>)>,
    /// The number of the last event.
    newest: u64,
    /// Up to here events went that nothing makes superfluous.
    forgotten: u64,
}

/// What a reader at some position finds.
#[derive(Debug, PartialEq)]
pub(crate) enum Found {
    Event(u64, Arc<Event>),
    /// The reader has seen everything.
    Nothing,
    /// The ring does not reach back to the reader's position, or has not come to it yet.
    Lost,
}

/// What an event that was numbered elsewhere is to a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Received {
    Next,
    /// It was there before.
    Known,
    /// Others come first.
    Gap,
}

impl Ring {
    pub fn starting_at(seq: u64) -> Self {
        Ring {
            events: VecDeque::new(),
            newest: seq,
            forgotten: seq,
        }
    }

    pub fn len(&self) -> usize {
        self.events.len()
    }

    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// Takes an event that was numbered elsewhere.
    pub fn receive(&mut self, seq: u64, event: Event, keep: usize) -> Received {
        if seq <= self.newest {
            return Received::Known;
        }
        if seq > self.newest + 1 {
            return Received::Gap;
        }
        self.append(event, keep);
        Received::Next
    }

    /// Answers the event's number and how many old events went.
    pub fn append(&mut self, event: Event, keep: usize) -> (u64, usize) {
        self.newest += 1;
        self.events.push_back((self.newest, Arc::new(event)));
        let before = self.events.len();
        if before > keep {
            // Room for some more, so that the many events until the next time pay for this search.
            let enough = keep - keep / 8;
            // Who is only a little behind misses nothing, as long as that is possible.
            self.drop_superfluous(keep / 2);
            if self.events.len() > enough {
                self.drop_superfluous(0);
            }
            self.drop_oldest(enough);
        }
        (self.newest, before - self.events.len())
    }

    /// The first event behind `position`.
    pub fn after(&self, position: u64) -> Found {
        if position == self.newest {
            return Found::Nothing;
        }
        if position > self.newest || position < self.forgotten {
            return Found::Lost;
        }
        let next = self.events.partition_point(|(seq, _)| *seq <= position);
        match self.events.get(next) {
            Some((seq, event)) => Found::Event(*seq, event.clone()),
            None => Found::Lost,
        }
    }

    /// But of the newest ones, which are spared.
    fn drop_superfluous(&mut self, spared: usize) {
        let mut later = HashMap::new();
        let mut wanted: VecDeque<_> = VecDeque::with_capacity(self.events.len());
        while let Some((seq, event)) = self.events.pop_back() {
            if is_wanted(&event, &mut later) || wanted.len() < spared {
                wanted.push_front((seq, event));
            }
        }
        self.events = wanted;
    }

    fn drop_oldest(&mut self, keep: usize) {
        let excess = self.events.len().saturating_sub(keep);
        if let Some((seq, _)) = self.events.drain(..excess).next_back() {
            self.forgotten = seq;
        }
    }
}

/// What comes after an event of the same submission, from little to much.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Later {
    Position,
    Progress,
    Verdict,
}

/// To be asked from the newest event to the oldest.
fn is_wanted(event: &Event, later: &mut HashMap<SubmissionId, Later>) -> bool {
    let (id, own, superseded_by) = match event {
        Event::QueuePosition { submission_id, .. } => {
            (*submission_id, Later::Position, Later::Position)
        }
        Event::StatusUpdate(update) => {
            let id = update.submission_id;
            match (update.status.is_final(), update.current_test.is_some()) {
                (true, _) => {
                    later.insert(id, Later::Verdict);
                    return true;
                }
                // The verdict sums up the tests; nothing else does.
                (false, true) => (id, Later::Progress, Later::Verdict),
                (false, false) => (id, Later::Progress, Later::Progress),
            }
        }
        Event::SystemStatus(_) => return true,
    };
    let known = later.get(&id).copied();
    later.insert(id, known.map_or(own, |known| known.max(own)));
    known.is_none_or(|known| known < superseded_by)
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
            status,
            current_test: None,
            test_result: None,
            verdict: None,
        })
    }

    fn test(of: u128, number: u32) -> Event {
        Event::StatusUpdate(StatusUpdate {
            submission_id: id(of),
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
            }),
            verdict: None,
        })
    }

    fn read_from(ring: &Ring, mut position: u64) -> Option<Vec<(u64, Event)>> {
        let mut read = Vec::new();
        loop {
            match ring.after(position) {
                Found::Nothing => return Some(read),
                Found::Lost => return None,
                Found::Event(seq, event) => {
                    position = seq;
                    read.push((seq, (*event).clone()));
                }
            }
        }
    }

    #[test]
    fn who_is_far_behind_gets_the_latest_state() {
        let mut ring = Ring::starting_at(0);
        let story = [
            position(1, 9),
            position(2, 9),
            position(1, 5),
            status(1, SubmissionStatus::Compiling),
            test(2, 1),
            status(1, SubmissionStatus::Running),
            test(1, 1),
            status(1, SubmissionStatus::Completed),
        ];
        for event in story.clone() {
            ring.append(event, 7);
        }
        // The newest three, and before them of the first nothing, and of the other the test that no
        // verdict sums up.
        let expected: Vec<_> = [5, 6, 7, 8]
            .map(|seq| (seq, story[seq as usize - 1].clone()))
            .into();
        assert_eq!(read_from(&ring, 0), Some(expected.clone()));
        assert_eq!(read_from(&ring, 6), Some(expected[2..].to_vec()));
        assert_eq!(ring.after(9), Found::Lost, "the future");
    }

    #[test]
    fn who_is_a_little_behind_misses_nothing() {
        let mut ring = Ring::starting_at(0);
        for place in 0..1000 {
            ring.append(position(1, 1000 - place), 100);
            let newest = ring.newest();
            let read = read_from(&ring, newest.saturating_sub(50)).unwrap();
            assert_eq!(read.len() as u64, newest.min(50), "after {newest}");
        }
    }

    #[test]
    fn what_went_for_good_is_said() {
        let mut ring = Ring::starting_at(100);
        for number in 1..=9 {
            ring.append(test(1, number), 8);
        }
        assert_eq!(ring.len(), 7);
        assert_eq!(ring.after(101), Found::Lost);
        assert_eq!(read_from(&ring, 102).unwrap().len(), 7);
        assert_eq!(ring.after(99), Found::Lost, "before the stream");
    }

    #[test]
    fn verdicts_outlast_everything_that_led_to_them() {
        let mut ring = Ring::starting_at(0);
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
