//! The command line: arguments, configuration, file walking, writing, diffs, the rendering of findings. The only IO, the only exit codes.
//!
//! stdout is the product (diffs, ported text), stderr the talk. It is a library so that the reference in `docs/cli.md` can be written from the parser.

/// Prints a line to stderr.
macro_rules! tell {
    ($($arg:tt)*) => { $crate::say(format_args!($($arg)*)) };
}
use tell;

pub mod args;
mod commands;
mod config;
mod diff;
mod failure;
mod findings;
mod input;
mod notebook;
mod outcome;
mod output;
mod progress;
mod report;
mod suggest;
mod walk;

use std::io::Write;
use std::process::ExitCode;

use anstream::ColorChoice;
use clap::Parser;

use args::{Cli, Color, Command};

/// Everything was done.
const OK: u8 = 0;
/// Done, and a flag (`--fail-on-todo`, `--check`) asked to fail on what was found.
const FOUND: u8 = 1;
/// Nothing was done, or nothing could be ported.
const COULD_NOT_RUN: u8 = 2;

/// Parses the arguments, runs the command, and says what went wrong.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    set_color(cli.color);
    let result = match &cli.command {
        Command::Port(args) => commands::port::run(args),
        Command::Verify(args) => commands::verify::run(args),
        Command::Convert(args) => commands::convert::run(args),
        Command::Explain { code } => commands::explain::run(code.as_deref()),
        Command::Mappings { search } => commands::mappings::run(search.as_deref()),
        Command::Completions { shell } => commands::completions::run(*shell),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) if is_broken_pipe(&error) => ExitCode::from(OK),
        Err(error) => {
            // Of all that is done to files the path is told; what is left are the standard streams.
            let error = match error.downcast_ref::<std::io::Error>() {
                Some(error) => failure::failure(
                    format!("cannot use stdin or stdout: {}", failure::reason(error)),
                    "check what the command reads from and writes to",
                ),
                None => error,
            };
            failure::print(&error);
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

/// Talk that nobody can hear (a full disk, a pipe that was closed) is no reason to stop.
fn say(text: std::fmt::Arguments<'_>) {
    let _ = anstream::stderr().write_all(format!("{text}\n").as_bytes());
}

fn set_color(color: Color) {
    let set = |name| std::env::var_os(name).is_some_and(|value: std::ffi::OsString| !value.is_empty());
    match color {
        Color::Always => ColorChoice::Always.write_global(),
        Color::Never => ColorChoice::Never.write_global(),
        // `NO_COLOR` and `CLICOLOR_FORCE` are read by anstream.
        Color::Auto if set("FORCE_COLOR") && !set("NO_COLOR") => ColorChoice::Always.write_global(),
        Color::Auto => ColorChoice::Auto.write_global(),
    }
}

/// The reader of our stdout has gone (`torch2mlx port src --diff | head`): nobody is left to tell.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
