//! The commands and options in `docs/cli.md` are what the parser says. `UPDATE=1` rewrites them.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use clap::{Arg, ArgAction, Command, CommandFactory};

const START: &str = "<!-- generated from the parser: UPDATE=1 cargo test -p torch2mlx -->\n";
const END: &str = "<!-- end -->\n";

#[test]
fn reference_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let page = fs::read_to_string(&path).expect("docs/cli.md");
    let (before, rest) = page.split_once(START).expect("the start of the generated part");
    let (_, after) = rest.split_once(END).expect("the end of the generated part");
    // Words of the report, which stand in the part that is written by hand.
    for word in ["ported", "ported-with-todos", "unchanged", "fallback", "failed", "copied", "added", "error", "todo", "note"] {
        assert!(after.contains(&format!("`{word}`")), "`{word}` is missing");
    }
    let expected = format!("{before}{START}{}{END}{after}", reference());
    if page == expected {
        return;
    }
    assert!(std::env::var_os("UPDATE").is_some_and(|value| value == "1"), "docs/cli.md is stale: UPDATE=1 rewrites it");
    fs::write(path, expected).expect("docs/cli.md is written");
}

fn reference() -> String {
    let mut root = torch2mlx::args::Cli::command();
    root.build();
    let mut out = String::new();
    for command in root.get_subcommands().filter(|command| command.get_name() != "help") {
        section(&mut out, command.get_name(), command);
        for action in command.get_subcommands().filter(|action| action.get_name() != "help") {
            section(&mut out, &format!("{} {}", command.get_name(), action.get_name()), action);
        }
    }
    out.push('\n');
    out
}

fn section(out: &mut String, name: &str, command: &Command) {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let about = command.get_about().expect("every command says what it does");
    write!(out, "\n## {name}\n{about}.\n\n```text\n{usage}\n```\n").expect("text");
    if let Some(examples) = command.get_before_help() {
        let lines: Vec<String> = examples.to_string().lines().skip(1).map(|line| line.trim_start().to_owned()).collect();
        write!(out, "\n```sh\n{}\n```\n", lines.iter().map(|line| example(line)).collect::<Vec<_>>().join("\n")).expect("text");
    }
    out.push_str("\n| argument | meaning |\n| --- | --- |\n");
    let is_shown = |arg: &&Arg| !arg.is_hide_set() && arg.get_id() != "help" && arg.get_id() != "version";
    for arg in command.get_arguments().filter(is_shown) {
        writeln!(out, "| {} | {} |", argument(arg), meaning(arg)).expect("text");
    }
}

/// `command   what it does` as a shell reads it.
fn example(line: &str) -> String {
    line.split_once("  ").map_or_else(|| line.to_owned(), |(command, what)| format!("{command}  # {}", what.trim_start()))
}

fn argument(arg: &Arg) -> String {
    let value = arg.get_value_names().unwrap_or_default().first().map(|name| name.to_string()).unwrap_or_default();
    if arg.is_positional() {
        return format!("`{value}`");
    }
    let short = arg.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    let value = if matches!(arg.get_action(), ArgAction::SetTrue) { String::new() } else { format!(" {value}") };
    format!("{short}`--{}{value}`", arg.get_long().expect("a long name"))
}

fn meaning(arg: &Arg) -> String {
    let mut text = arg.get_help().expect("every option says what it does").to_string();
    let values: Vec<_> = arg.get_possible_values();
    if !values.is_empty() && !matches!(arg.get_action(), ArgAction::SetTrue) {
        let values: Vec<String> = values
            .iter()
            .map(|value| match value.get_help() {
                Some(help) => format!("`{}` ({})", value.get_name(), help),
                None => format!("`{}`", value.get_name()),
            })
            .collect();
        text += &format!(": {}", values.join(", "));
    }
    text.replace('|', "\\|")
}
