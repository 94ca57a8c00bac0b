//! Every rule's page is its test: a `torch` block ports to the `mlx` block below it, or leaves the findings of the `todo` block.
//!
//! A `todo` block holds lines `line: CODE`, 1-based lines of the torch block. Porting is deterministic, and the laws hold: the driver checks them.

use t2m_port::fuse::PATTERNS;
use t2m_port::rules::RULES;
use t2m_port::{Options, PortedFile, Status, port};
use t2m_semantic::tables::Tables;
use t2m_semantic::{Project, ProjectFile};
use t2m_syntax::{SourceFile, stack};

struct Block<'t> {
    language: &'t str,
    line: usize,
    text: String,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block<'_>> = None;
    for (i, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(Block { language: info.split(' ').next().unwrap_or_default(), line: i + 1, text: String::new() })
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

fn port_text(tables: &Tables, text: &str, options: &Options) -> (PortedFile, Project) {
    let source = SourceFile::parse("case.py", text).unwrap_or_else(|error| panic!("{}:\n{text}", error.message));
    let project = Project { files: vec![ProjectFile { source, path: "case.py".into() }], ..Project::default() };
    let ported = port(&project, tables, options);
    let again = port(&project, tables, options);
    assert_eq!(ported.files[0].text, again.files[0].text, "porting is deterministic");
    (ported.files.into_iter().next().expect("one file"), project)
}

#[test]
fn pages_of_rules() {
    stack::with_deep_stack(|| {
        let tables = Tables::embedded().unwrap_or_else(|error| panic!("{error}"));
        let mut failures = Vec::new();
        let mut cases = 0;
        let rules = RULES.iter().map(|rule| (format!("rules/{}.md", rule.name.replace('-', "_")), rule.doc, Options::default()));
        // What `--fuse` does has pages of the same form.
        let fused = |pattern: &t2m_port::fuse::Pattern| {
            let page = format!("fuse/{}.md", pattern.name.trim_start_matches("fuse-"));
            (page, pattern.doc, Options { fuse: true, ..Options::default() })
        };
        for (page, doc, options) in rules.chain(PATTERNS.iter().map(fused)) {
            let blocks = blocks(doc);
            assert!(blocks.iter().any(|block| block.language == "torch"), "{page} has no case");
            for pair in blocks.windows(2).filter(|pair| pair[0].language == "torch") {
                cases += 1;
                let place = format!("{page}:{}", pair[0].line);
                let (file, project) = port_text(&tables, &pair[0].text, &options);
                assert_ne!(file.status, Status::Fallback, "{place}: {:?}", file.findings);
                match pair[1].language {
                    "mlx" if file.text != pair[1].text => {
                        failures.push(format!("{place}\n--- expected\n{}--- got\n{}", pair[1].text, file.text))
                    }
                    "mlx" => {}
                    "todo" => {
                        let source = &project.files[0].source;
                        let todos = file.findings.iter().filter(|finding| finding.is_todo);
                        let got: String = todos.map(|f| format!("{}: {}\n", source.line_column(f.range.start()).line, f.code)).collect();
                        if got != pair[1].text {
                            failures.push(format!("{place}\n--- expected\n{}--- got\n{got}", pair[1].text));
                        }
                    }
                    other => failures.push(format!("{place}: a `torch` block is followed by `{other}`")),
                }
            }
        }
        assert!(failures.is_empty(), "{} of {cases} cases failed\n\n{}", failures.len(), failures.join("\n"));
    });
}

#[test]
fn every_rule_in_the_folder_is_listed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules");
    for entry in std::fs::read_dir(folder).expect("the folder of rules") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        if let Some(stem) = name.strip_suffix(".md") {
            assert!(RULES.iter().any(|rule| rule.name == stem.replace('_', "-")), "{name} belongs to no rule in `RULES`");
        }
    }
}
