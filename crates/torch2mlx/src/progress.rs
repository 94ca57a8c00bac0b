//! One line on stderr that counts, when somebody watches and the work takes more than a second.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(100);

pub(crate) struct Progress {
    state: Arc<State>,
    ticker: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    done: AtomicUsize,
    ended: AtomicBool,
}

impl Progress {
    /// `verb` and `total` say what is counted: `reading 120/840 files`.
    pub(crate) fn start(verb: &'static str, total: usize, quiet: bool) -> Self {
        let state = Arc::new(State::default());
        let ticker = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let state = Arc::clone(&state);
            std::thread::spawn(move || tick(&state, verb, total))
        });
        Self { state, ticker }
    }

    pub(crate) fn step(&self) {
        self.state.done.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::Relaxed);
        if let Some(ticker) = self.ticker.take() {
            ticker.thread().unpark();
            // A ticker that panicked has nothing more to clear.
            let _ = ticker.join();
        }
    }
}

fn tick(state: &State, verb: &str, total: usize) {
    let start = Instant::now();
    let mut shown = false;
    while !state.ended.load(Ordering::Relaxed) {
        if start.elapsed() > PATIENCE {
            let done = state.done.load(Ordering::Relaxed);
            let count = if done == 0 { format!("{total}") } else { format!("{done}/{total}") };
            // Losing a line of progress is no reason to stop.
            let _ = write!(std::io::stderr(), "\r\x1b[K{verb} {count} files");
            shown = true;
        }
        std::thread::park_timeout(TICK);
    }
    if shown {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}
