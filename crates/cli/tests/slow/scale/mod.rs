//! What the distributed form does when there is much of everything, and beside the embedded form.
//!
//! With small numbers it is a test of what must hold at any size; `LETSCODE_SCALE=1` is the long form
//! (`make scale`), which prints the figures that docs/OPERATIONS.md has. Times are shown and compared
//! with what they should be, and are no reason to fail: they are the machine's as well.

mod crowd;
mod forms;
mod measure;
mod queue;

/// One number for `make test`, and one for the long form.
fn either<T>(short: T, long: T) -> T {
    match std::env::var_os("LETSCODE_SCALE") {
        None => short,
        Some(_) => long,
    }
}
