//! Turns by slot time. Pure logic: no clock, no lock, no jobs.
//!
//! Three levels of nodes: shares, users within them, lanes within those. Each node has a *virtual
//! time*: the milliseconds of slot time that it used, and the child with the least goes next. A child
//! that joins starts at the clock of its parent, which is the virtual time of the last child that was
//! served, so that nobody saves up turns. Ties go in the order of joining.

use std::collections::{BTreeSet, HashMap, VecDeque};

use crate::turns::{MAX_DEBT, TurnPath};

/// Items that wait, in one queue per lane of each user.
#[derive(Debug)]
pub(super) struct TurnTree<T> {
    /// Items that were popped and put back. They come before all others.
    returned: VecDeque<(TurnPath, T)>,
    root: TurnNode<T>,
    /// Virtual times of shares that left while they owed slot time, and when that is forgotten.
    debts: HashMap<String, (u64, u64)>,
    last_sequence: u64,
}

#[derive(Debug)]
struct TurnNode<T> {
    virtual_time: u64,
    /// Order among equal virtual times.
    sequence: u64,
    /// Virtual time at which children join.
    clock: u64,
    waiting: usize,
    running: u32,
    children: HashMap<String, TurnNode<T>>,
    /// Children with items that wait, in the order of their turns.
    order: BTreeSet<(u64, u64, String)>,
    /// Items of a lane, first in first out.
    items: VecDeque<T>,
}

impl<T> TurnNode<T> {
    fn new(virtual_time: u64) -> Self {
        TurnNode {
            virtual_time,
            sequence: 0,
            clock: 0,
            waiting: 0,
            running: 0,
            children: HashMap::new(),
            order: BTreeSet::new(),
            items: VecDeque::new(),
        }
    }

    fn child(&mut self, key: &str) -> &mut TurnNode<T> {
        let clock = self.clock;
        let child = self.children.entry(key.to_owned());
        child.or_insert_with(|| TurnNode::new(clock))
    }

    fn join(&mut self, path: &[&str], sequence: u64, item: T) {
        self.waiting += 1;
        let Some((key, below)) = path.split_first() else {
            return self.items.push_back(item);
        };
        let clock = self.clock;
        let child = self.child(key);
        let is_new = child.waiting == 0;
        if is_new {
            child.virtual_time = child.virtual_time.max(clock);
            child.sequence = sequence;
        }
        child.join(below, sequence, item);
        if is_new {
            let turn = (child.virtual_time, sequence, (*key).to_owned());
            self.order.insert(turn);
        }
    }

    /// Removes the first item of the child `key`, or of the one whose turn it is.
    fn take(&mut self, key: Option<String>, sequence: u64) -> Option<T> {
        let key = key.or_else(|| self.order.first().map(|turn| turn.2.clone()));
        let item = match key {
            Some(key) => {
                let clock = self.clock;
                let child = self.children.get_mut(&key)?;
                let turn = (child.virtual_time, child.sequence, key);
                // A newcomer may be taken out of turn, and says nothing about the others' times.
                if self.order.first() == Some(&turn) {
                    self.clock = clock.max(child.virtual_time);
                }
                self.order.remove(&turn);
                child.sequence = sequence;
                let item = child.take(None, sequence)?;
                if child.waiting > 0 {
                    self.order.insert((child.virtual_time, sequence, turn.2));
                }
                item
            }
            None => self.items.pop_front()?,
        };
        self.waiting -= 1;
        Some(item)
    }

    /// Adds used slot time to all nodes of a path.
    fn charge(&mut self, path: &[&str], millis: u64) {
        let Some((key, below)) = path.split_first() else {
            return;
        };
        let child = self.child(key);
        let before = child.virtual_time;
        child.virtual_time += millis;
        child.charge(below, millis);
        let (after, sequence) = (child.virtual_time, child.sequence);
        if self.order.remove(&(before, sequence, (*key).to_owned())) {
            self.order.insert((after, sequence, (*key).to_owned()));
        }
    }

    fn start(&mut self, path: &[&str]) {
        self.running += 1;
        if let Some((key, below)) = path.split_first() {
            self.child(key).start(below);
        }
    }

    /// Counts a running item out. Returns the virtual time of the child if it left.
    fn finish(&mut self, path: &[&str]) -> Option<u64> {
        self.running = self.running.saturating_sub(1);
        let (key, below) = path.split_first()?;
        let child = self.child(key);
        child.finish(below);
        self.leave_if_idle(key)
    }

    fn leave_if_idle(&mut self, key: &str) -> Option<u64> {
        let child = self.children.get(key)?;
        if child.waiting > 0 || child.running > 0 {
            return None;
        }
        let child = self.children.remove(key)?;
        Some(child.virtual_time)
    }

    /// Removes the first item that matches.
    fn remove(&mut self, matches: &impl Fn(&T) -> bool) -> Option<T> {
        let own = self.items.iter().position(matches);
        let removed = match own {
            Some(at) => self.items.remove(at)?,
            None => {
                let mut children = self.children.iter_mut();
                let (key, removed) = children
                    .find_map(|(key, child)| Some((key.clone(), child.remove(matches)?)))?;
                let child = self.children.get(&key)?;
                if child.waiting == 0 {
                    let turn = (child.virtual_time, child.sequence, key);
                    self.order.remove(&turn);
                    self.leave_if_idle(&turn.2);
                }
                removed
            }
        };
        self.waiting -= 1;
        Some(removed)
    }

    /// Returns how many items come before the last of a lane, if every turn costs the same.
    fn position(&self, path: &[&str]) -> usize {
        let Some((key, below)) = path.split_first() else {
            return self.items.len() - 1;
        };
        let Some(child) = self.children.get(*key) else {
            return 0;
        };
        let rank = child.position(below);
        let own = (child.virtual_time, child.sequence);
        let siblings = self.order.iter().filter(|turn| turn.2 != **key);
        let turns = siblings.map(|(virtual_time, sequence, sibling)| {
            // A sibling whose turn is earlier will have had one more by then.
            let turns = rank + usize::from((*virtual_time, *sequence) < own);
            self.children[sibling].waiting.min(turns)
        });
        rank + turns.sum::<usize>()
    }

    fn last_item(&mut self, path: &[&str]) -> Option<&mut T> {
        match path.split_first() {
            None => self.items.back_mut(),
            Some((key, below)) => self.children.get_mut(*key)?.last_item(below),
        }
    }

    /// Lists the items in the order of their turns, if every turn costs the same.
    fn in_order(&mut self) -> Vec<&mut T> {
        let mut children: Vec<_> = self.children.values_mut().collect();
        children.retain(|child| child.waiting > 0);
        children.sort_by_key(|child| (child.virtual_time, child.sequence));
        let queues = children.into_iter().map(|child| child.in_order());
        let mut queues: Vec<_> = queues.map(Vec::into_iter).collect();
        let mut all: Vec<&mut T> = self.items.iter_mut().collect();
        while !queues.is_empty() {
            // A round costs only as much as there are children that reach into it.
            queues.retain_mut(|queue| {
                let next = queue.next();
                let has_more = next.is_some();
                all.extend(next);
                has_more
            });
        }
        all
    }
}

impl<T> Default for TurnTree<T> {
    fn default() -> Self {
        TurnTree {
            returned: VecDeque::new(),
            root: TurnNode::new(0),
            debts: HashMap::new(),
            last_sequence: 0,
        }
    }
}

impl<T> TurnTree<T> {
    pub fn len(&self) -> usize {
        self.returned.len() + self.root.waiting
    }

    /// Appends an item to its lane. Returns how many items come before it, if no others come and
    /// every turn costs the same, and the item in its place.
    pub fn push(&mut self, path: &TurnPath, item: T, now: u64) -> (usize, Option<&mut T>) {
        let keys = path.keys();
        self.last_sequence += 1;
        self.recall_debt(&path.share, now);
        self.root.join(&keys, self.last_sequence, item);
        let position = self.returned.len() + self.root.position(&keys);
        (position, self.root.last_item(&keys))
    }

    fn recall_debt(&mut self, share: &str, now: u64) {
        if self.root.children.contains_key(share) {
            return;
        }
        if let Some(&(virtual_time, until)) = self.debts.get(share)
            && until > now
        {
            let child = self.root.child(share);
            child.virtual_time = virtual_time.max(child.virtual_time);
        }
    }

    /// Removes the next item and charges its first `quantum` of slot time. With `newcomers_only` that
    /// is the next one of a share that has nothing running.
    pub fn pop(
        &mut self,
        newcomers_only: bool,
        quantum: impl Fn(&TurnPath) -> u64,
    ) -> Option<(TurnPath, T)>
    where
        T: HasPath,
    {
        let running = |share: &str| {
            let child = self.root.children.get(share);
            child.is_some_and(|child| child.running > 0)
        };
        let is_allowed = |share: &str| !newcomers_only || !running(share);
        let returned = self
            .returned
            .iter()
            .position(|(path, _)| is_allowed(&path.share));
        let (path, item) = match returned {
            Some(at) => self.returned.remove(at)?,
            None => {
                let mut turns = self.root.order.iter();
                let share = turns.find(|turn| is_allowed(&turn.2))?.2.clone();
                self.last_sequence += 1;
                let item = self.root.take(Some(share), self.last_sequence)?;
                (item.path(), item)
            }
        };
        let keys = path.keys();
        self.root.start(&keys);
        self.root.charge(&keys, quantum(&path));
        Some((path, item))
    }

    /// True if a share has no item that waits, and at most one that runs.
    pub fn has_one_item(&self, share: &str) -> bool {
        let is_returned = self.returned.iter().any(|(path, _)| path.share == share);
        let child = self.root.children.get(share);
        !is_returned && child.is_none_or(|child| child.waiting == 0 && child.running <= 1)
    }

    /// Charges slot time that a popped item has used.
    pub fn charge(&mut self, path: &TurnPath, millis: u64) {
        self.root.charge(&path.keys(), millis);
    }

    /// Ends the slot time of a popped item.
    pub fn finish(&mut self, path: &TurnPath, now: u64) {
        let Some(virtual_time) = self.root.finish(&path.keys()) else {
            return;
        };
        let clock = self.root.clock;
        let owed = virtual_time.saturating_sub(clock).min(MAX_DEBT);
        if owed > 0 {
            self.debts.retain(|_, (_, until)| *until > now);
            let debt = (clock + owed, now + owed);
            self.debts.insert(path.share.clone(), debt);
        }
    }

    /// Puts a popped item back, which also finishes it: it is next again.
    pub fn put_back(&mut self, path: TurnPath, item: T, now: u64) {
        self.finish(&path, now);
        self.returned.push_front((path, item));
    }

    /// Removes the first item that matches, wherever it is.
    pub fn remove(&mut self, matches: impl Fn(&T) -> bool) -> Option<T> {
        let returned = self.returned.iter().position(|(_, item)| matches(item));
        match returned {
            Some(at) => self.returned.remove(at).map(|(_, item)| item),
            None => self.root.remove(&matches),
        }
    }

    /// Visits all items in the order in which they will be popped, if every turn costs the same.
    pub fn for_each(&mut self, mut visit: impl FnMut(usize, &mut T)) {
        let returned = self.returned.iter_mut().map(|(_, item)| item);
        let all = returned.chain(self.root.in_order());
        for (position, item) in all.enumerate() {
            visit(position, item);
        }
    }
}

/// An item that knows its place in the order of turns.
pub(super) trait HasPath {
    fn path(&self) -> TurnPath;
}

#[cfg(test)]
mod tests;
