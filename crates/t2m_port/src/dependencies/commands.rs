//! What the cells of a notebook install: `!pip install torch torchvision` is `!pip install mlx`.

use super::distributions::{Distributions, Fate};
use super::requirement::Requirement;

/// The code of a cell, with MLX in the place of PyTorch in its commands of pip. A command that has nothing left to install goes.
pub fn port_install_commands(code: &str) -> String {
    code.split_inclusive('\n').map(|line| if is_install(line) { installed(line) } else { line.to_owned() }).collect()
}

/// Ex) `!pip install -q torch`, `%pip install torch`, `!{sys.executable} -m pip install torch`
fn is_install(line: &str) -> bool {
    let command = line.trim_start();
    // What follows is another command.
    command.starts_with(['!', '%']) && command.contains(" install ") && command.contains("pip") && !command.contains(['&', ';', '|', '\\'])
}

fn installed(line: &str) -> String {
    let all = Distributions::builtin();
    let Some((head, rest)) = line.split_once(" install ") else { return line.to_owned() };
    let end = &line[line.trim_end().len()..];
    let words: Vec<&str> = rest.split_whitespace().collect();
    let fate = |word: &str| {
        let requirement = Requirement::parse(word.trim_matches(['"', '\'']))?;
        Some((all.fate(&requirement.name), requirement.is_bound()))
    };
    let is_torch = |word: &&str| matches!(fate(word), Some((Fate::Replaced | Fate::Dropped, _)));
    if !words.iter().any(is_torch) {
        return line.to_owned();
    }
    // Who asks for torchvision alone gets torch with it.
    let mut is_missing = !words.iter().any(|word| matches!(fate(word), Some((Fate::Replaced, _))));
    let mut kept: Vec<String> = Vec::new();
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        match (word.starts_with('-'), fate(word)) {
            // `--index-url https://...` of PyTorch's wheels
            (true, _) if words.peek().is_some_and(|place| all.is_torch_host(place)) => _ = words.next(),
            (true, _) if all.is_torch_host(word) => {}
            (false, Some((fate, is_bound))) if matches!(fate, Fate::Replaced | Fate::Dropped) => {
                if fate == Fate::Replaced || std::mem::take(&mut is_missing) && word.contains("torch") {
                    let new = all.requirement(is_bound && fate == Fate::Replaced);
                    // A shell takes `>` for something else.
                    kept.push(if new.contains('>') { format!("\"{new}\"") } else { new });
                }
            }
            _ => kept.push(word.to_owned()),
        }
    }
    if kept.iter().all(|word| word.starts_with('-')) {
        return String::new();
    }
    format!("{head} install {}{end}", kept.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn torch_is_mlx_in_commands_of_pip() {
        for (before, after) in [
            ("!pip install torch\n", "!pip install mlx\n"),
            ("!pip install -q torch torchvision einops", "!pip install -q mlx einops"),
            ("%pip install torchvision\nx = 1\n", "%pip install mlx\nx = 1\n"),
            ("!{sys.executable} -m pip install 'torch>=2.1' numpy\n", "!{sys.executable} -m pip install \"mlx>=0.32.4\" numpy\n"),
            ("!pip3 install torch --index-url https://download.pytorch.org/whl/cu118\n", "!pip3 install mlx\n"),
            ("!pip install nvidia-cublas-cu12\n", ""),
            ("!pip install einops\n", "!pip install einops\n"),
            ("!pip install torch && ls\n", "!pip install torch && ls\n"),
            ("print(' install torch')\n", "print(' install torch')\n"),
        ] {
            assert_eq!(port_install_commands(before), after, "{before}");
        }
    }
}
