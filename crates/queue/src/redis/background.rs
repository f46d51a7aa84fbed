use tokio::runtime::Handle;

/// Runs the cleanup of a dropped value. Does nothing once the runtime has ended: Redis forgets such
/// values after a time.
pub(super) fn spawn_cleanup(cleanup: impl Future<Output = ()> + Send + 'static) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(cleanup);
    }
}
