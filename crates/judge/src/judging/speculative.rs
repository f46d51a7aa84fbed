//! Tests that are run before the walk comes to them, on cores that would be idle.
//!
//! The walk decides everything, in the package's order, as if there were no such thing: it asks for one
//! test after the other, and what was run already saves it the waiting. What it never asks for was run
//! in vain and is forgotten. A test that was run ahead and seemed too slow is run again, for its time
//! was measured beside others.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Scope;

use letscode_package::TestCase;

use crate::judging::cores::{Core, Cores};

/// The tests that the walk will come to if none fails, in its order.
pub(crate) struct Ahead<'a, T> {
    cores: &'a Cores,
    tests: Vec<&'a TestCase>,
    run: &'a (dyn Fn(&TestCase) -> T + Sync),
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    /// Before this one nothing is begun any more.
    next: usize,
    places: Vec<Place<T>>,
}

enum Place<T> {
    Waiting,
    Running,
    Done(T),
    /// Nobody runs it ahead: it was taken over, passed by, or its thread panicked.
    Gone,
}

/// How the walk finds a test that it comes to.
pub(crate) enum Found<'a, T> {
    /// Not begun: to be run now, on this core.
    Due(Core<'a>),
    Done(T),
}

impl<'a, T: Send> Ahead<'a, T> {
    pub fn new(
        cores: &'a Cores,
        tests: Vec<&'a TestCase>,
        run: &'a (dyn Fn(&TestCase) -> T + Sync),
    ) -> Self {
        let places = tests.iter().map(|_| Place::Waiting).collect();
        Ahead {
            cores,
            tests,
            run,
            state: Mutex::new(State { next: 0, places }),
            changed: Condvar::new(),
        }
    }

    /// The walk has come to this test; what lies before it is not wanted any more.
    pub fn come_to<'scope>(
        &'scope self,
        test: &TestCase,
        scope: &'scope Scope<'scope, '_>,
    ) -> Found<'a, T> {
        let place = self.tests.iter().position(|one| std::ptr::eq(*one, test));
        let Some(at) = place.filter(|at| self.pass_to(*at)) else {
            // Its own core first: the others are for what is idle.
            let core = self.cores.take();
            self.fill(scope);
            return Found::Due(core);
        };
        self.fill(scope);
        let waiting = |state: &mut State<T>| matches!(state.places[at], Place::Running);
        let waited = self.changed.wait_while(self.lock(), waiting);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut state.places[at], Place::Gone) {
            Place::Done(done) => Found::Done(done),
            _ => Found::Due(self.cores.take()),
        }
    }

    /// Nothing further is begun once what this returns is dropped.
    pub fn until_dropped(&self) -> impl Drop + '_ {
        CallOff(self)
    }

    /// Whether the test was begun already. If not, it is not begun ahead any more, nor is anything
    /// before it.
    fn pass_to(&self, at: usize) -> bool {
        let mut state = self.lock();
        state.next = state.next.max(at + 1);
        let begun = !matches!(state.places[at], Place::Waiting);
        if !begun {
            state.places[at] = Place::Gone;
        }
        begun
    }

    /// Has every idle core run something.
    pub fn fill<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        while self.has_more() {
            let Some(core) = self.cores.take_idle() else {
                return;
            };
            let Some(begun) = self.begin() else { return };
            scope.spawn(move || self.go_on(core, begun));
        }
    }

    fn go_on<'b>(&'b self, mut core: Core<'a>, mut begun: Begun<'b, 'a, T>) {
        loop {
            begun.end((self.run)(self.tests[begun.at]));
            // Given back first: somebody may wait for it.
            drop(core);
            let Some(next_core) = self.cores.take_idle() else {
                return;
            };
            let Some(next) = self.begin() else { return };
            (core, begun) = (next_core, next);
        }
    }

    fn has_more(&self) -> bool {
        self.lock().next_waiting().is_some()
    }

    fn begin(&self) -> Option<Begun<'_, 'a, T>> {
        let mut state = self.lock();
        let at = state.next_waiting()?;
        state.places[at] = Place::Running;
        state.next = at + 1;
        drop(state);
        Some(Begun { ahead: self, at })
    }

    fn settle(&self, at: usize, place: Place<T>) {
        self.lock().places[at] = place;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn next_waiting(&self) -> Option<usize> {
        let rest = self.places.iter().enumerate().skip(self.next);
        let mut waiting = rest.filter(|(_, place)| matches!(place, Place::Waiting));
        waiting.next().map(|(at, _)| at)
    }
}

/// A test that is being run ahead. Whatever happens to its thread, the walk does not wait for ever.
struct Begun<'b, 'a, T: Send> {
    ahead: &'b Ahead<'a, T>,
    at: usize,
}

impl<T: Send> Begun<'_, '_, T> {
    fn end(&self, done: T) {
        self.ahead.settle(self.at, Place::Done(done));
    }
}

impl<T: Send> Drop for Begun<'_, '_, T> {
    fn drop(&mut self) {
        let running = matches!(self.ahead.lock().places[self.at], Place::Running);
        if running {
            self.ahead.settle(self.at, Place::Gone);
        }
    }
}

struct CallOff<'b, 'a, T: Send>(&'b Ahead<'a, T>);

impl<T: Send> Drop for CallOff<'_, '_, T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.next = state.places.len();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    fn tests(count: u32) -> Vec<TestCase> {
        let test = |number: u32| TestCase {
            number,
            name: format!("secret/{number}"),
            input: PathBuf::new(),
            answer: PathBuf::new(),
            is_sample: false,
            group: 0,
            args: vec![],
            output_validator_args: vec![],
            files: vec![],
            full_feedback: false,
            hint: None,
            description: None,
        };
        (1..=count).map(test).collect()
    }

    /// Walks over the wanted tests and answers what each came to, and how often each was run.
    fn walk(cores: usize, count: u32, wanted: &[usize]) -> (Vec<u32>, BTreeMap<u32, u32>, usize) {
        let cores = Cores::new(cores);
        let all = tests(count);
        let runs = Mutex::new(BTreeMap::new());
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let run = |test: &TestCase| {
            let at_once = now.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(at_once, Ordering::SeqCst);
            *runs.lock().unwrap().entry(test.number).or_insert(0) += 1;
            // Later ones are done earlier.
            thread::sleep(Duration::from_millis(u64::from(20 - test.number.min(18))));
            now.fetch_sub(1, Ordering::SeqCst);
            test.number * 10
        };
        let ahead = Ahead::new(&cores, all.iter().collect(), &run);
        let results = thread::scope(|scope| {
            let _end = ahead.until_dropped();
            let wanted = wanted
                .iter()
                .map(|at| match ahead.come_to(&all[*at], scope) {
                    Found::Done(done) => done,
                    Found::Due(_core) => run(&all[*at]),
                });
            wanted.collect()
        });
        (results, runs.into_inner().unwrap(), most.into_inner())
    }

    #[test]
    fn what_comes_out_is_what_comes_out_one_by_one() {
        for cores in [1, 2, 4] {
            let wanted: Vec<usize> = (0..12).collect();
            let (results, runs, most) = walk(cores, 12, &wanted);
            let expected: Vec<u32> = (1..=12).map(|number| number * 10).collect();
            assert_eq!(results, expected, "{cores} cores");
            assert!(runs.values().all(|times| *times == 1), "{runs:?}");
            assert_eq!(runs.len(), 12);
            assert_eq!(most, cores, "all cores, and no more");
        }
    }

    #[test]
    fn what_is_not_wanted_is_called_off() {
        let (results, runs, _) = walk(2, 18, &[0, 1, 12]);
        assert_eq!(results, [10, 20, 130]);
        // Those that were begun before the walk passed them by; hardly more than one for each step.
        assert!(runs.len() <= 7, "{runs:?}");
        let (_, runs, _) = walk(1, 18, &[0, 1, 12]);
        assert_eq!(runs.len(), 3, "one core runs nothing in vain: {runs:?}");
    }

    #[test]
    fn a_panic_ahead_does_not_hang_the_walk() {
        let cores = Cores::new(2);
        let all = tests(2);
        let run = |test: &TestCase| assert_ne!(test.number, 2);
        let ahead = Ahead::new(&cores, all.iter().collect(), &run);
        let mut found = Vec::new();
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            thread::scope(|scope| {
                for test in &all {
                    found.push(matches!(ahead.come_to(test, scope), Found::Due(_)));
                }
            });
        }));
        assert!(ended.is_err(), "the panic is not swallowed");
        assert_eq!(found, [true, true], "the walk came to its end");
    }
}
