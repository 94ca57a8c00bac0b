//! `torch2mlx port`: read, port, tell, write.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use rayon::prelude::*;
use t2m_port::{Imports, Options, Ported, check_row, is_dependency_file, port};
use t2m_semantic::tables::{TableError, Tables};
use t2m_semantic::{Project, ProjectFile};
use t2m_syntax::encoding::Encoding;
use t2m_syntax::stack::STACK_SIZE;

use crate::args::PortArgs;
use crate::config::Config;
use crate::failure::{failure, io_failure};
use crate::input::{self, Loaded};
use crate::notebook::Notebook;
use crate::outcome::{Content, FileOutcome, FileStatus, Outcome};
use crate::output::{OutDir, Plan, Product};
use crate::progress::Progress;
use crate::report::Report;
use crate::suggest::nearest;
use crate::walk::{self, Filter, Input, Walked};
use crate::{FOUND, OK, diff, findings};

mod namespace;
mod stdin;

pub(crate) fn run(args: &PortArgs) -> anyhow::Result<u8> {
    // Parsing, porting and dropping trees all recurse: everything happens on deep stacks.
    let pool = rayon::ThreadPoolBuilder::new().stack_size(STACK_SIZE).build().context("cannot start threads")?;
    pool.install(|| match args.sources.iter().any(|source| source.as_os_str() == "-") {
        true => stdin::run(args),
        false if args.parse_only => parse_only(args),
        false => run_files(args),
    })
}

/// Reads, decodes and parses what a port would, and drops it: a port may take a few times as long, and `cargo xtask corpus` says how many.
fn parse_only(args: &PortArgs) -> anyhow::Result<u8> {
    let config = config(args, &args.sources[0])?;
    let respect_gitignore = !args.no_respect_gitignore;
    let filter = Filter { out: None, exclude: &config.exclude, respect_gitignore, in_place: false };
    let walked = walk::walk(&args.sources, &filter)?;
    let python: Vec<&Input> = walked.inputs.iter().filter(|input| input.is_python).collect();
    let loaded = load(&python, args);
    loaded.into_par_iter().for_each(drop);
    Ok(OK)
}

fn run_files(args: &PortArgs) -> anyhow::Result<u8> {
    if args.out.is_none() && !args.diff {
        return Err(failure("nothing says where the port goes", "name a folder with --out DIR, or print a diff with --diff"));
    }
    if args.stdin_filename.is_some() {
        return Err(failure("--stdin-filename names stdin, and stdin is not ported", "write `-` as SRC, or leave it out"));
    }
    let config = config(args, &args.sources[0])?;
    let tables = tables(&config)?;
    let out = args.out.as_deref().map(|out| OutDir::open(out, &args.sources)).transpose()?;
    let filter = Filter {
        out: out.as_ref().map(|out| out.path.as_path()),
        exclude: &config.exclude,
        respect_gitignore: !args.no_respect_gitignore,
        in_place: out.is_none(),
    };
    let walked = walk::walk(&args.sources, &filter)?;
    if let Some(out) = &out {
        out.guard(&walked.roots, args.force)?;
    }
    if let Some(report) = &args.report {
        refuse_report(report, &walked, out.as_ref())?;
    }
    let files = port_all(&walked, &tables, args)?;
    let outcome = Outcome::new(files, walked.skipped, &config);

    if args.diff {
        print_diff(&outcome)?;
    }
    let mut stale = false;
    if let Some(out) = &out {
        let products = products(&outcome);
        let plan = out.plan(&products, &unread(&outcome), args.force || args.check)?;
        if args.check {
            stale = !plan.is_empty();
            if args.talks() {
                print_stale(&products, &plan);
            }
        } else {
            out.apply(&products, &plan)?;
            print_removed(&plan, args);
        }
    }
    finish(&outcome, args, &config, stale)
}

/// The report must not take the place of a source or of a ported file.
fn refuse_report(report: &Path, walked: &Walked, out: Option<&OutDir>) -> anyhow::Result<()> {
    if report.as_os_str() == "-" {
        return Err(failure("`-` is no file, and --report writes one", "name a file; `/dev/stdout` is one"));
    }
    let Ok(path) = std::fs::canonicalize(report) else { return Ok(()) };
    let is_source = walked.inputs.iter().any(|input| std::fs::canonicalize(&input.path).is_ok_and(|input| input == path));
    let is_product = out.is_some_and(|out| walked.inputs.iter().any(|input| out.path.join(&input.rel) == path));
    if is_source || is_product {
        let what = if is_source { "a source" } else { "a ported file" };
        return Err(failure(
            format!("`{}` is {what}, and --report would replace it", report.display()),
            "choose another name for the report",
        ));
    }
    Ok(())
}

/// Report, findings, summary, exit code: the end of every run.
fn finish(outcome: &Outcome, args: &PortArgs, config: &Config, stale: bool) -> anyhow::Result<u8> {
    if let Some(path) = &args.report {
        let json = Report::new(outcome, args.layout.or(config.layout).unwrap_or_default()).to_json()?;
        crate::output::write_named(path, json).map_err(|error| io_failure("write", path, &error))?;
    }
    if args.explains() {
        findings::print_why(outcome);
    }
    findings::print(outcome, args)?;
    if args.talks() {
        findings::print_summary(outcome, args);
    }
    if outcome.all_failed() {
        return Ok(crate::COULD_NOT_RUN);
    }
    Ok(if stale || (args.fail_on_todo && outcome.has_open_ends()) { FOUND } else { OK })
}

fn config(args: &PortArgs, source: &Path) -> anyhow::Result<Config> {
    let config = match &args.config {
        Some(path) => Config::read(path)?,
        None => Config::find(source)?,
    };
    if args.explains()
        && let Some(path) = &config.path
    {
        crate::tell!("configuration: {}", walk::show_from_here(path));
    }
    Ok(config)
}

/// The embedded tables and the user's own rows.
fn tables(config: &Config) -> anyhow::Result<Tables> {
    let mut tables =
        Tables::without_examples().map_err(|error| failure(error.to_string(), "this is a bug of torch2mlx: please report it"))?;
    let path = config.path.as_deref().map(walk::show_from_here).unwrap_or_default();
    for row in &config.rows {
        let wrong = |error: TableError| failure(error.to_string(), row_help(&error.message));
        tables.add_file(&path, &row.text, true).map_err(wrong)?;
    }
    for row in tables.rows().iter().filter(|row| row.origin.is_users) {
        check_row(row).map_err(|message| {
            failure(format!("{}:{}: {message}", row.origin.file, row.origin.line), "write the row as in mappings/README.md")
        })?;
    }
    Ok(tables)
}

/// What to do about a row that breaks the format. A key that is not known is mostly a slip: ``unknown field `mxl`, expected one of `mlx`, ...``.
fn row_help(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let near = quoted.next().filter(|_| message.starts_with("unknown field")).and_then(|key| nearest(key, quoted));
    match near {
        Some(near) => format!("did you mean `{near}`? write the row as in mappings/README.md"),
        None => "write the row as in mappings/README.md".into(),
    }
}

fn options(args: &PortArgs) -> Options {
    Options { explain: args.verbose, fuse: args.fuse }
}

fn load(python: &[&Input], args: &PortArgs) -> Vec<Loaded> {
    let progress = Progress::start("reading", python.len(), args.quiet);
    python.par_iter().map(|input| input::load(&input.path, &input.shown)).inspect(|_| progress.step()).collect()
}

fn port_all(walked: &Walked, tables: &Tables, args: &PortArgs) -> anyhow::Result<Vec<FileOutcome>> {
    let python: Vec<&Input> = walked.inputs.iter().filter(|input| input.is_python).collect();
    let loaded = load(&python, args);
    let mut files: Vec<FileOutcome> = walked.inputs.iter().filter(|input| !input.is_python).map(FileOutcome::copied).collect();
    files.extend(walked.unreadable.iter().map(|(folder, why)| FileOutcome::failed(folder, input::unreadable("folder", why), None, None)));
    let copied = walked.inputs.iter().filter(|input| !input.is_python).map(|input| input.rel.clone());
    let others = copied.chain(walked.beside.iter().cloned()).collect();
    let mut project = Project { root_package: walked.root_package.clone(), others, ..Project::default() };
    let mut parsed: Vec<Read<'_>> = Vec::new();
    for (input, loaded) in python.into_iter().zip(loaded) {
        match loaded {
            Loaded::Parsed { source, encoding, notebook } => {
                project.files.push(ProjectFile { source, path: input.rel.clone() });
                parsed.push((input, encoding, notebook));
            }
            Loaded::Other => {
                project.others.push(input.rel.clone());
                files.push(FileOutcome::copied(input));
            }
            Loaded::Broken { finding, text, bytes } => {
                project.others.push(input.rel.clone());
                files.push(FileOutcome::failed(input, finding, text, bytes));
            }
        }
    }
    if let [root] = &walked.roots[..]
        && project.root_package.is_none()
    {
        project.root_package = namespace::own_name(root, &project);
    }
    let ported = {
        let _progress = Progress::start("porting", project.files.len(), args.quiet);
        port(&project, tables, &options(args))
    };
    join(&mut files, parsed, project, ported)?;
    port_dependency_files(&mut files, args.verbose);
    for added in files.iter_mut().filter(|file| file.status == FileStatus::Added) {
        added.shown = walked.shown_beside(&added.rel);
    }
    for file in &mut files {
        file.is_linked = walked.linked.contains(&file.rel);
    }
    Ok(files)
}

/// What the project installs.
fn port_dependency_files(files: &mut [FileOutcome], explains: bool) {
    let all = (0..files.len()).filter(|at| files[*at].status == FileStatus::Copied && is_dependency_file(&files[*at].rel));
    for at in all.collect::<Vec<_>>() {
        let added = || files.iter().filter(|file| file.status == FileStatus::Added);
        let imports = Imports {
            anywhere: &|module| files.iter().any(|file| file.imports(module)),
            by_helpers: &|module| added().any(|file| file.imports(module)),
        };
        if let Some(ported) = files[at].ported_dependencies(&imports) {
            files[at].take_dependencies(ported, explains);
        }
    }
}

/// What was read of a file, beside its tree.
type Read<'a> = (&'a Input, Encoding, Option<Notebook>);

/// Puts the ported texts beside the sources they came from.
fn join(files: &mut Vec<FileOutcome>, parsed: Vec<Read<'_>>, project: Project, ported: Ported) -> anyhow::Result<()> {
    let bug = |what: String| failure(what, "this is a bug of torch2mlx: please report it; nothing was written");
    let mut by_path: BTreeMap<String, _> = ported.files.into_iter().map(|file| (file.path.clone(), file)).collect();
    let mut pairs = Vec::new();
    for (source, file) in parsed.into_iter().zip(project.files) {
        let ported = by_path.remove(&file.path).ok_or_else(|| bug(format!("`{}` was lost while it was ported", file.path)))?;
        pairs.push((source, file, ported));
    }
    let outcome = |((input, encoding, notebook), file, ported): (Read<'_>, _, _)| match notebook {
        Some(notebook) => FileOutcome::ported_notebook(input, file, notebook, ported),
        None => FileOutcome::ported(input, file, encoding, ported),
    };
    files.par_extend(pairs.into_par_iter().map(outcome));
    for added in ported.added {
        if files.iter().any(|file| file.rel == added.path) {
            return Err(bug(format!("the helper module `{}` has the name of a file of yours", added.path)));
        }
        files.push(FileOutcome::added(added.path, added.text));
    }
    Ok(())
}

fn products(outcome: &Outcome) -> Vec<Product<'_>> {
    outcome
        .files
        .iter()
        .filter(|file| !matches!(file.content, Content::Nothing))
        .map(|file| Product { rel: &file.rel, content: &file.content, source: file.source.as_deref() })
        .collect()
}

/// What could not be read: whatever an earlier run made of it is no orphan.
fn unread(outcome: &Outcome) -> Vec<&str> {
    outcome.files.iter().filter(|file| matches!(file.content, Content::Nothing)).map(|file| file.rel.as_str()).collect()
}

fn print_diff(outcome: &Outcome) -> anyhow::Result<()> {
    let here = std::env::current_dir().ok();
    let mut out = std::io::stdout().lock();
    // Neither tool patches through a link; the file behind it has its own part.
    for file in outcome.files.iter().filter(|file| !file.is_linked) {
        if let Some((before, after)) = file.change() {
            let name = diff_name(file, here.as_deref());
            out.write_all(&diff::unified(&name, before.as_deref(), after))?;
        }
    }
    out.flush()?;
    Ok(())
}

/// The name below the current folder, so that the diff applies where the command was run; for a source elsewhere, the name below the source.
fn diff_name(file: &FileOutcome, here: Option<&Path>) -> String {
    let shown = Path::new(&file.shown);
    let below = match here {
        Some(here) if shown.is_absolute() => shown.strip_prefix(here).ok(),
        _ if shown.is_relative() => Some(shown),
        _ => None,
    };
    below
        .filter(|path| path.components().all(|part| matches!(part, std::path::Component::Normal(_))))
        .map_or_else(|| file.rel.clone(), walk::show)
}

fn print_stale(products: &[Product<'_>], plan: &Plan) {
    for &i in &plan.write {
        crate::tell!("stale: {}", products[i].rel);
    }
    for rel in &plan.remove {
        crate::tell!("stale: {rel} (no longer produced)");
    }
}

fn print_removed(plan: &Plan, args: &PortArgs) {
    for rel in plan.keep.iter().filter(|_| args.talks()) {
        crate::tell!("note: `{rel}` was edited and is no longer produced: it was left, and is yours from here on");
    }
    if args.explains() {
        plan.remove.iter().for_each(|rel| crate::tell!("removed: {rel} (no longer produced)"));
    } else if args.talks() && !plan.remove.is_empty() {
        crate::tell!("{} removed, no longer produced; -v names them", findings::count(plan.remove.len(), "file"));
    }
}
