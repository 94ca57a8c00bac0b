//! Every row's examples port to exactly the text that the row says. That both texts give the same numbers is checked by running them.

mod example;
mod shown;

use example::ported;
use t2m_port::check_row;
use t2m_semantic::tables::{Row, Tables};
use t2m_syntax::stack;

#[test]
fn rows_name_what_is_there() {
    stack::with_deep_stack(|| {
        let tables = Tables::embedded().unwrap_or_else(|error| panic!("{error}"));
        let wrong = |row: &Row| Some(format!("{}:{}: {}", row.origin.file, row.origin.line, check_row(row).err()?));
        let problems: Vec<String> = tables.rows().iter().filter_map(wrong).collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    });
}

#[test]
fn examples_port_to_their_text() {
    stack::with_deep_stack(|| {
        let tables = Tables::embedded().unwrap_or_else(|error| panic!("{error}"));
        let mut failures = Vec::new();
        let mut count = 0;
        for row in tables.rows() {
            for example in &row.examples {
                count += 1;
                let got = ported(&tables, example).unwrap_or_else(|| "(does not parse)".into());
                if got != example.mlx.trim() {
                    failures.push(format!(
                        "{}:{}\n    torch {}\n    row   {}\n    got   {got}",
                        row.origin.file, row.origin.line, example.torch, example.mlx
                    ));
                }
            }
        }
        assert!(failures.is_empty(), "{} of {count} examples\n{}", failures.len(), failures.join("\n"));
    });
}
