//! Facts about the parser that the renderer stands on, held against all Python files of the repository.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, SourceFile, encoding, ranges, stack};

fn python_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders: Vec<PathBuf> = ["golden", "examples", "mappings/helpers", "tests"].iter().map(|name| root.join(name)).collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|suffix| suffix == "py") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[test]
fn ranges_are_right_and_ids_are_unique() {
    stack::with_deep_stack(|| {
        let mut nodes = 0;
        for path in python_files() {
            let bytes = std::fs::read(&path).expect("a file");
            let name = path.display().to_string();
            let (text, _) = encoding::decode(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            let file = SourceFile::parse(name.clone(), text).unwrap_or_else(|error| panic!("{name}: {}", error.message));
            let mut ids = HashSet::new();
            for stmt in &file.suite {
                Node::Stmt(stmt).walk(&mut |node| {
                    nodes += 1;
                    assert!(ids.insert(node.id()), "{name}: two nodes at {:?}: {}", node.range(), file.slice(node.range()));
                    facts_of(&file, node);
                });
            }
            assert!(file.comments.iter().all(|comment| file.slice(*comment).starts_with('#')), "{name}");
            assert!(file.strings.iter().all(|string| file.slice(*string).ends_with(['"', '\''])), "{name}");
        }
        assert!(nodes > 50_000, "{nodes} nodes are few");
    });
}

fn facts_of(file: &SourceFile, node: Node<'_>) {
    let place = || format!("{}:{}", file.path, file.line_column(node.range().start()).line);
    let children = node.children();
    assert!(children.windows(2).all(|pair| pair[0].range().start() <= pair[1].range().start()), "{}", place());
    let outer = match node {
        Node::Stmt(stmt) => ranges::decorated(file, stmt),
        Node::Expr(expr) => expr.range(),
    };
    for child in children {
        assert!(outer.contains_range(child.range()), "{}: `{}` is outside of its parent", place(), file.slice(child.range()));
    }
    match node {
        Node::Expr(ast::Expr::Name(e)) => assert_eq!(file.slice(e.range), e.id.as_str(), "{}", place()),
        Node::Expr(ast::Expr::Attribute(e)) => assert_eq!(file.slice(ranges::attribute_name(e)), e.attr.as_str(), "{}", place()),
        Node::Expr(ast::Expr::Call(e)) => {
            assert!(ranges::call_arguments(file, e).is_some(), "{}", place());
            for keyword in &e.keywords {
                if let Some(name) = ranges::keyword_name(keyword) {
                    assert_eq!(Some(file.slice(name)), keyword.arg.as_deref(), "{}", place());
                }
            }
        }
        Node::Stmt(stmt @ (ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_))) => {
            assert!(ranges::definition_name(file, stmt).is_some(), "{}", place());
            assert!(file.slice(ranges::decorated(file, stmt)).starts_with(['@', 'd', 'c', 'a']), "{}", place());
        }
        _ => {}
    }
}
