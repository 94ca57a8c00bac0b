//! Pages of rules: a block marked `torch run`, and the `mlx` block that it ports to, are executed; their last expression is compared.

use anyhow::{Result, bail};

use super::Found;
use crate::case::Case;
use crate::repo;

/// A fenced block: the words behind the fence, its first line, its text.
struct Block {
    info: String,
    line: usize,
    text: String,
}

pub(super) fn collect() -> Result<Found> {
    let mut files = repo::files(&repo::root().join("crates/t2m_port/src/rules"), "md")?;
    files.extend(repo::files(&repo::root().join("crates/t2m_port/src/fuse"), "md")?);
    let mut cases = Vec::new();
    for file in &files {
        cases.extend(cases_of(&repo::relative(file), &repo::read(file)?)?);
    }
    Ok(Found { inputs: files.len(), cases, ..Found::default() })
}

fn cases_of(name: &str, text: &str) -> Result<Vec<Case>> {
    let blocks = blocks(text);
    let mut cases = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        let mut words = block.info.split_whitespace();
        if (words.next(), words.next()) != (Some("torch"), Some("run")) {
            continue;
        }
        let id = format!("{name}:{}", block.line);
        let Some(ported) = blocks.get(index + 1).filter(|next| next.info == "mlx") else {
            bail!("{id}: a `torch run` block is followed by an `mlx` block");
        };
        let mut table = toml::Table::new();
        for word in words {
            let Some((key, value)) = word.split_once('=') else {
                bail!("{id}: `{word}` should be `key=value`: an input such as `x=f32[2,3]`, or a key of a case");
            };
            table.insert(key.to_owned(), super::value_of(key, value));
        }
        table.insert("torch".to_owned(), block.text.clone().into());
        table.insert("mlx".to_owned(), ported.text.clone().into());
        cases.push(Case::from_table(id, &table)?);
    }
    Ok(cases)
}

fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some(Block { info: info.trim().to_owned(), line: index + 1, text: String::new() }),
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_block_and_its_port_are_one_case() {
        let page = "# Page\n```torch run x=f32[2] grad=x tol=0.5\nx.relu()\n```\nprose\n```mlx\nnn.relu(x)\n```\n```torch\nx\n```\n";
        let cases = cases_of("page.md", page).expect("the page is well formed");
        let lines: Vec<String> = cases.iter().map(Case::line).collect();
        assert_eq!(lines.len(), 1);
        let parts = [
            r#""torch":"x.relu()\n""#,
            r#""mlx":"nn.relu(x)\n""#,
            r#""id":"page.md:2""#,
            r#"{"x":"f32[2]"}"#,
            r#""grad":["x"]"#,
            r#""tol":0.5"#,
        ];
        for part in parts {
            assert!(lines[0].contains(part), "{part} is not in {}", lines[0]);
        }
    }

    #[test]
    fn a_run_block_without_a_port_is_an_error() {
        let error = cases_of("page.md", "# Page\n```torch run\nx\n```\n```todo\n1: T2M101\n```\n").expect_err("there is no mlx block");
        assert!(error.to_string().contains("page.md:2"), "{error}");
    }
}
