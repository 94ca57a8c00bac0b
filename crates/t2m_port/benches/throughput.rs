//! MB/s of each stage on the repository's own programs, on all cores: parse, facts, decide, render; and of all but the first together.

use std::path::{Path, PathBuf};

use divan::Bencher;
use divan::counter::BytesCount;
use rayon::prelude::*;
use t2m_port::finding::TODO;
use t2m_port::{Options, with_decisions};
use t2m_semantic::tables::Tables;
use t2m_semantic::{Facts, Project, ProjectFile, TORCH_PACKAGES};
use t2m_syntax::{SourceFile, encoding, laws, stack};

fn main() {
    let threads = rayon::ThreadPoolBuilder::new().stack_size(stack::STACK_SIZE).build_global();
    threads.expect("the first pool");
    stack::with_deep_stack(divan::main);
}

/// Path below the project, and text, of all Python in `golden/*/in` and `examples`.
fn texts() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders: Vec<PathBuf> = vec![root.join("golden"), root.join("examples")];
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("out") {
                folders.push(path);
            } else if path.extension().is_some_and(|suffix| suffix == "py")
                && let Ok((text, _)) = encoding::decode(&std::fs::read(&path).expect("a file"))
            {
                let name = path.strip_prefix(&root).expect("below the root").display().to_string();
                texts.push((name, text));
            }
        }
    }
    texts.sort();
    texts
}

fn project() -> Project {
    let files = texts().into_iter().filter_map(|(path, text)| {
        let source = SourceFile::parse(path.clone(), text).ok()?;
        Some(ProjectFile { source, path })
    });
    Project { files: files.collect(), ..Project::default() }
}

fn bytes(project: &Project) -> BytesCount {
    BytesCount::new(project.files.iter().map(|file| file.source.text.len()).sum::<usize>())
}

#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    let texts = texts();
    let size: usize = texts.iter().map(|(_, text)| text.len()).sum();
    bencher
        .counter(BytesCount::new(size))
        .bench(|| texts.par_iter().filter(|(path, text)| SourceFile::parse(path.as_str(), text.as_str()).is_ok()).count());
}

#[divan::bench]
fn facts(bencher: Bencher<'_, '_>) {
    let (project, tables) = (project(), Tables::embedded().expect("the tables load"));
    bencher.counter(bytes(&project)).bench(|| {
        divan::black_box(Facts::new(&project, &tables));
    });
}

#[divan::bench]
fn decide(bencher: Bencher<'_, '_>) {
    let (project, tables) = (project(), Tables::embedded().expect("the tables load"));
    let facts = Facts::new(&project, &tables);
    bencher.counter(bytes(&project)).bench(|| with_decisions(&project, &facts, &tables, |_| ()));
}

/// With the laws: what is written is checked.
#[divan::bench]
fn render(bencher: Bencher<'_, '_>) {
    let (project, tables) = (project(), Tables::embedded().expect("the tables load"));
    let facts = Facts::new(&project, &tables);
    with_decisions(&project, &facts, &tables, |decisions| {
        let files = || project.files.par_iter().zip(decisions).map(|(file, decisions)| (&file.source, decisions));
        let written = |(source, decisions)| {
            let text = t2m_syntax::render(source, decisions);
            laws::check(source, decisions, &text, TORCH_PACKAGES, &|comment| comment.starts_with(TODO)).is_ok()
        };
        bencher.counter(bytes(&project)).bench(|| files().filter(|file| written(*file)).count());
    });
}

/// Facts, decisions, rendering, laws: what a run adds to parsing.
#[divan::bench]
fn port(bencher: Bencher<'_, '_>) {
    let (project, tables) = (project(), Tables::embedded().expect("the tables load"));
    bencher.counter(bytes(&project)).bench(|| t2m_port::port(&project, &tables, &Options::default()));
}
