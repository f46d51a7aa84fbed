//! One works, and all others who want the same wait for it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::execute::priority::Urgency;

/// What is being worked on, by key.
#[derive(Debug)]
pub struct Flights<K, V> {
    in_the_air: Mutex<HashMap<K, Arc<Flight<V>>>>,
}

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Flights {
            in_the_air: Mutex::default(),
        }
    }
}

#[derive(Debug)]
struct Flight<V> {
    urgency: Arc<Urgency>,
    state: Mutex<State<V>>,
    ended: Condvar,
}

#[derive(Debug)]
enum State<V> {
    InTheAir,
    Landed(V),
    Lost,
}

/// How a value was come by.
#[derive(Debug, PartialEq, Eq)]
pub enum Arrival<V> {
    Own(V),
    Shared(V),
}

impl<K: Copy + Eq + Hash, V: Clone> Flights<K, V> {
    /// Runs `work`, or waits for another thread's with the same key. When that one fails, however
    /// it does, the next one tries; an error goes only to the caller whose work it was. Work that was begun
    /// before anybody asked for it becomes due with the first who waits for it; what came of it is given to
    /// others if it `is_for_all`, and is no more than lost if not.
    pub fn take<E>(
        &self,
        key: K,
        urgency: &Arc<Urgency>,
        is_for_all: impl FnOnce(&V) -> bool,
        work: impl FnOnce() -> Result<V, E>,
    ) -> Result<Arrival<V>, E> {
        loop {
            let flight = match self.board(key, urgency) {
                Boarding::Pilot(mut pilot) => {
                    let value = work()?;
                    if is_for_all(&value) {
                        pilot.end = State::Landed(value.clone());
                    }
                    return Ok(Arrival::Own(value));
                }
                Boarding::Passenger(flight) => flight,
            };
            if urgency.is_due() {
                flight.urgency.becomes_due();
            }
            if let Some(value) = flight.wait() {
                return Ok(Arrival::Shared(value));
            }
        }
    }

    fn board(&self, key: K, urgency: &Arc<Urgency>) -> Boarding<'_, K, V> {
        let mut in_the_air = lock(&self.in_the_air);
        if let Some(flight) = in_the_air.get(&key) {
            return Boarding::Passenger(flight.clone());
        }
        let flight = Arc::new(Flight {
            urgency: urgency.clone(),
            state: Mutex::new(State::InTheAir),
            ended: Condvar::new(),
        });
        in_the_air.insert(key, flight.clone());
        Boarding::Pilot(Pilot {
            flights: self,
            key,
            flight,
            end: State::Lost,
        })
    }
}

enum Boarding<'a, K: Eq + Hash, V> {
    Pilot(Pilot<'a, K, V>),
    Passenger(Arc<Flight<V>>),
}

/// Ends the flight when it is dropped, also by an error or a panic.
struct Pilot<'a, K: Eq + Hash, V> {
    flights: &'a Flights<K, V>,
    key: K,
    flight: Arc<Flight<V>>,
    end: State<V>,
}

impl<K: Eq + Hash, V> Drop for Pilot<'_, K, V> {
    fn drop(&mut self) {
        lock(&self.flights.in_the_air).remove(&self.key);
        *lock(&self.flight.state) = std::mem::replace(&mut self.end, State::Lost);
        self.flight.ended.notify_all();
    }
}

impl<V: Clone> Flight<V> {
    /// `None`: nothing came of it.
    fn wait(&self) -> Option<V> {
        let mut state = lock(&self.state);
        loop {
            match &*state {
                State::Landed(value) => return Some(value.clone()),
                State::Lost => return None,
                State::InTheAir => {
                    let woken = self.ended.wait(state);
                    state = woken.unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
