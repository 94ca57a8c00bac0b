//! Ports one file to standard output: a look at the core without the command line.
use t2m_port::{Options, port};
use t2m_semantic::tables::Tables;
use t2m_semantic::{Project, ProjectFile};
use t2m_syntax::{SourceFile, stack};

#[expect(clippy::print_stdout, reason = "it is its product")]
fn main() {
    let path = std::env::args().nth(1).unwrap_or_default();
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    stack::with_deep_stack(|| {
        let source = match SourceFile::parse(path.clone(), text) {
            Ok(source) => source,
            Err(error) => return println!("{}", error.message),
        };
        let tables = match Tables::embedded() {
            Ok(tables) => tables,
            Err(error) => return println!("{error}"),
        };
        let project = Project { files: vec![ProjectFile { source, path: "a.py".into() }], ..Project::default() };
        let ported = port(&project, &tables, &Options::default());
        for file in &ported.files {
            println!("{}", file.text);
            for finding in &file.findings {
                println!("# {:?}", finding);
            }
            println!("# {:?} {:?}", file.status, file.ported);
        }
        for file in &ported.added {
            println!("# + {} {}", file.path, file.text.lines().count());
        }
    });
}
