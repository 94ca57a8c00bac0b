//! `cargo xtask fuzz`: the laws under libFuzzer, with the stable compiler: what `cargo fuzz` adds to it are these flags. It takes a C++ compiler.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::repo;

const COVERAGE: &[&str] = &[
    "--cfg fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
];

/// Programs longer than those of this many bytes tell nothing new.
const MAX_LEN: u32 = 400;

/// Runs for so many seconds. What breaks a law is written to `target/fuzz`, and stays in the corpus there.
pub(crate) fn command(seconds: &str) -> Result<bool> {
    let seconds: u32 = seconds.parse().with_context(|| format!("`{seconds}` is no number of seconds"))?;
    let target = repo::root().join("target/fuzz");
    let corpus = target.join("corpus");
    std::fs::create_dir_all(&corpus).with_context(|| format!("can't make {}", corpus.display()))?;
    let host = host()?;
    let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release", "--target", &host, "--manifest-path"])
        .arg(repo::root().join("fuzz/Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target)
        .env("RUSTFLAGS", COVERAGE.join(" "))
        .status()
        .context("can't run cargo build")?;
    ensure!(built.success(), "the fuzz target does not build; it takes a C++ compiler");
    let ran = Command::new(target.join(host).join("release/laws"))
        .args([format!("-max_total_time={seconds}"), format!("-max_len={MAX_LEN}"), format!("-artifact_prefix={}/", target.display())])
        .arg(corpus)
        .status()
        .context("can't run the fuzz target")?;
    Ok(ran.success())
}

/// With a target of its own, build scripts and macros are spared the flags.
fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("can't run rustc")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}
