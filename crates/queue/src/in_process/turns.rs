//! Whose turn it is. Pure logic: no clock, no lock, no jobs.
//!
//! Each user has a line, first in first out, and the users take turns, so that how long somebody
//! waits depends on how many people wait and not on how much one of them sent.

use std::collections::{HashMap, VecDeque};

use letscode_model::UserId;

/// Lines of things that wait, one for each user.
#[derive(Debug)]
pub(super) struct Turns<T> {
    /// What was handed out and came back; before everything else, and in nobody's turn: its user
    /// has spent the turn already.
    returned: VecDeque<T>,
    /// In the order of their next turns. A line may be empty: then it is skipped.
    lines: VecDeque<Line<T>>,
    /// The number of the first of `lines`; the others follow without a gap.
    first: u64,
    /// The number of a user's line.
    line_of: HashMap<UserId, u64>,
    waiting: usize,
}

#[derive(Debug)]
struct Line<T> {
    user: UserId,
    things: VecDeque<T>,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Turns {
            returned: VecDeque::new(),
            lines: VecDeque::new(),
            first: 0,
            line_of: HashMap::new(),
            waiting: 0,
        }
    }
}

impl<T> Turns<T> {
    pub fn len(&self) -> usize {
        self.waiting
    }

    /// Puts a thing at the end of its user's line, and answers how many are to be handed out before
    /// it, if nothing else comes; and the thing in its place.
    pub fn push(&mut self, user: &UserId, thing: T) -> (usize, Option<&mut T>) {
        let index = match self.line_of.get(user) {
            Some(number) => self.index(*number),
            None => self.open_line(user.clone()),
        };
        let line = &mut self.lines[index];
        line.things.push_back(thing);
        let round = line.things.len() - 1;
        self.waiting += 1;
        let position = self.returned.len() + self.before(index, round);
        (position, self.lines[index].things.back_mut())
    }

    /// How many come before the thing at `round` in the line at `index`.
    fn before(&self, index: usize, round: usize) -> usize {
        let turns = self.lines.iter().enumerate().map(|(at, line)| {
            // Whose turn comes earlier has had one more by then.
            let taken = round + usize::from(at < index);
            line.things.len().min(taken)
        });
        turns.sum()
    }

    /// The next one. Its user's next turn is after everybody else's.
    pub fn pop(&mut self) -> Option<T> {
        if let Some(thing) = self.returned.pop_front() {
            self.waiting -= 1;
            return Some(thing);
        }
        while let Some(mut line) = self.lines.pop_front() {
            self.first += 1;
            let next = line.things.pop_front();
            if line.things.is_empty() {
                self.line_of.remove(&line.user);
            } else {
                let number = self.first + self.lines.len() as u64;
                self.line_of.insert(line.user.clone(), number);
                self.lines.push_back(line);
            }
            if next.is_some() {
                self.waiting -= 1;
                return next;
            }
        }
        None
    }

    /// Takes back what was handed out: it is next again.
    pub fn put_back(&mut self, thing: T) {
        self.returned.push_front(thing);
        self.waiting += 1;
    }

    /// Takes one out of the middle.
    pub fn remove(&mut self, is_it: impl Fn(&T) -> bool) -> Option<T> {
        let lines = self.lines.iter_mut().map(|line| &mut line.things);
        let mut all = std::iter::once(&mut self.returned).chain(lines);
        let found = all.find_map(|things| {
            let at = things.iter().position(&is_it)?;
            things.remove(at)
        })?;
        self.waiting -= 1;
        Some(found)
    }

    /// Visits everything in the order in which it is to be handed out.
    pub fn for_each(&mut self, mut visit: impl FnMut(usize, &mut T)) {
        let mut position = 0;
        for thing in &mut self.returned {
            visit(position, thing);
            position += 1;
        }
        // Only lines that reach into a round are looked at in it.
        let mut rest: Vec<_> = self.lines.iter_mut().map(|l| l.things.iter_mut()).collect();
        while !rest.is_empty() {
            rest.retain_mut(|things| match things.next() {
                Some(thing) => {
                    visit(position, thing);
                    position += 1;
                    true
                }
                None => false,
            });
        }
    }

    fn open_line(&mut self, user: UserId) -> usize {
        let index = self.lines.len();
        self.line_of.insert(user.clone(), self.first + index as u64);
        self.lines.push_back(Line {
            user,
            things: VecDeque::new(),
        });
        index
    }

    fn index(&self, number: u64) -> usize {
        (number - self.first) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn user(number: u8) -> UserId {
        UserId(format!("user-{number}"))
    }

    /// A thing is its user and how many that user had pushed before.
    type Thing = (u8, u32);

    fn drain(turns: &mut Turns<Thing>) -> Vec<Thing> {
        std::iter::from_fn(|| turns.pop()).collect()
    }

    #[test]
    fn one_who_comes_late_with_little_is_next_but_one() {
        let mut turns = Turns::default();
        for number in 0..1000 {
            assert_eq!(turns.push(&user(0), (0, number)).0, number as usize);
        }
        assert_eq!(turns.push(&user(1), (1, 0)).0, 1);
        assert_eq!(turns.pop(), Some((0, 0)));
        assert_eq!(turns.pop(), Some((1, 0)));
        assert_eq!(turns.pop(), Some((0, 1)));
        assert_eq!(turns.len(), 998);
    }

    #[test]
    fn what_comes_back_is_next_again() {
        let mut turns = Turns::default();
        for number in 0..2 {
            turns.push(&user(0), (0, number));
            turns.push(&user(1), (1, number));
        }
        let first = turns.pop().unwrap();
        turns.put_back(first);
        assert_eq!(turns.push(&user(2), (2, 0)).0, 3);
        let order = [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1)];
        assert_eq!(drain(&mut turns), order);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Push(u8),
        Pop,
        PopAndPutBack,
        RemoveLast(u8),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            5 => (0..6u8).prop_map(Step::Push),
            3 => Just(Step::Pop),
            1 => Just(Step::PopAndPutBack),
            1 => (0..6u8).prop_map(Step::RemoveLast),
        ];
        prop::collection::vec(step, 0..120)
    }

    /// What a user has waiting, and who was served since that user was.
    #[derive(Default)]
    struct Waiting {
        things: std::collections::VecDeque<u32>,
        pushed: u32,
        served_meanwhile: BTreeMap<u8, u32>,
    }

    proptest! {
        /// First in first out for each user; nothing lost or made up; and while somebody waits
        /// nobody else has two turns.
        #[test]
        fn everybody_has_a_turn_before_anybody_has_two(steps in steps()) {
            let mut turns: Turns<Thing> = Turns::default();
            let mut known: BTreeMap<u8, Waiting> = BTreeMap::new();
            let mut returned: Vec<Thing> = Vec::new();
            for step in steps {
                match step {
                    Step::Push(who) => {
                        let waiting = known.entry(who).or_default();
                        if waiting.things.is_empty() {
                            waiting.served_meanwhile.clear();
                        }
                        waiting.things.push_back(waiting.pushed);
                        turns.push(&user(who), (who, waiting.pushed));
                        waiting.pushed += 1;
                    }
                    Step::Pop => {
                        let popped = turns.pop();
                        if let Some(back) = returned.pop() {
                            prop_assert_eq!(popped, Some(back), "what came back is next");
                            continue;
                        }
                        let Some((who, number)) = popped else {
                            prop_assert!(known.values().all(|one| one.things.is_empty()));
                            continue;
                        };
                        let first = known.get_mut(&who).and_then(|one| one.things.pop_front());
                        prop_assert_eq!(first, Some(number), "first in first out");
                        for (other, waiting) in &mut known {
                            if *other == who {
                                waiting.served_meanwhile.clear();
                            } else if !waiting.things.is_empty() {
                                let turns = waiting.served_meanwhile.entry(who).or_default();
                                *turns += 1;
                                prop_assert!(*turns <= 1, "{who} had two turns, {other} none");
                            }
                        }
                    }
                    Step::PopAndPutBack => {
                        let Some((who, number)) = turns.pop() else { continue };
                        if returned.pop().is_none() {
                            known.get_mut(&who).unwrap().things.pop_front();
                            for (_, waiting) in known.iter_mut().filter(|(other, _)| **other != who) {
                                *waiting.served_meanwhile.entry(who).or_default() += 1;
                            }
                            known.get_mut(&who).unwrap().served_meanwhile.clear();
                        }
                        turns.put_back((who, number));
                        returned.push((who, number));
                    }
                    Step::RemoveLast(who) => {
                        let Some(number) = known.get_mut(&who).and_then(|one| one.things.pop_back())
                        else { continue };
                        let removed = turns.remove(|thing| *thing == (who, number));
                        prop_assert_eq!(removed, Some((who, number)));
                    }
                }
                let waiting: usize = known.values().map(|one| one.things.len()).sum();
                prop_assert_eq!(turns.len(), waiting + returned.len());
            }
        }

        /// The position that `push` answers, and the order in which `for_each` visits, are the order
        /// of the pops.
        #[test]
        fn positions_are_the_order_of_the_pops(
            whos in prop::collection::vec(0..6u8, 1..60),
            popped in 0..20usize,
            last in 0..6u8,
        ) {
            let mut turns = Turns::default();
            for (number, who) in whos.iter().enumerate() {
                turns.push(&user(*who), (*who, number as u32));
            }
            for _ in 0..popped {
                turns.pop();
            }
            let newest = (last, 1000);
            let position = turns.push(&user(last), newest).0;
            let mut visited = Vec::new();
            turns.for_each(|at, thing| visited.push((at, *thing)));
            let order: Vec<(usize, Thing)> = drain(&mut turns).into_iter().enumerate().collect();
            prop_assert_eq!(&visited, &order);
            prop_assert_eq!(order[position].1, newest);
        }
    }
}
