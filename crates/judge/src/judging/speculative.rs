//! Speculative runs: tests that are run on idle cores before judging needs them.
//!
//! The walk over the groups decides everything, in the package's order, as if there were no
//! speculation: it takes one test after the other, and a result that is there already saves it the
//! wait. Results that it never takes are dropped. A test that was too slow is run again, for its time
//! was measured beside others.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Scope;

use super::cores::{CoreGuard, CorePool};
use crate::execute::priority::Priority;

/// Tests in the order in which judging will need them if none fails.
pub(crate) struct SpeculativeRuns<'a, C, T> {
    cores: &'a CorePool,
    priority: Priority,
    tests: Vec<&'a C>,
    run: &'a (dyn Fn(&C) -> T + Sync),
    queue: Mutex<RunQueue<T>>,
    changed: Condvar,
}

struct RunQueue<T> {
    /// No test before this one is started any more.
    next: usize,
    runs: Vec<RunState<T>>,
}

enum RunState<T> {
    Waiting,
    Running,
    Done(T),
    /// It was taken or skipped, or its thread panicked.
    Abandoned,
}

/// State of a test when judging needs it.
pub(crate) enum RunLookup<'a, T> {
    /// To be run now, on this core.
    NotStarted(CoreGuard<'a>),
    Done(T),
}

impl<'a, C: Sync, T: Send> SpeculativeRuns<'a, C, T> {
    pub fn new(
        cores: &'a CorePool,
        priority: Priority,
        tests: Vec<&'a C>,
        run: &'a (dyn Fn(&C) -> T + Sync),
    ) -> Self {
        let runs = tests.iter().map(|_| RunState::Waiting).collect();
        SpeculativeRuns {
            cores,
            priority,
            tests,
            run,
            queue: Mutex::new(RunQueue { next: 0, runs }),
            changed: Condvar::new(),
        }
    }

    /// Takes the result of a test, waiting for it if the test is running. Tests before it are not
    /// started any more.
    pub fn take<'scope>(
        &'scope self,
        test: &C,
        scope: &'scope Scope<'scope, '_>,
    ) -> RunLookup<'a, T> {
        let position = self.tests.iter().position(|own| std::ptr::eq(*own, test));
        let Some(index) = position.filter(|index| self.advance_to(*index)) else {
            // A core for this test first: speculative runs get the idle ones.
            let core = self.cores.take(self.priority);
            self.use_idle_cores(scope);
            return RunLookup::NotStarted(core);
        };
        self.use_idle_cores(scope);
        let is_running = |queue: &mut RunQueue<T>| matches!(queue.runs[index], RunState::Running);
        let waited = self.changed.wait_while(self.lock(), is_running);
        let mut queue = waited.unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut queue.runs[index], RunState::Abandoned) {
            RunState::Done(result) => RunLookup::Done(result),
            _ => RunLookup::NotStarted(self.cores.take(self.priority)),
        }
    }

    /// Returns a guard that stops further runs when it is dropped.
    pub fn stop_on_drop(&self) -> impl Drop + '_ {
        StopGuard(self)
    }

    /// Returns true if the test was started already. If not, neither it nor any test before it is
    /// started speculatively any more.
    fn advance_to(&self, index: usize) -> bool {
        let mut queue = self.lock();
        queue.next = queue.next.max(index + 1);
        let is_started = !matches!(queue.runs[index], RunState::Waiting);
        if !is_started {
            queue.runs[index] = RunState::Abandoned;
        }
        is_started
    }

    /// Starts a test on every idle core.
    pub fn use_idle_cores<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        while self.has_more() {
            let Some(core) = self.cores.take_idle(self.priority) else {
                return;
            };
            let Some(run) = self.start_next() else { return };
            scope.spawn(move || self.run_until_busy(core, run));
        }
    }

    /// Runs tests for as long as there is an idle core.
    fn run_until_busy<'b>(&'b self, mut core: CoreGuard<'a>, mut run: StartedRun<'b, 'a, C, T>) {
        loop {
            run.finish((self.run)(self.tests[run.index]));
            // Given back first: another run may wait for it.
            drop(core);
            let Some(next_core) = self.cores.take_idle(self.priority) else {
                return;
            };
            let Some(next_run) = self.start_next() else {
                return;
            };
            (core, run) = (next_core, next_run);
        }
    }

    fn has_more(&self) -> bool {
        self.lock().next_waiting().is_some()
    }

    fn start_next(&self) -> Option<StartedRun<'_, 'a, C, T>> {
        let mut queue = self.lock();
        let index = queue.next_waiting()?;
        queue.runs[index] = RunState::Running;
        queue.next = index + 1;
        drop(queue);
        Some(StartedRun { runs: self, index })
    }

    fn set_state(&self, index: usize, state: RunState<T>) {
        self.lock().runs[index] = state;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, RunQueue<T>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> RunQueue<T> {
    fn next_waiting(&self) -> Option<usize> {
        let upcoming = self.runs.iter().enumerate().skip(self.next);
        let mut waiting = upcoming.filter(|(_, run)| matches!(run, RunState::Waiting));
        waiting.next().map(|(index, _)| index)
    }
}

/// A test that is being run. After a panic of its thread it counts as abandoned, so that the walk
/// does not wait forever.
struct StartedRun<'b, 'a, C: Sync, T: Send> {
    runs: &'b SpeculativeRuns<'a, C, T>,
    index: usize,
}

impl<C: Sync, T: Send> StartedRun<'_, '_, C, T> {
    fn finish(&self, result: T) {
        self.runs.set_state(self.index, RunState::Done(result));
    }
}

impl<C: Sync, T: Send> Drop for StartedRun<'_, '_, C, T> {
    fn drop(&mut self) {
        let is_running = matches!(self.runs.lock().runs[self.index], RunState::Running);
        if is_running {
            self.runs.set_state(self.index, RunState::Abandoned);
        }
    }
}

struct StopGuard<'b, 'a, C: Sync, T: Send>(&'b SpeculativeRuns<'a, C, T>);

impl<C: Sync, T: Send> Drop for StopGuard<'_, '_, C, T> {
    fn drop(&mut self) {
        let mut queue = self.0.lock();
        queue.next = queue.runs.len();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use letscode_package::TestCase;

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

    /// Takes some tests and returns their results, the number of runs by test, and the most runs at
    /// one time.
    fn walk(cores: usize, count: u32, taken: &[usize]) -> (Vec<u32>, BTreeMap<u32, u32>, usize) {
        let cores = CorePool::new(cores);
        let all = tests(count);
        let runs = Mutex::new(BTreeMap::new());
        let (now, peak) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let run = |test: &TestCase| {
            let at_once = now.fetch_add(1, Ordering::SeqCst) + 1;
            peak.fetch_max(at_once, Ordering::SeqCst);
            *runs.lock().unwrap().entry(test.number).or_insert(0) += 1;
            // Later tests are done earlier.
            thread::sleep(Duration::from_millis(u64::from(20 - test.number.min(18))));
            now.fetch_sub(1, Ordering::SeqCst);
            test.number * 10
        };
        let speculative =
            SpeculativeRuns::new(&cores, Priority::Normal, all.iter().collect(), &run);
        let results = thread::scope(|scope| {
            let _stop = speculative.stop_on_drop();
            let results = taken
                .iter()
                .map(|index| match speculative.take(&all[*index], scope) {
                    RunLookup::Done(result) => result,
                    RunLookup::NotStarted(_core) => run(&all[*index]),
                });
            results.collect()
        });
        (results, runs.into_inner().unwrap(), peak.into_inner())
    }

    #[test]
    fn results_are_those_of_sequential_runs() {
        for cores in [1, 2, 4] {
            let taken: Vec<usize> = (0..12).collect();
            let (results, runs, peak) = walk(cores, 12, &taken);
            let expected: Vec<u32> = (1..=12).map(|number| number * 10).collect();
            assert_eq!(results, expected, "{cores} cores");
            assert!(runs.values().all(|times| *times == 1), "{runs:?}");
            assert_eq!(runs.len(), 12);
            assert_eq!(peak, cores, "all cores, and no more");
        }
    }

    #[test]
    fn skipped_tests_are_not_started() {
        let (results, runs, _) = walk(2, 18, &[0, 1, 12]);
        assert_eq!(results, [10, 20, 130]);
        // Tests that were started before they were skipped; hardly more than one for each step.
        assert!(runs.len() <= 7, "{runs:?}");
        let (_, runs, _) = walk(1, 18, &[0, 1, 12]);
        assert_eq!(
            runs.len(),
            3,
            "one core runs nothing speculatively: {runs:?}"
        );
    }

    #[test]
    fn panic_of_a_speculative_run_ends_the_wait() {
        let cores = CorePool::new(2);
        let all = tests(2);
        let run = |test: &TestCase| assert_ne!(test.number, 2);
        let speculative =
            SpeculativeRuns::new(&cores, Priority::Normal, all.iter().collect(), &run);
        let mut not_started = Vec::new();
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            thread::scope(|scope| {
                for test in &all {
                    let lookup = speculative.take(test, scope);
                    not_started.push(matches!(lookup, RunLookup::NotStarted(_)));
                }
            });
        }));
        assert!(ended.is_err(), "the panic is not swallowed");
        assert_eq!(not_started, [true, true], "the walk came to its end");
    }
}
