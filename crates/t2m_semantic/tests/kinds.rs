//! Kinds, written as Markdown: in each `python` block of `tests/kinds/*.md`, a comment `# kind: tensor[4] (constructed)` says what the statement of its line assigns,
//! returns or evaluates. Blocks with a first line `# file: pkg/a.py` belong to one project.

use t2m_semantic::kind::{NumpyKind, TensorKind};
use t2m_semantic::tables::Tables;
use t2m_semantic::{Evidence, Fact, Facts, Kind, Project, ProjectFile};
use t2m_syntax::stack::with_deep_stack;
use t2m_syntax::{Node, SourceFile, ast};

fn word(facts: &Facts, kind: &Kind) -> String {
    let list = |kinds: &[Kind]| kinds.iter().map(|kind| word(facts, kind)).collect::<Vec<_>>().join(", ");
    match kind {
        Kind::Tensor(TensorKind { rank, dtype }) => {
            let parts = rank.map(|rank| rank.to_string()).into_iter().chain(dtype.map(|dtype| format!("{dtype:?}").to_lowercase()));
            let parts = parts.collect::<Vec<_>>().join(", ");
            if parts.is_empty() { "tensor".into() } else { format!("tensor[{parts}]") }
        }
        Kind::Layer(name) | Kind::Optimizer(name) | Kind::Scheduler(name) | Kind::Library(name) | Kind::Name(name) => name.to_string(),
        Kind::Instance(class) => facts.class(*class).name.to_string(),
        Kind::Class(class) => format!("class {}", facts.class(*class).name),
        Kind::Function(function) => format!("def {}", facts.function(*function).name),
        Kind::ModuleList(item) => format!("modulelist[{}]", word(facts, item)),
        Kind::ModuleDict(item) => format!("moduledict[{}]", word(facts, item)),
        Kind::List(item) => format!("list[{}]", word(facts, item)),
        Kind::Seq(item) => format!("seq[{}]", word(facts, item)),
        Kind::Dict(item) => format!("dict[{}]", word(facts, item)),
        Kind::Tuple(items) => format!("({})", list(items)),
        Kind::Optional(inner) => format!("optional {}", word(facts, inner)),
        Kind::Numpy(NumpyKind { is_number, is_float }) => {
            format!("numpy {}{}", if *is_float { "float" } else { "number" }, if *is_number { "" } else { " or array" })
        }
        plain => format!("{plain:?}").to_lowercase(),
    }
}

fn shown(facts: &Facts, fact: &Fact) -> String {
    match fact.evidence {
        Evidence::Nothing => word(facts, &fact.kind),
        evidence => format!("{} ({})", word(facts, &fact.kind), format!("{evidence:?}").to_lowercase()),
    }
}

/// The expression that a statement is asked about.
fn subject(stmt: &ast::Stmt) -> Option<&ast::Expr> {
    match stmt {
        ast::Stmt::Expr(stmt) => Some(&stmt.value),
        ast::Stmt::Assign(stmt) => Some(&stmt.value),
        ast::Stmt::AugAssign(stmt) => Some(&stmt.target),
        ast::Stmt::AnnAssign(stmt) => stmt.value.as_deref(),
        ast::Stmt::Return(stmt) => stmt.value.as_deref(),
        _ => None,
    }
}

/// The projects of a Markdown file: each heading starts one.
fn projects(text: &str) -> Vec<(String, Project)> {
    let mut projects: Vec<(String, Project)> = Vec::new();
    let mut block: Option<Vec<&str>> = None;
    for line in text.lines() {
        match (&mut block, line) {
            (None, "```python") => block = Some(Vec::new()),
            (Some(lines), "```") => {
                let path = lines.first().and_then(|line| line.strip_prefix("# file: ")).unwrap_or("a.py").to_owned();
                let source = SourceFile::parse(path.clone(), lines.join("\n") + "\n").expect("the block parses");
                projects.last_mut().expect("a heading").1.files.push(ProjectFile { source, path });
                block = None;
            }
            (Some(lines), line) => lines.push(line),
            (None, line) if line.starts_with("## ") => projects.push((line[3..].to_owned(), Project::default())),
            (None, _) => {}
        }
    }
    projects
}

fn check(heading: &str, project: &Project, tables: &Tables, failures: &mut Vec<String>) -> usize {
    let facts = Facts::new(project, tables);
    let mut checked = 0;
    for id in project.ids() {
        let source = &project.file(id).source;
        let lines: Vec<_> = source.text.lines().collect();
        for stmt in &source.suite {
            Node::Stmt(stmt).walk(&mut |node| {
                let Node::Stmt(stmt) = node else { return };
                let Some(subject) = subject(stmt) else { return };
                let line = source.line_column(node.range().end()).line;
                let Some((_, expected)) = lines[line - 1].split_once("# kind: ") else { return };
                checked += 1;
                let found = shown(&facts, &facts.file(id).fact(subject));
                if found != expected {
                    failures.push(format!("{heading}: {}\n    found: {found}", lines[line - 1].trim()));
                }
            });
        }
        let comments = lines.iter().filter(|line| line.contains("# kind: ")).count();
        let asked = checked;
        assert!(asked >= comments || project.files.len() > 1, "{heading}: a `# kind:` comment stands on no statement");
    }
    checked
}

#[test]
fn kinds_of_the_pages() {
    with_deep_stack(|| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kinds");
        let mut failures = Vec::new();
        let tables = Tables::embedded().unwrap_or_else(|error| panic!("{error}"));
        let mut pages: Vec<_> = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
        pages.sort();
        assert!(!pages.is_empty());
        for page in pages {
            let text = std::fs::read_to_string(&page).expect("readable");
            for (heading, project) in projects(&text) {
                let heading = format!("{}: {heading}", page.file_name().unwrap_or_default().to_string_lossy());
                assert!(check(&heading, &project, &tables, &mut failures) > 0, "{heading}: nothing was checked");
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    });
}
