use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Number of outdated places in the order that is not worth clearing up.
const FEW_PLACES: usize = 64;

/// Bounds of a room.
pub(super) struct RoomLimits {
    /// Size of all values together, in bytes.
    pub bytes: usize,
    /// Share of one owner.
    pub bytes_of_owner: usize,
    pub count: usize,
}

/// Values that are kept for a time, the oldest of which go first where there is no room left; of the
/// same owner if it is the owner's share that is full.
pub(super) struct Room<K, V> {
    limits: RoomLimits,
    entries: HashMap<K, RoomEntry<V>>,
    /// Ids in the order of their last change; with those that are gone, or are there again further on.
    order: VecDeque<(K, u64)>,
    owner_bytes: HashMap<String, usize>,
    bytes: usize,
    last_change: u64,
}

/// A value that is put into a room.
pub(super) struct RoomValue<V> {
    pub value: V,
    /// Size by which it is counted, in bytes.
    pub size: usize,
    pub keep_for: Duration,
}

struct RoomEntry<V> {
    value: V,
    owner: String,
    size: usize,
    change: u64,
    ends: Instant,
}

impl<K: Hash + Eq + Clone, V> Room<K, V> {
    pub fn new(limits: RoomLimits) -> Self {
        Room {
            limits,
            entries: HashMap::new(),
            order: VecDeque::new(),
            owner_bytes: HashMap::new(),
            bytes: 0,
            last_change: 0,
        }
    }

    pub fn keep(&mut self, owner: &str, id: K, new: RoomValue<V>, now: Instant) {
        self.remove(&id);
        self.remove_expired(now);
        self.make_room(owner, new.size);
        self.last_change += 1;
        self.bytes += new.size;
        *self.owner_bytes.entry(owner.to_owned()).or_default() += new.size;
        self.order.push_back((id.clone(), self.last_change));
        let entry = RoomEntry {
            owner: owner.to_owned(),
            size: new.size,
            change: self.last_change,
            ends: now + new.keep_for,
            value: new.value,
        };
        self.entries.insert(id, entry);
    }

    pub fn get(&self, id: &K, now: Instant) -> Option<&V> {
        let entry = self.entries.get(id)?;
        (entry.ends > now).then_some(&entry.value)
    }

    pub fn owner(&self, id: &K, now: Instant) -> Option<&str> {
        let entry = self.entries.get(id)?;
        (entry.ends > now).then_some(entry.owner.as_str())
    }

    fn make_room(&mut self, owner: &str, size: usize) {
        let max_of_owner = self.limits.bytes_of_owner;
        while self.of_owner(owner) > 0 && self.of_owner(owner) + size > max_of_owner {
            self.remove_oldest(|entry| entry.owner == owner);
        }
        while !self.entries.is_empty() && self.is_full(size) {
            self.remove_oldest(|_| true);
        }
        if self.order.len() > 2 * self.entries.len() + FEW_PLACES {
            let entries = &self.entries;
            self.order.retain(|(id, change)| {
                let entry = entries.get(id);
                entry.is_some_and(|entry| entry.change == *change)
            });
        }
    }

    fn is_full(&self, size: usize) -> bool {
        self.bytes + size > self.limits.bytes || self.entries.len() >= self.limits.count
    }

    fn of_owner(&self, owner: &str) -> usize {
        self.owner_bytes.get(owner).copied().unwrap_or(0)
    }

    fn remove_oldest(&mut self, is_candidate: impl Fn(&RoomEntry<V>) -> bool) {
        let is_current = |(id, change): &&(K, u64)| {
            let entry = self.entries.get(id);
            entry.is_some_and(|entry| entry.change == *change && is_candidate(entry))
        };
        let oldest = self.order.iter().find(is_current);
        if let Some(id) = oldest.map(|(id, _)| id.clone()) {
            self.remove(&id);
        }
    }

    /// Removes the expired at the front; later ones may be kept for a shorter time, and go when they are
    /// at the front.
    fn remove_expired(&mut self, now: Instant) {
        while let Some((id, change)) = self.order.front().cloned() {
            let entry = self.entries.get(&id).filter(|entry| entry.change == change);
            match entry {
                Some(entry) if entry.ends > now => return,
                Some(_) => self.remove(&id),
                None => {}
            }
            self.order.pop_front();
        }
    }

    pub fn remove_all_of(&mut self, owner: &str) {
        let of_owner = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.owner == owner);
        let ids: Vec<K> = of_owner.map(|(id, _)| id.clone()).collect();
        for id in ids {
            self.remove(&id);
        }
    }

    pub fn remove(&mut self, id: &K) {
        let Some(entry) = self.entries.remove(id) else {
            return;
        };
        self.bytes -= entry.size;
        if let Some(bytes) = self.owner_bytes.get_mut(&entry.owner) {
            *bytes -= entry.size;
            if *bytes == 0 {
                self.owner_bytes.remove(&entry.owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const SECOND: Duration = Duration::from_secs(1);

    fn room() -> Room<u32, &'static str> {
        Room::new(RoomLimits {
            bytes: 100,
            bytes_of_owner: 30,
            count: 50,
        })
    }

    fn value(size: usize, keep_for: Duration) -> RoomValue<&'static str> {
        RoomValue {
            value: "x",
            size,
            keep_for,
        }
    }

    #[test]
    fn values_are_kept_for_their_time() {
        let (mut room, now) = (room(), Instant::now());
        room.keep("ada", 1, value(1, 3 * SECOND), now);
        room.keep("ada", 2, value(1, SECOND), now);
        assert_eq!(room.get(&1, now), Some(&"x"));
        assert_eq!(room.get(&2, now + SECOND), None);
        room.keep("ada", 3, value(1, SECOND), now + 4 * SECOND);
        assert_eq!(room.entries.len(), 1, "the expired are gone");
        assert_eq!(room.bytes, room.of_owner("ada"));
    }

    #[test]
    fn owners_only_displace_their_own_values() {
        let (mut room, now) = (room(), Instant::now());
        room.keep("ada", 1, value(1, HOUR), now);
        for id in 2..1000 {
            room.keep("bob", id, value(10, HOUR), now);
        }
        let kept: Vec<u32> = (1..1000).filter(|id| room.get(id, now).is_some()).collect();
        assert_eq!(kept, [1, 997, 998, 999]);
        assert!(room.order.len() < 200, "{}", room.order.len());
    }

    #[test]
    fn the_oldest_of_all_go_first_when_the_room_is_full() {
        let (mut room, now) = (room(), Instant::now());
        for id in 0..20 {
            room.keep(&id.to_string(), id, value(10, HOUR), now);
        }
        let kept: Vec<u32> = (0..20).filter(|id| room.get(id, now).is_some()).collect();
        assert!(kept.into_iter().eq(10..20));
    }
}
