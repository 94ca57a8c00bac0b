//! `torch2mlx port -`: text in, text out.

use std::io::{Read, Write};
use std::path::Path;

use t2m_port::port;
use t2m_semantic::{Project, ProjectFile};

use crate::args::PortArgs;
use crate::failure::failure;
use crate::input::{self, Loaded};
use crate::outcome::{Content, FileOutcome, FileStatus, Outcome};
use crate::walk::{self, Input};

pub(super) fn run(args: &PortArgs) -> anyhow::Result<u8> {
    if args.sources.len() > 1 {
        return Err(failure("`-` stands for stdin and goes alone", "port the files apart from stdin"));
    }
    if args.out.is_some() {
        return Err(failure("stdin is ported to stdout", "leave out --out, or name a file instead of `-`"));
    }
    let path = args.stdin_filename.as_deref().unwrap_or(Path::new("stdin.py"));
    let shown = walk::show(path);
    let rel = path.file_name().map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
    let config = super::config(args, path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
    let tables = super::tables(&config)?;
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;

    let input = Input { rel, path: path.to_owned(), shown, is_python: true };
    let mut files = Vec::new();
    match input::parse(bytes.clone(), &input.shown) {
        Loaded::Parsed { source, encoding, notebook } => {
            let (root_package, others) = walk::package_around(path);
            let project = Project { files: vec![ProjectFile { source, path: input.rel.clone() }], root_package, others };
            let mut ported = port(&project, &tables, &super::options(args));
            ported.added.retain(|file| file.is_imported);
            super::join(&mut files, vec![(&input, encoding, notebook)], project, ported)?;
        }
        Loaded::Other => {
            return Err(failure(
                "stdin is no notebook of Python in format 4",
                "`jupyter nbconvert --to notebook FILE` writes older ones anew",
            ));
        }
        Loaded::Broken { finding, text, bytes } => files.push(FileOutcome::failed(&input, finding, text, bytes)),
    }
    let outcome = Outcome::new(files, Vec::new(), &config);
    print(&outcome, &bytes, args)?;
    super::finish(&outcome, args, &config, false)
}

/// `original`: what was read, for a port that can't be told in its encoding.
fn print(outcome: &Outcome, original: &[u8], args: &PortArgs) -> anyhow::Result<()> {
    if args.diff {
        return super::print_diff(outcome);
    }
    let mut out = std::io::stdout().lock();
    for file in &outcome.files {
        match &file.content {
            Content::Bytes(_) if file.status == FileStatus::Added => {
                if args.talks() {
                    crate::tell!("note: the port imports from `{}`, which `port FILE --out DIR` writes beside it", file.rel);
                }
            }
            Content::Bytes(bytes) => out.write_all(bytes)?,
            Content::CopyOf(_) | Content::Nothing => out.write_all(original)?,
        }
    }
    out.flush()?;
    Ok(())
}
