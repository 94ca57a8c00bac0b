//! `run` blocks in the pages of rules: the section's `torch` and `mlx` blocks are executed with the inputs that the `run` block gives.

use anyhow::{Context, Result, bail};

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
    let files = repo::files(&repo::root().join("crates/t2m_port/src/rules"), "md")?;
    let mut cases = Vec::new();
    for file in &files {
        cases.extend(cases_of(&repo::relative(file), &repo::read(file)?)?);
    }
    Ok(Found { inputs: files.len(), cases, ..Found::default() })
}

fn cases_of(name: &str, text: &str) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    let (mut torch, mut mlx): (Option<String>, Option<String>) = (None, None);
    for block in blocks(text) {
        let id = format!("{name}:{}", block.line);
        match block.info.split_whitespace().next() {
            Some("torch") => (torch, mlx) = (Some(block.text), None),
            Some("mlx") => mlx = Some(block.text),
            Some("run") => {
                let (Some(torch), Some(mlx)) = (&torch, &mlx) else {
                    bail!("{id}: a `run` block stands behind a `torch` and an `mlx` block");
                };
                let mut table: toml::Table = block.text.parse().with_context(|| format!("{id}: a `run` block is TOML"))?;
                let Some(result) = table.remove("result") else {
                    bail!("{id}: a `run` block names what is compared: result = \"f(x)\"");
                };
                let ported = table.remove("result_mlx").unwrap_or_else(|| result.clone());
                table.insert("setup_torch".to_owned(), torch.clone().into());
                table.insert("setup_mlx".to_owned(), mlx.clone().into());
                table.insert("torch".to_owned(), result);
                table.insert("mlx".to_owned(), ported);
                cases.push(Case::from_table(id, &table)?);
            }
            _ => {}
        }
    }
    Ok(cases)
}

fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some(Block { info: info.to_owned(), line: index + 1, text: String::new() }),
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
    fn a_run_block_takes_the_two_blocks_before_it() {
        let page = "# Page\n```torch\ny = x.relu()\n```\nprose\n```mlx\ny = nn.relu(x)\n```\n```run\nx = \"f32[2]\"\nresult = \"y\"\n```\n";
        let cases = cases_of("page.md", page).expect("the page is well formed");
        let lines: Vec<String> = cases.iter().map(Case::line).collect();
        assert_eq!(lines.len(), 1);
        for part in
            ["\"setup_torch\":\"y = x.relu()\\n\"", "\"setup_mlx\":\"y = nn.relu(x)\\n\"", "\"id\":\"page.md:9\"", "{\"x\":\"f32[2]\"}"]
        {
            assert!(lines[0].contains(part), "{part} is not in {}", lines[0]);
        }
    }

    #[test]
    fn a_run_block_without_a_port_is_an_error() {
        let error = cases_of("page.md", "```torch\nx\n```\n```run\nresult = \"x\"\n```\n").expect_err("there is no mlx block");
        assert!(error.to_string().contains("page.md:4"), "{error}");
    }
}
