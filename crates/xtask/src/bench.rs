//! `cargo xtask bench convert [GB...]`: what a conversion costs, beside copying the file and the usual script, in one run.
//!
//! One file at a time is on the disk, and its copy.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::{python, repo};

const SCRIPTS: &str = "tests/convert/bench.py";
/// What is made: weights, and their dtype. `transposed` are kernels whose axes a view moves, and `turned` are matrices of which a view shows the transpose.
const KINDS: [(&str, &str); 5] =
    [("linear", "float32"), ("linear", "bfloat16"), ("conv", "float32"), ("transposed", "float32"), ("turned", "float32")];
const RUNS: usize = 3;

/// What one run of a program took.
#[derive(Clone, Copy)]
struct Cost {
    processor: f64,
    elapsed: f64,
    /// Megabytes.
    memory: f64,
}

pub(crate) fn command(args: &[&str]) -> Result<bool> {
    let sizes: Vec<u64> = if args.is_empty() {
        vec![1, 4]
    } else {
        args.iter().map(|arg| arg.parse().with_context(|| format!("`{arg}` is no number of gigabytes"))).collect::<Result<_>>()?
    };
    let python = python::interpreter()?;
    let tool = build()?;
    // Beside the target folder, and not in /tmp, which may be memory.
    let work = tempfile::Builder::new().prefix("bench-").tempdir_in(repo::root().join("target"))?;
    println!("processor seconds, seconds, peak megabytes; the best of {RUNS}; the ratio is that of the processor time to `dd bs=1M`");
    for size in sizes {
        for (kind, dtype) in KINDS {
            measure(&python, &tool, work.path(), size, kind, dtype)?;
        }
    }
    Ok(true)
}

fn measure(python: &Path, tool: &Path, work: &Path, size: u64, kind: &str, dtype: &str) -> Result<()> {
    // The file, one output, and some air.
    ensure!(free(work)? > size * 3 + 2, "less than {} GB are free in {}", size * 3 + 2, work.display());
    let file = work.join("in.pt");
    let script = repo::root().join(SCRIPTS);
    let made = Command::new(python).arg(&script).args(["make", kind, dtype, &size.to_string()]).arg(&file).status();
    ensure!(made.context("can't run python")?.success(), "the checkpoint was not made");
    println!("{size} GB, {kind}, {dtype}");
    let program = |name: &str, args: &[&str]| {
        let mut command = vec![name.to_owned()];
        command.extend(args.iter().map(|arg| (*arg).to_owned()));
        command
    };
    let input = file.to_string_lossy().into_owned();
    let path = |name: &str| work.join(name).to_string_lossy().into_owned();
    let (copy, safetensors, npz) = (path("copy"), path("out.safetensors"), path("out.npz"));
    let tool = tool.to_string_lossy().into_owned();
    let script = script.to_string_lossy().into_owned();
    let mut ways = vec![
        ("dd bs=1M", program("dd", &[&format!("if={input}"), &format!("of={copy}"), "bs=1M", "status=none"])),
        ("cp", program("cp", &[&input, &copy])),
        ("convert, safetensors", program(&tool, &["convert", &input, &safetensors, "-q"])),
        ("convert, npz", program(&tool, &["convert", &input, &npz, "-q"])),
    ];
    // The script holds the file more than twice in memory.
    if size <= 1 {
        ways.push(("torch.load + mx.save_safetensors", program(&python.to_string_lossy(), &[&script, "usual", &input, &safetensors])));
    }
    // By turns: on a disk, what ran before costs more than what is measured.
    let mut best: Vec<Option<Cost>> = vec![None; ways.len()];
    for _ in 0..RUNS {
        for ((_, command), best) in ways.iter().zip(&mut best) {
            let cost = timed(python, &script, command)?;
            for name in ["copy", "out.safetensors", "out.npz"] {
                // Each run makes one of them.
                let _ = std::fs::remove_file(work.join(name));
            }
            *best = Some(best.map_or(cost, |best| Cost {
                processor: best.processor.min(cost.processor),
                elapsed: best.elapsed.min(cost.elapsed),
                memory: best.memory.min(cost.memory),
            }));
        }
    }
    let base = best.iter().flatten().next().map_or(1.0, |dd| dd.processor);
    for ((name, _), cost) in ways.iter().zip(best) {
        let Some(cost) = cost else { bail!("nothing was run") };
        println!("  {name:32} {:7.2} {:7.2} {:7.0}   {:.2}", cost.processor, cost.elapsed, cost.memory, cost.processor / base.max(0.01));
    }
    std::fs::remove_file(&file)?;
    Ok(())
}

/// Runs a program below Python, whose `wait4` knows what it took.
fn timed(python: &Path, script: &str, command: &[String]) -> Result<Cost> {
    let output = Command::new(python).args([script, "run"]).args(command).output().context("can't run python")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = said.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    match numbers.as_slice() {
        [processor, elapsed, memory] if output.status.success() => Ok(Cost { processor: *processor, elapsed: *elapsed, memory: *memory }),
        _ => bail!("{} failed: {}", command[0], String::from_utf8_lossy(&output.stderr).trim()),
    }
}

/// Free gigabytes.
fn free(folder: &Path) -> Result<u64> {
    let output = Command::new("df").args(["-Pk"]).arg(folder).output().context("can't run df")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let blocks = said.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)).and_then(|blocks| blocks.parse::<u64>().ok());
    Ok(blocks.context("df says nothing")? / 1_000_000)
}

fn build() -> Result<PathBuf> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let status = cargo.current_dir(repo::root()).args(["build", "--quiet", "--release", "--package", "torch2mlx"]).status();
    ensure!(status.context("can't run cargo build")?.success(), "torch2mlx does not compile");
    Ok(repo::root().join("target/release").join(format!("torch2mlx{}", std::env::consts::EXE_SUFFIX)))
}
