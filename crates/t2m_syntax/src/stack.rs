//! Deeply nested Python needs a deep stack: the parser, the walker, the renderer and even dropping the tree all recurse.

/// Stack for any thread that parses or walks Python (nested expressions of 3,000 levels fit).
pub const STACK_SIZE: usize = 256 << 20;

/// Runs `f` on a thread with [`STACK_SIZE`] bytes of stack and hands its result back; a panic in `f` goes on in the caller.
pub fn with_deep_stack<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let handle = std::thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, f);
        match handle.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(value)) => value,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => panic!("cannot start a thread: {error}"),
        }
    })
}
