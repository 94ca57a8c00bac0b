//! docs/support-matrix.md is what the tables say. `UPDATE=1` rewrites it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use t2m_port::support::{Entry, about, entries};
use t2m_semantic::tables::Tables;

const INTRO: &str = "<!-- generated from mappings/: UPDATE=1 cargo test -p torch2mlx -->
# What is supported, and how

Generated from the tables in [mappings/](../mappings/README.md). `torch2mlx mappings NAME` shows the same for one name, with its parameters and the number of examples that were
executed under both frameworks. What is not listed becomes a TODO with the code T2M101.

| word | meaning |
| --- | --- |
| row | an MLX expression; `{name}` stands for an argument. Of several, the arguments decide |
| helper | a function or layer that is copied into the port, `mlx_compat.py` |
| rule | a rule that looks at more than the call: [its page](../crates/t2m_port/src/rules) |
| as it is | the same text is right in MLX |
| evaluates | it reads the values of arrays, so MLX evaluates them there and `mx.compile` can't trace through it; where it may, what it is given decides |
| TODO | what MLX lacks, with the code and the reason that the port says |
";

#[test]
fn matrix_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/support-matrix.md");
    let expected = matrix();
    if fs::read_to_string(&path).is_ok_and(|page| page == expected) {
        return;
    }
    assert!(std::env::var_os("UPDATE").is_some_and(|value| value == "1"), "docs/support-matrix.md is stale: UPDATE=1 rewrites it");
    fs::write(path, expected).expect("docs/support-matrix.md is written");
}

fn matrix() -> String {
    let tables = Tables::embedded().expect("the tables are well formed");
    let mut out = INTRO.to_owned();
    let mut file = None;
    for entry in &entries(&tables) {
        let of = entry.place.as_ref().map(|(file, _)| file.as_str());
        if file != Some(of) {
            file = Some(of);
            let title = of.map_or("What rules speak for.", |of| about(of).unwrap_or(of));
            write!(out, "\n## {}\n| PyTorch | how | MLX |\n| --- | --- | --- |\n", title.trim_end_matches('.')).expect("text");
        }
        line(&mut out, entry);
    }
    out
}

fn line(out: &mut String, entry: &Entry) {
    let code = |text: &String| format!("`{}`", text.replace('|', "\\|"));
    let names: Vec<String> = entry.names.iter().map(code).collect();
    let is_todo = |text: &String| text.starts_with("T2M") && text.contains(": ");
    let mut writes: Vec<String> =
        entry.writes.iter().map(|text| if is_todo(text) { text.replace('|', "\\|") } else { code(text) }).collect();
    writes.extend(entry.note.as_ref().map(|note| format!("({})", note.replace('|', "\\|"))));
    let how: Vec<&str> = std::iter::once(entry.how.name()).chain(entry.evaluates.words()).collect();
    writeln!(out, "| {} | {} | {} |", names.join(" "), how.join(", "), writes.join("<br>")).expect("text");
}
