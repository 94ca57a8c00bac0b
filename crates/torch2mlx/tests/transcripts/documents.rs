//! What the README and the guide show is what happens: their commands run in a copy of `examples/`, and their excerpts are cut from a port.
//!
//! A block ```` ```sh ```` holds commands that must succeed, unless `<!-- not run: REASON -->` stands above it; `console` and `file` blocks are those of a transcript.
//! `<!-- before FILE NAME -->` and `<!-- after FILE NAME -->` are followed by the definition `NAME` (`Class.method`) of the file or of its port.
//! `UPDATE=1` rewrites both.

use std::fs;
use std::path::{Path, PathBuf};

use t2m_syntax::ast;
use t2m_syntax::{SourceFile, ranges, stack};

use crate::case::Case;
use crate::{difference, update};

const PAGES: [&str; 2] = ["README.md", "docs/guide.md"];
const VERIFY: &str = "docs/verify.md";

/// Where the excerpts' ports are, below the folder that the commands run in.
const PORTS: &str = "mlx_examples";

#[test]
fn documents_say_what_happens() {
    let mut stale = Vec::new();
    for page in PAGES {
        let path = root().join(page);
        let expected = fs::read_to_string(&path).expect(page);
        let case = Case::new();
        copy(&root().join("examples"), &case.place().join("examples"));
        case.program("cargo", "[ \"$1 $2 $3\" = 'run --release --' ] || exit 2; shift 3; exec torch2mlx \"$@\"");
        let actual = stack::with_deep_stack(|| excerpts(&case.section(&expected), &case.place()));
        if actual == expected {
            continue;
        }
        if update() {
            fs::write(&path, &actual).expect("the page is written");
        } else {
            stale.push(format!("{page}\n{}", difference(&expected, &actual)));
        }
    }
    assert!(stale.is_empty(), "{}\nreview, then UPDATE=1 rewrites", stale.join("\n"));
}

/// The page about `verify` runs both frameworks, so it needs the interpreter that `cargo xtask test` names in `T2M_PYTHON`.
#[test]
fn the_page_about_verify_says_what_happens() {
    let Some(python) = std::env::var_os("T2M_PYTHON") else {
        eprintln!("not run: {VERIFY} needs T2M_PYTHON, an interpreter with torch and mlx; `cargo xtask test` sets it");
        return;
    };
    let path = root().join(VERIFY);
    let expected = fs::read_to_string(&path).expect(VERIFY);
    let case = Case::new();
    case.program("python3", &format!("exec '{}' \"$@\"", python.to_string_lossy()));
    let actual = case.section(&expected);
    if actual != expected && update() {
        fs::write(&path, &actual).expect("the page is written");
    } else {
        assert!(actual == expected, "{VERIFY}\n{}\nreview, then UPDATE=1 rewrites", difference(&expected, &actual));
    }
}

/// Python that a page shows has to parse.
#[test]
fn python_in_documents_parses() {
    let mut blocks = 0;
    for page in [PAGES[0], PAGES[1], VERIFY] {
        let text = fs::read_to_string(root().join(page)).expect(page);
        for block in text.split("\n```python").skip(1) {
            let (_, body) = block.split_once('\n').expect("a body");
            let (body, _) = body.split_once("\n```").expect("an end");
            blocks += 1;
            if let Err(error) = SourceFile::parse(page, format!("{body}\n")) {
                panic!("{page}: {}\n{body}", error.message);
            }
        }
    }
    assert!(blocks > 0);
}

/// A link that leads nowhere.
#[test]
fn links_between_documents_lead_somewhere() {
    for page in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/README.md",
        "docs/guide.md",
        "docs/cli.md",
        "docs/convert.md",
        VERIFY,
    ] {
        let path = root().join(page);
        let text = fs::read_to_string(&path).expect(page);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            let file = link.split('#').next().unwrap_or_default();
            let target = path.parent().expect("a folder").join(file);
            assert!(file.is_empty() || file.starts_with("https://") || target.exists(), "{page}: {link}");
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            if entry.file_name() != "__pycache__" {
                copy(&entry.path(), &target);
            }
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// The page with its excerpts cut anew.
fn excerpts(page: &str, place: &Path) -> String {
    let mut out = String::new();
    let mut lines = page.split_inclusive('\n');
    while let Some(line) = lines.next() {
        out += line;
        let Some((side, rest)) = line.trim_end().strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")?.split_once(' ')) else {
            continue;
        };
        let folder = match side {
            "before" => "examples",
            "after" => PORTS,
            _ => continue,
        };
        let (file, name) = rest.split_once(' ').expect("a file and a name");
        out += &format!("```python\n{}```\n", definition(&place.join(folder).join(file), name));
        assert_eq!(lines.next().map(str::trim_end), Some("```python"), "a block follows on {line}");
        lines.by_ref().take_while(|line| line.trim_end() != "```").for_each(drop);
    }
    out
}

/// The text of a class, function or method, without its indentation.
fn definition(path: &Path, name: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = SourceFile::parse(path.display().to_string(), text).expect("it parses");
    let mut suite = &file.suite[..];
    let mut found = None;
    for part in name.split('.') {
        let stmt = suite.iter().find(|stmt| ranges::definition_name(&file, stmt).is_some_and(|range| file.slice(range) == part));
        let stmt = stmt.unwrap_or_else(|| panic!("{} has no `{name}`", path.display()));
        found = Some(stmt);
        if let ast::Stmt::ClassDef(class) = stmt {
            suite = &class.body;
        }
    }
    let range = ranges::decorated(&file, found.expect("a name"));
    let indent = file.indentation(range.start());
    let lines = file.slice(range).lines().map(|line| format!("{}\n", line.strip_prefix(indent).unwrap_or(line)));
    lines.collect()
}
