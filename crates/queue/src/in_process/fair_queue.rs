//! Round-robin between users. Pure logic: no clock, no lock, no jobs.
//!
//! Each user has a first-in-first-out queue and the users take turns, so waiting times depend on how
//! many users wait and not on how much one of them sent.

use std::collections::{HashMap, VecDeque};

use letscode_model::UserId;

/// Items that wait, in one queue per user.
#[derive(Debug)]
pub(super) struct FairQueue<T> {
    /// Items that were popped and put back. They come before all others and take no turn: their users
    /// have spent theirs already.
    returned: VecDeque<T>,
    /// Queues in the order of their next turns. An empty one is skipped.
    user_queues: VecDeque<UserQueue<T>>,
    /// Number of the first of `user_queues`; the others follow without a gap.
    first_number: u64,
    /// Number of each user's queue.
    numbers: HashMap<UserId, u64>,
    len: usize,
}

#[derive(Debug)]
struct UserQueue<T> {
    user: UserId,
    items: VecDeque<T>,
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        FairQueue {
            returned: VecDeque::new(),
            user_queues: VecDeque::new(),
            first_number: 0,
            numbers: HashMap::new(),
            len: 0,
        }
    }
}

impl<T> FairQueue<T> {
    pub fn len(&self) -> usize {
        self.len
    }

    /// Appends an item to its user's queue. Returns how many items will be popped before it if no
    /// others come, and the item in its place.
    pub fn push(&mut self, user: &UserId, item: T) -> (usize, Option<&mut T>) {
        let index = match self.numbers.get(user) {
            Some(number) => self.index(*number),
            None => self.add_user(user.clone()),
        };
        let queue = &mut self.user_queues[index];
        queue.items.push_back(item);
        let round = queue.items.len() - 1;
        self.len += 1;
        let position = self.returned.len() + self.count_before(index, round);
        (position, self.user_queues[index].items.back_mut())
    }

    /// Returns how many items come before the item at `round` of the queue at `index`.
    fn count_before(&self, index: usize, round: usize) -> usize {
        let turns = self.user_queues.iter().enumerate().map(|(at, queue)| {
            // A user whose turn is earlier will have had one more by then.
            let turns = round + usize::from(at < index);
            queue.items.len().min(turns)
        });
        turns.sum()
    }

    /// Removes the next item. Its user's next turn is after that of all other users.
    pub fn pop(&mut self) -> Option<T> {
        if let Some(item) = self.returned.pop_front() {
            self.len -= 1;
            return Some(item);
        }
        while let Some(mut queue) = self.user_queues.pop_front() {
            self.first_number += 1;
            let next = queue.items.pop_front();
            if queue.items.is_empty() {
                self.numbers.remove(&queue.user);
            } else {
                let number = self.first_number + self.user_queues.len() as u64;
                self.numbers.insert(queue.user.clone(), number);
                self.user_queues.push_back(queue);
            }
            if next.is_some() {
                self.len -= 1;
                return next;
            }
        }
        None
    }

    /// Puts a popped item back: it is next again.
    pub fn put_back(&mut self, item: T) {
        self.returned.push_front(item);
        self.len += 1;
    }

    /// Removes the first item that matches, wherever it is.
    pub fn remove(&mut self, matches: impl Fn(&T) -> bool) -> Option<T> {
        let queues = self.user_queues.iter_mut().map(|queue| &mut queue.items);
        let mut all = std::iter::once(&mut self.returned).chain(queues);
        let removed = all.find_map(|items| {
            let at = items.iter().position(&matches)?;
            items.remove(at)
        })?;
        self.len -= 1;
        Some(removed)
    }

    /// Visits all items in the order in which they will be popped.
    pub fn for_each(&mut self, mut visit: impl FnMut(usize, &mut T)) {
        let mut position = 0;
        for item in &mut self.returned {
            visit(position, item);
            position += 1;
        }
        // A round costs only as much as there are queues that reach into it.
        let queues = self.user_queues.iter_mut();
        let mut unfinished: Vec<_> = queues.map(|queue| queue.items.iter_mut()).collect();
        while !unfinished.is_empty() {
            unfinished.retain_mut(|items| {
                let next = items.next();
                let has_more = next.is_some();
                if let Some(item) = next {
                    visit(position, item);
                    position += 1;
                }
                has_more
            });
        }
    }

    fn add_user(&mut self, user: UserId) -> usize {
        let index = self.user_queues.len();
        let number = self.first_number + index as u64;
        self.numbers.insert(user.clone(), number);
        self.user_queues.push_back(UserQueue {
            user,
            items: VecDeque::new(),
        });
        index
    }

    fn index(&self, number: u64) -> usize {
        (number - self.first_number) as usize
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

    /// A user and how many items that user had pushed before.
    type Item = (u8, u32);

    fn drain(queue: &mut FairQueue<Item>) -> Vec<Item> {
        std::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn a_late_user_is_served_second() {
        let mut queue = FairQueue::default();
        for number in 0..1000 {
            assert_eq!(queue.push(&user(0), (0, number)).0, number as usize);
        }
        assert_eq!(queue.push(&user(1), (1, 0)).0, 1);
        assert_eq!(queue.pop(), Some((0, 0)));
        assert_eq!(queue.pop(), Some((1, 0)));
        assert_eq!(queue.pop(), Some((0, 1)));
        assert_eq!(queue.len(), 998);
    }

    #[test]
    fn items_put_back_are_next() {
        let mut queue = FairQueue::default();
        for number in 0..2 {
            queue.push(&user(0), (0, number));
            queue.push(&user(1), (1, number));
        }
        let first = queue.pop().unwrap();
        queue.put_back(first);
        assert_eq!(queue.push(&user(2), (2, 0)).0, 3);
        let order = [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1)];
        assert_eq!(drain(&mut queue), order);
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

    /// The items of a user, and the turns of the others since that user's last one.
    #[derive(Default)]
    struct UserModel {
        items: std::collections::VecDeque<u32>,
        pushed: u32,
        turns_of_others: BTreeMap<u8, u32>,
    }

    proptest! {
        /// First in first out for each user; nothing lost or made up; and while a user waits
        /// no other has two turns.
        #[test]
        fn no_user_has_two_turns_while_another_waits(steps in steps()) {
            let mut queue: FairQueue<Item> = FairQueue::default();
            let mut users: BTreeMap<u8, UserModel> = BTreeMap::new();
            let mut returned: Vec<Item> = Vec::new();
            for step in steps {
                match step {
                    Step::Push(who) => {
                        let model = users.entry(who).or_default();
                        if model.items.is_empty() {
                            model.turns_of_others.clear();
                        }
                        model.items.push_back(model.pushed);
                        queue.push(&user(who), (who, model.pushed));
                        model.pushed += 1;
                    }
                    Step::Pop => {
                        let popped = queue.pop();
                        if let Some(back) = returned.pop() {
                            prop_assert_eq!(popped, Some(back), "returned items are next");
                            continue;
                        }
                        let Some((who, number)) = popped else {
                            prop_assert!(users.values().all(|user| user.items.is_empty()));
                            continue;
                        };
                        let first = users.get_mut(&who).and_then(|user| user.items.pop_front());
                        prop_assert_eq!(first, Some(number), "first in first out");
                        for (name, model) in &mut users {
                            if *name == who {
                                model.turns_of_others.clear();
                            } else if !model.items.is_empty() {
                                let count = model.turns_of_others.entry(who).or_default();
                                *count += 1;
                                prop_assert!(*count <= 1, "{who} had two turns, {name} none");
                            }
                        }
                    }
                    Step::PopAndPutBack => {
                        let Some((who, number)) = queue.pop() else { continue };
                        if returned.pop().is_none() {
                            users.get_mut(&who).unwrap().items.pop_front();
                            for (_, model) in users.iter_mut().filter(|(name, _)| **name != who) {
                                *model.turns_of_others.entry(who).or_default() += 1;
                            }
                            users.get_mut(&who).unwrap().turns_of_others.clear();
                        }
                        queue.put_back((who, number));
                        returned.push((who, number));
                    }
                    Step::RemoveLast(who) => {
                        let Some(number) = users.get_mut(&who).and_then(|user| user.items.pop_back())
                        else { continue };
                        let removed = queue.remove(|item| *item == (who, number));
                        prop_assert_eq!(removed, Some((who, number)));
                    }
                }
                let waiting: usize = users.values().map(|user| user.items.len()).sum();
                prop_assert_eq!(queue.len(), waiting + returned.len());
            }
        }

        /// The position that `push` returns and the order in which `for_each` visits are the order
        /// of the pops.
        #[test]
        fn positions_are_the_order_of_pops(
            whos in prop::collection::vec(0..6u8, 1..60),
            popped in 0..20usize,
            last in 0..6u8,
        ) {
            let mut queue = FairQueue::default();
            for (number, who) in whos.iter().enumerate() {
                queue.push(&user(*who), (*who, number as u32));
            }
            for _ in 0..popped {
                queue.pop();
            }
            let newest = (last, 1000);
            let position = queue.push(&user(last), newest).0;
            let mut visited = Vec::new();
            queue.for_each(|at, item| visited.push((at, *item)));
            let order: Vec<(usize, Item)> = drain(&mut queue).into_iter().enumerate().collect();
            prop_assert_eq!(&visited, &order);
            prop_assert_eq!(order[position].1, newest);
        }
    }
}
