//! Repository chores written in Rust: `cargo xtask test` is everything that CI runs.
#![allow(clippy::print_stdout)]

mod bench;
mod case;
mod compared;
mod convert;
mod corpus;
mod coverage;
mod defects;
mod fuzz;
mod fuzz_ops;
mod fuzz_programs;
mod numeric;
mod python;
mod repo;
mod respell;
mod suites;
mod test;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask COMMAND
  test               everything that CI runs: format, lints, Rust tests, numeric suites
  numeric [FILTER]   the numeric suites alone; FILTER is a suite (rows, rules, helpers, golden, packages), a part of case ids, or both: rows:PART
  defects            what `torch2mlx verify` says about defects that are planted into correct ports
  convert [FILTER]   `torch2mlx convert` on files that the real torch.save wrote
  bench convert [GB...]
                     what `torch2mlx convert` costs on checkpoints of 1 GB and 4 GB, beside copying and the usual script
  corpus [PACKAGE] [--write]
                     ports published packages; fails if anything is worse than in tests/corpus.toml, or stores the numbers there
  fuzz [checkpoints] [SECONDS]
                     the laws, or the readers of checkpoints, under a fuzzer, for a minute unless said otherwise
  coverage           how much of what programs use the tables and rules speak for, by tier
  fuzz-ops [DRAWS] [--seed N] [FILTER]
                     random calls of what has a row, ported and run under both frameworks, 20,000 unless said otherwise
  fuzz-programs [COUNT] [--seed N]
                     random functions of a few statements (tests/fuzz-programs), ported and run under both frameworks, 1,000 unless said otherwise
  fuzz-projects [COUNT] [--seed N]
                     random models that are changed and trained (tests/fuzz-projects), ported and run under both frameworks, 300 unless said otherwise
  respell TRANSFORM [FILTER]
                     the adversary programs in another spelling (tests/respell), ported anew and run under both frameworks;
                     FILTER is a part of the names of files
  env                makes the Python environment and prints its interpreter";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args.as_slice() {
        ["test"] => test::run(),
        ["numeric"] => numeric::command(None),
        ["numeric", filter] => numeric::command(Some(filter)),
        ["defects"] => python::interpreter().and_then(|python| defects::run(&python)).map(|tally| tally.failed == 0),
        ["bench", "convert", sizes @ ..] => bench::command(sizes),
        ["convert", filter @ ..] => {
            python::interpreter().and_then(|python| convert::run(&python, filter.first().copied())).map(|tally| tally.failed == 0)
        }
        ["corpus", rest @ ..] => corpus::command(rest),
        ["fuzz"] => fuzz::command(fuzz::TARGETS[0], "60"),
        ["fuzz", target] if fuzz::TARGETS.contains(target) => fuzz::command(target, "60"),
        ["fuzz", target, seconds] if fuzz::TARGETS.contains(target) => fuzz::command(target, seconds),
        ["fuzz", seconds] => fuzz::command(fuzz::TARGETS[0], seconds),
        ["coverage"] => coverage::run(),
        ["fuzz-ops", rest @ ..] => fuzz_ops::command(rest),
        ["fuzz-programs", rest @ ..] => fuzz_programs::command(&fuzz_programs::PROGRAMS, rest),
        ["fuzz-projects", rest @ ..] => fuzz_programs::command(&fuzz_programs::PROJECTS, rest),
        ["respell", transform, filter @ ..] => respell::command(transform, filter.first().copied()),
        ["env"] => python::interpreter().map(|python| {
            println!("{}", python.display());
            true
        }),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
