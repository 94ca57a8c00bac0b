//! `torch2mlx completions SHELL`.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;

pub(crate) fn run(shell: Shell) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "torch2mlx", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(crate::OK)
}
