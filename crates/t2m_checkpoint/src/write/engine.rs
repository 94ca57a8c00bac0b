//! Threads that read blocks and write them to their places.

use std::fs::File;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result, shown};
use crate::gather::{Buffers, PIECE};
use crate::output::{Block, OutputTensor};
use crate::source::{io_error, write_all_at};

/// More than this many threads only wait for the disk.
const MOST_THREADS: usize = 4;
/// What is held of a transposed matrix: the more, the longer are the runs that are read.
const DISTANT: u64 = 40 << 20;

/// A tensor and where its first byte goes.
pub(crate) struct Placed<'a> {
    pub tensor: &'a OutputTensor,
    pub offset: u64,
}

/// What a written tensor was like.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Filled {
    /// If asked for.
    pub crc: u32,
    /// Finite values that became infinite.
    pub overflows: u64,
}

struct Job {
    tensor: usize,
    /// Its place among the jobs of the tensor.
    offset: u64,
    block: Block,
}

/// Writes the tensors. Says of each, in the order given, what it was like.
pub(crate) fn fill(file: &File, placed: &[Placed<'_>], crc: bool, progress: Option<&(dyn Fn(u64) + Sync)>) -> Result<Vec<Filled>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).clamp(1, MOST_THREADS);
    let mut filled = vec![Filled::default(); placed.len()];
    // Jobs of a few tensors at a time: a list of all would grow with the file.
    const AT_ONCE: usize = 4096;
    let mut jobs = Vec::new();
    for (i, place) in placed.iter().enumerate() {
        let mut offset = place.offset;
        for block in place.tensor.blocks(DISTANT).map_err(|error| error.at(shown(&place.tensor.name)))? {
            let bytes = block.bytes();
            jobs.push(Job { tensor: i, offset, block });
            offset += bytes;
        }
        if jobs.len() >= AT_ONCE || i + 1 == placed.len() {
            run(file, placed, &std::mem::take(&mut jobs), threads, crc, progress, &mut filled)?;
        }
    }
    Ok(filled)
}

fn run(
    file: &File,
    placed: &[Placed<'_>],
    jobs: &[Job],
    threads: usize,
    crc: bool,
    progress: Option<&(dyn Fn(u64) + Sync)>,
    filled: &mut [Filled],
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let results: Mutex<Vec<(usize, crc32fast::Hasher, u64)>> = Mutex::new(Vec::new());
    let shared = Shared::default();
    let work = || -> Result<()> {
        let mut buffers = Buffers::default();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(i).filter(|_| !failed.load(Ordering::Relaxed)) else { return Ok(()) };
            let done = one(file, &shared, job, crc, &mut buffers).map_err(|error| error.at(shown(&placed[job.tensor].tensor.name)));
            let (hasher, overflows) = done.inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
            if let Some(progress) = progress {
                progress(job.block.bytes());
            }
            if crc || overflows > 0 {
                wait(&results).push((i, hasher, overflows));
            }
        }
    };
    // A second thread copies no faster and costs as much again: memory is what both wait for.
    let is_copy = !crc && jobs.iter().all(|job| job.block.is_copy());
    let outcome: Vec<Result<()>> = if threads == 1 || jobs.len() == 1 || is_copy {
        vec![work()]
    } else {
        std::thread::scope(|scope| {
            let handles: Vec<_> = (0..threads.min(jobs.len())).map(|_| scope.spawn(work)).collect();
            handles.into_iter().map(|handle| handle.join().unwrap_or_else(|_| Err(Error::new("a thread broke off")))).collect()
        })
    };
    outcome.into_iter().collect::<Result<()>>()?;
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|&(i, ..)| i);
    let mut hasher = crc32fast::Hasher::new();
    for (k, (i, part, overflows)) in results.iter().enumerate() {
        let tensor = jobs[*i].tensor;
        filled[tensor].overflows += overflows;
        hasher.combine(part);
        if results.get(k + 1).is_none_or(|(next, ..)| jobs[*next].tensor != tensor) {
            filled[tensor].crc = std::mem::take(&mut hasher).finalize();
        }
    }
    Ok(())
}

/// What threads wait for.
#[derive(Default)]
struct Shared {
    /// A file has one writer at a time: the system lets the others spin, here they sleep.
    turn: Mutex<()>,
    /// Of large blocks there is one at a time.
    distant: Mutex<Buffers>,
}

fn one(file: &File, shared: &Shared, job: &Job, crc: bool, buffers: &mut Buffers) -> Result<(crc32fast::Hasher, u64)> {
    let mut hasher = crc32fast::Hasher::new();
    let mut offset = job.offset;
    let mut each = |bytes: &[u8]| {
        if crc {
            hasher.update(bytes);
        }
        let _turn = wait(&shared.turn);
        write_all_at(file, offset, bytes).map_err(|error| io_error(&error))?;
        offset += bytes.len() as u64;
        Ok(())
    };
    let is_large = job.block.bytes() > 2 * PIECE;
    let overflows = if is_large { job.block.read(&mut wait(&shared.distant), &mut each)? } else { job.block.read(buffers, &mut each)? };
    Ok((hasher, overflows))
}

/// A thread that broke off has said so.
fn wait<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
