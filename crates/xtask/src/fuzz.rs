//! `cargo xtask fuzz`: the laws and the readers of checkpoints under libFuzzer, with the stable compiler: what `cargo fuzz` adds to it are these flags. It takes a C++ compiler.

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
/// A checkpoint has headers, even with little in it.
const MAX_FILE: u32 = 4000;

/// The targets.
pub(crate) const TARGETS: [&str; 2] = ["laws", "checkpoints"];

/// Runs for so many seconds. What breaks is written to `target/fuzz`, and stays in the corpus there.
pub(crate) fn command(name: &str, seconds: &str) -> Result<bool> {
    let seconds: u32 = seconds.parse().with_context(|| format!("`{seconds}` is no number of seconds"))?;
    let target = repo::root().join("target/fuzz");
    let corpus = target.join(if name == "laws" { "corpus".into() } else { format!("corpus-{name}") });
    std::fs::create_dir_all(&corpus).with_context(|| format!("can't make {}", corpus.display()))?;
    if name == "checkpoints" {
        seed(&corpus)?;
    }
    let host = host()?;
    let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release", "--bin", name, "--target", &host, "--manifest-path"])
        .arg(repo::root().join("fuzz/Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target)
        .env("RUSTFLAGS", COVERAGE.join(" "))
        .status()
        .context("can't run cargo build")?;
    ensure!(built.success(), "the fuzz target does not build; it takes a C++ compiler");
    let ran = Command::new(target.join(host).join("release").join(name))
        .args([
            format!("-max_total_time={seconds}"),
            format!("-max_len={}", if name == "laws" { MAX_LEN } else { MAX_FILE }),
            format!("-artifact_prefix={}/", target.display()),
        ])
        .arg(corpus)
        .status()
        .context("can't run the fuzz target")?;
    Ok(ran.success())
}

/// The files of the tests are a start: as they are, and what lies in them.
fn seed(corpus: &std::path::Path) -> Result<()> {
    let files = repo::root().join("crates/t2m_checkpoint/tests/files");
    for entry in std::fs::read_dir(&files).with_context(|| format!("can't read {}", files.display()))? {
        let path = entry?.path();
        let bytes = std::fs::read(&path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        std::fs::write(corpus.join(&name), [&[0], bytes.as_slice()].concat())?;
        // The pickle of an archive, up to the record behind it.
        let start = bytes.windows(2).position(|pair| pair == [0x80, 2] || pair == [0x80, 5]);
        if let (true, Some(start)) = (bytes.starts_with(b"PK"), start) {
            std::fs::write(corpus.join(format!("{name}.pickle")), [&[1], &bytes[start..]].concat())?;
        }
        if name.starts_with("arrays")
            && let Some(start) = bytes.windows(6).position(|window| window == b"\x93NUMPY")
        {
            std::fs::write(corpus.join(format!("{name}.npy")), [&[4], &bytes[start..start + 128 + 96]].concat())?;
        }
    }
    let header = br#"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#;
    std::fs::write(corpus.join("safetensors"), [&[3], header.as_slice(), &[0; 16]].concat())?;
    Ok(())
}

/// With a target of its own, build scripts and macros are spared the flags.
fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("can't run rustc")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}
