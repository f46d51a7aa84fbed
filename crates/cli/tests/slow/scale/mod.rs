//! The distributed form under large load, compared with the embedded form.
//!
//! With small numbers it tests rules that hold at any size; `LETSCODE_SCALE=1` is the long form
//! (`make scale`), which prints the figures in docs/OPERATIONS.md. Times are printed beside their aims
//! and don't fail the test, because they depend on the machine.

mod crowd;
mod forms;
mod measure;
mod queue;

/// Selects the value for `make test` or for the long form.
fn either<T>(short: T, long: T) -> T {
    match std::env::var_os("LETSCODE_SCALE") {
        None => short,
        Some(_) => long,
    }
}
