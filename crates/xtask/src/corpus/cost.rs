//! What a command costs: time on the clock, time of all processors, and the most memory.

use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, process, thread};

use anyhow::{Context, Result};

pub(super) struct Cost {
    /// On the clock.
    pub(super) seconds: f64,
    /// Of all processors together, user and system, where the system tells.
    cpu: Option<f64>,
    /// In MB, where the system tells.
    pub(super) peak: Option<u64>,
}

impl Cost {
    /// The work, which other programs on the machine make not much longer.
    pub(super) fn work(&self) -> f64 {
        self.cpu.unwrap_or(self.seconds)
    }
}

/// Runs a command to its end.
pub(super) fn run(command: &mut Command) -> Result<(process::ExitStatus, Cost)> {
    let (started, before) = (Instant::now(), children_seconds());
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().with_context(|| format!("can't run {name}"))?;
    let mut peak = None;
    let status = loop {
        if let Some(status) = child.try_wait().with_context(|| format!("can't wait for {name}"))? {
            break status;
        }
        peak = peak.max(peak_memory(child.id()));
        thread::sleep(Duration::from_millis(10));
    };
    let cpu = children_seconds().zip(before).map(|(after, before)| after - before);
    Ok((status, Cost { seconds: started.elapsed().as_secs_f64(), cpu, peak }))
}

/// The most memory that a process had so far.
fn peak_memory(id: u32) -> Option<u64> {
    let told = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let kilobytes = told.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?;
    Some(kilobytes.parse::<u64>().ok()? * 1024 / 1_000_000)
}

/// The processor time of all processes that this one has waited for.
fn children_seconds() -> Option<f64> {
    const TICKS_PER_SECOND: f64 = 100.0;
    let told = fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the name, which may hold anything: state and twelve numbers, then the times.
    let (_, rest) = told.rsplit_once(')')?;
    let mut times = rest.split_whitespace().skip(13).map(str::parse::<f64>);
    let (user, system) = (times.next()?.ok()?, times.next()?.ok()?);
    Some((user + system) / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_children_is_told_where_proc_is() {
        assert_eq!(children_seconds().is_some(), fs::exists("/proc/self/stat").unwrap_or(false));
    }
}
