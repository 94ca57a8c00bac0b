//! One line on stderr that counts, when somebody watches and the work takes more than a second.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(100);

pub(crate) struct Progress {
    state: Arc<State>,
    ticker: Option<JoinHandle<()>>,
}

#[derive(Clone, Copy)]
enum Unit {
    Files,
    Bytes,
}

impl Unit {
    fn count(self, done: u64, total: u64) -> String {
        match self {
            Self::Files if done == 0 => format!("{total} files"),
            Self::Files => format!("{done}/{total} files"),
            Self::Bytes => {
                const MB: u64 = 1_000_000;
                const WIDTH: u64 = 30;
                let filled = (done.min(total) * WIDTH / total.max(1)) as usize;
                format!("{}/{} MB [{:<30}]", done / MB, total / MB, "=".repeat(filled))
            }
        }
    }
}

#[derive(Default)]
struct State {
    done: AtomicU64,
    ended: AtomicBool,
}

impl Progress {
    /// `verb` and `total` say what is counted: `reading 120/840 files`.
    pub(crate) fn start(verb: &'static str, total: usize, quiet: bool) -> Self {
        Self::new(verb, total as u64, Unit::Files, quiet)
    }

    /// `writing 1200/4096 MB [=====>      ]`.
    pub(crate) fn of_bytes(verb: &'static str, total: u64, quiet: bool) -> Self {
        Self::new(verb, total, Unit::Bytes, quiet)
    }

    fn new(verb: &'static str, total: u64, unit: Unit, quiet: bool) -> Self {
        let state = Arc::new(State::default());
        let ticker = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let state = Arc::clone(&state);
            std::thread::spawn(move || tick(&state, verb, total, unit))
        });
        Self { state, ticker }
    }

    pub(crate) fn step(&self) {
        self.advance(1);
    }

    pub(crate) fn advance(&self, by: u64) {
        self.state.done.fetch_add(by, Ordering::Relaxed);
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

fn tick(state: &State, verb: &str, total: u64, unit: Unit) {
    let start = Instant::now();
    let mut shown = false;
    while !state.ended.load(Ordering::Relaxed) {
        if start.elapsed() > PATIENCE {
            let done = state.done.load(Ordering::Relaxed);
            // Losing a line of progress is no reason to stop.
            let _ = write!(std::io::stderr(), "\r\x1b[K{verb} {}", unit.count(done, total));
            shown = true;
        }
        std::thread::park_timeout(TICK);
    }
    if shown {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}
