//! Import statements: what became unused goes, what is needed comes, in the place of what it replaces.

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashSet};
use t2m_semantic::{Entity, Evidence, Fact};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::piece::{Action, Decisions, StmtDecision};
use t2m_syntax::{Edit, Node, NodeId, Piece, SourceFile, TextRange, TextSize, node};

use crate::cx::Cx;
use crate::names::{Module, ModuleNames, Uses};

pub use t2m_semantic::{TORCH_PACKAGES, is_torch_family};

/// How the stand-in is asked for a name that stays: a module inside of another package has no stand-in of its own.
pub(crate) fn served_name(name: &str) -> String {
    let own = TORCH_PACKAGES.iter().any(|package| name.split('.').next() == Some(package));
    if own { name.to_owned() } else { format!("torch.{name}") }
}

/// Whether a file is written for MLX already, or for another framework: it imports that, or a helper module, and nothing of torch. Its arrays are no tensors,
/// unless the project gives it some.
pub(crate) fn is_of_another_framework(cx: &Cx<'_>) -> bool {
    let frameworks = crate::rules::foreign_package::frameworks();
    if !frameworks.iter().any(|name| crate::cx::holds(&cx.file.text, name)) {
        return false;
    }
    let (mut mlx, mut other, mut torch) = (false, false, false);
    let mut see = |name: &str| {
        let framework = frameworks.iter().find(|framework| t2m_syntax::laws::is_within(name, framework));
        mlx |= framework.is_some_and(|framework| framework == "mlx") || name.rsplit('.').next() == Some(crate::helpers::MODULE);
        other |= framework.is_some();
        torch |= is_torch_family(name);
    };
    node::statements(&cx.file.suite, &mut |stmt| match stmt {
        ast::Stmt::Import(import) => import.names.iter().for_each(|alias| see(&alias.name)),
        ast::Stmt::ImportFrom(import) => {
            let module = import.module.as_ref().map_or("", |module| module.as_str());
            see(module);
            import.names.iter().for_each(|alias| see(&format!("{module}.{}", alias.name)));
        }
        _ => {}
    });
    !torch && (mlx || other && !has_tensors(cx))
}

/// Whether a file imports torch, or something of it.
pub(crate) fn imports_torch(cx: &Cx<'_>) -> bool {
    let is_of_torch = |entity: &Entity| matches!(entity, Entity::Library(name) if is_torch_family(name.as_str()));
    cx.facts.imports().iter().any(|import| import.entity.as_ref().is_some_and(is_of_torch))
}

/// Whether anything is known to be a tensor or a module: how a value is used tells nothing where arrays of another framework have the same methods.
fn has_tensors(cx: &Cx<'_>) -> bool {
    let mut found = false;
    let is_told = |fact: Fact| fact.evidence >= Evidence::Called && (fact.kind.is_tensor() || cx.project_facts.is_module(&fact.kind));
    cx.file.suite.iter().for_each(|stmt| {
        Node::Stmt(stmt).walk(&mut |node| found |= matches!(node, Node::Expr(expr) if is_told(cx.fact(expr))));
    });
    found
}

/// Lines that an import statement of torch becomes, beside the imports of modules.
pub(crate) type BoundLines = IndexMap<NodeId, Vec<String>, FxBuildHasher>;

/// Where a file finds the helper module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompatImport {
    /// The module's name: `mlx_compat`.
    pub name: String,
    /// `from . import mlx_compat`, without ` as ...`.
    pub text: String,
    /// `from .mlx_compat import `, to import single names.
    pub from: String,
    /// For a module of a package that may be started as a script too, what works there: `import mlx_compat`.
    pub as_script: Option<String>,
}

/// Adds to `decisions` what becomes of the import statements of a file that uses `uses`.
pub(crate) fn rewrite<'a>(
    cx: &Cx<'a>,
    decisions: &mut Decisions<'a>,
    uses: &Uses,
    stand_ins: &FxHashSet<String>,
    compat: &CompatImport,
    bound: &BoundLines,
) {
    let (file, names) = (cx.file, &cx.names);
    let mut wanted: Vec<Module> =
        uses.modules.iter().copied().filter(|module| *module == Module::Compat || !is_imported(file, *module, names)).collect();
    if stand_ins.contains("torch") && compat.as_script.is_some() && !wanted.contains(&Module::Compat) {
        wanted.push(Module::Compat);
    }
    let torch_imports = torch_imports(file, &cx.project.torch_packages());
    // What a name goes on being bound to may be a module that is needed anyway.
    let top_level = torch_imports.iter().filter(|import| import.is_top_level);
    let at_top: Vec<&String> = top_level.flat_map(|import| bound.get(&NodeId::from(import.stmt)).into_iter().flatten()).collect();
    wanted.retain(|module| !matches!(&import_lines(file, *module, names, compat)[..], [line] if at_top.contains(&line)));
    let mut extra: Vec<String> = Vec::new();
    let mut lines: Vec<(usize, String)> = Vec::new();
    let used_from = first_use(file, decisions, &torch_imports);
    let is_early = |import: &TorchImport<'a>| import.is_top_level && used_from.is_none_or(|at| import.stmt.start() < at);
    // Each module takes the place of the import that it replaces.
    for (i, import) in torch_imports.iter().enumerate() {
        if is_early(import)
            && let Some(module) =
                wanted.iter().copied().find(|module| module.replaces().is_some_and(|path| import.paths.iter().any(|p| p == path)))
        {
            lines.extend(import_lines(file, module, names, compat).into_iter().map(|line| (i, line)));
            wanted.retain(|other| *other != module);
        }
    }
    extra.extend(wanted.iter().flat_map(|module| import_lines(file, *module, names, compat)));
    for package in TORCH_PACKAGES {
        if !stand_ins.contains(*package) {
            continue;
        }
        if *package == "torch" && compat.as_script.is_some() {
            extra.push(format!("torch = {}.{}", names.of(Module::Compat), crate::helpers::STAND_IN));
        } else if *package == "torch" {
            let line = format!("{}{} as torch", compat.from, crate::helpers::STAND_IN);
            if !at_top.contains(&&line) {
                extra.push(line);
            }
        } else {
            extra.push(format!("{package} = {}.stand_in(\"{package}\")", names.of(Module::Compat)));
        }
    }
    // The rest goes below the last top-level import that stays or is replaced before anything is used, in a fixed order.
    let home = torch_imports.iter().enumerate().rev().find(|(_, import)| is_early(import)).map(|(i, _)| i);
    for (i, import) in torch_imports.iter().enumerate() {
        let mut texts: Vec<String> = lines.iter().filter(|(at, _)| *at == i).map(|(_, line)| line.clone()).collect();
        texts.extend(bound.get(&NodeId::from(import.stmt)).into_iter().flatten().cloned());
        if home == Some(i) {
            texts.append(&mut extra);
        }
        import.decide(file, decisions, texts);
    }
    empty_type_checks(file, decisions);
    empty_attempts(file, decisions);
    if !extra.is_empty() {
        insert(file, decisions, extra);
    }
}

/// Where the first text of ours stands, which may use what is imported. Ex) `class D(Dataset): ...` above `import torch.nn as nn`
fn first_use(file: &SourceFile, decisions: &Decisions<'_>, imports: &[TorchImport<'_>]) -> Option<TextSize> {
    let is_import = |id: &NodeId| imports.iter().any(|import| NodeId::from(import.stmt) == *id);
    // A TODO at the import of another package uses nothing.
    let imports_other = |stmt: &ast::Stmt| matches!(stmt, ast::Stmt::Import(_) | ast::Stmt::ImportFrom(_));
    let others: FxHashSet<NodeId> = file.suite.iter().filter(|stmt| imports_other(stmt)).map(NodeId::from).collect();
    let is_remark = |id: &NodeId, decision: &StmtDecision<'_>| {
        others.contains(id) && matches!(decision.action, Action::Keep) && decision.after.is_empty()
    };
    let has_text = |id: &NodeId, decision: &StmtDecision<'_>| !matches!(decision.action, Action::Delete) && !is_remark(id, decision);
    let stmts = decisions.stmts.iter().filter(|(id, decision)| has_text(id, decision) && !is_import(id));
    let nodes = stmts.map(|(id, _)| id).chain(decisions.exprs.keys()).chain(decisions.nests.keys());
    nodes.map(|id| id.range().start()).min()
}

/// `if TYPE_CHECKING:` of which nothing is left goes, too.
fn empty_type_checks<'a>(file: &'a SourceFile, decisions: &mut Decisions<'a>) {
    node::statements(&file.suite, &mut |stmt| {
        let ast::Stmt::If(check) = stmt else { return };
        let name = match &*check.test {
            ast::Expr::Name(name) => name.id.as_str(),
            ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => return,
        };
        let is_empty = name == "TYPE_CHECKING" && check.orelse.is_empty() && check.body.iter().all(|stmt| is_gone(decisions, stmt));
        if is_empty && !decisions.stmts.contains_key(&NodeId::from(stmt)) {
            decisions.stmt_mut(stmt).action = Action::Delete;
        }
    });
}

/// `try: import ...` of which nothing is left, with what says in its place that the name is missing: `except ImportError: autocast = None`.
fn empty_attempts<'a>(file: &'a SourceFile, decisions: &mut Decisions<'a>) {
    node::statements(&file.suite, &mut |stmt| {
        let ast::Stmt::Try(attempt) = stmt else { return };
        let is_plain = |stmt: &ast::Stmt| match stmt {
            ast::Stmt::Pass(_) => true,
            ast::Stmt::Assign(assign) => matches!(&*assign.value, ast::Expr::Constant(_)),
            _ => false,
        };
        let handlers = &mut attempt.handlers.iter().map(|ast::ExceptHandler::ExceptHandler(handler)| handler);
        let is_empty = attempt.orelse.is_empty()
            && attempt.finalbody.is_empty()
            && attempt.body.iter().all(|stmt| is_gone(decisions, stmt))
            && handlers.all(|handler| handler.body.iter().all(|stmt| is_plain(stmt) && !decisions.stmts.contains_key(&NodeId::from(stmt))));
        if is_empty && !decisions.stmts.contains_key(&NodeId::from(stmt)) {
            decisions.stmt_mut(stmt).action = Action::Delete;
        }
    });
}

fn is_gone(decisions: &Decisions<'_>, stmt: &ast::Stmt) -> bool {
    decisions.stmts.get(&NodeId::from(stmt)).is_some_and(|decision| matches!(decision.action, Action::Delete))
}

fn import_lines(file: &SourceFile, module: Module, names: &ModuleNames, compat: &CompatImport) -> Vec<String> {
    let local = names.of(module);
    let line = |statement: &str, natural: &str| if local == natural { statement.to_owned() } else { format!("{statement} as {local}") };
    match (module, &compat.as_script) {
        (Module::Compat, None) => vec![line(&compat.text, &compat.name)],
        (Module::Compat, Some(as_script)) => {
            let inner = |statement: &str| format!("{}{}", file.indent, line(statement, &compat.name));
            vec!["try:".into(), inner(&compat.text), "except ImportError:".into(), inner(as_script)]
        }
        (other, _) => vec![line(&format!("import {}", other.path()), other.path())],
    }
}

/// Whether the file imports the module under that name already, at its top level.
fn is_imported(file: &SourceFile, module: Module, names: &ModuleNames) -> bool {
    file.suite.iter().any(|stmt| match stmt {
        ast::Stmt::Import(import) => import.names.iter().any(|alias| {
            alias.name.as_str() == module.path()
                && alias.asname.as_ref().map_or(alias.name.as_str(), |name| name.as_str()) == names.of(module)
        }),
        ast::Stmt::ImportFrom(import) => {
            let package = import.module.as_ref().map_or("", |module| module.as_str());
            import.names.iter().any(|alias| {
                format!("{package}.{}", alias.name) == module.path()
                    && alias.asname.as_ref().unwrap_or(&alias.name).as_str() == names.of(module)
            })
        }
        _ => false,
    })
}

struct TorchImport<'a> {
    stmt: &'a ast::Stmt,
    /// The full paths that it imports, of the torch family.
    paths: Vec<String>,
    /// Ranges of the aliases that stay, where one statement mixes both.
    kept: Vec<TextRange>,
    is_top_level: bool,
}

impl<'a> TorchImport<'a> {
    /// The statement with what stands behind it on its last line.
    fn line(&self, file: &SourceFile) -> TextRange {
        let rest = &file.text[self.stmt.range().end().to_usize()..];
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        TextRange::new(self.stmt.range().start(), self.stmt.range().end() + TextSize::new(length as u32))
    }

    /// Replaces the statement by `texts`, one line each.
    fn decide(&self, file: &'a SourceFile, decisions: &mut Decisions<'a>, mut texts: Vec<String>) {
        if let (ast::Stmt::Import(_), false) = (self.stmt, self.kept.is_empty()) {
            let kept: Vec<&str> = self.kept.iter().map(|range| file.slice(*range)).collect();
            texts.insert(0, format!("import {}", kept.join(", ")));
        }
        let decision = decisions.stmt_mut(self.stmt);
        if texts.is_empty() {
            decision.action = Action::Delete;
            // Where nothing else is in a block, a `pass` keeps the line.
            if self.is_top_level {
                let line = self.line(file);
                let is_its = |comment: &&TextRange| line.contains_range(**comment) && is_pragma(file.slice(**comment));
                decisions.dropped_comments.extend(file.comments.iter().filter(is_its));
                decisions.dropped_comments.sort_by_key(|comment| comment.start());
            }
            return;
        }
        let mut pieces = Vec::new();
        let has_line = file.starts_line(self.stmt.range().start());
        if !has_line {
            // Ex) `except ImportError: from torch.hub import load`
            let (comments, code): (Vec<_>, Vec<_>) = texts.into_iter().partition(|text| text.starts_with('#'));
            decision.before.extend(comments);
            texts = code;
        }
        for (i, text) in texts.into_iter().enumerate() {
            match i {
                0 => {}
                _ if has_line => pieces.push(Piece::NewLine(0)),
                _ => pieces.push(Piece::text("; ")),
            }
            pieces.push(Piece::Text(text));
        }
        decision.action = Action::Replace(pieces);
    }
}

/// What a tool is told about its line: it goes with the line. Ex) `# type: ignore`, `# noqa: F401`
fn is_pragma(comment: &str) -> bool {
    let text = comment.trim_start_matches('#').trim_start().to_lowercase();
    ["type:", "noqa", "pylint:", "pyright:", "mypy:", "isort:", "ruff:", "ty:", "pragma:", "fmt:"].iter().any(|tool| text.starts_with(tool))
}

/// Import statements of the torch family's `packages`, wherever they stand.
fn torch_imports<'a>(file: &'a SourceFile, packages: &[&str]) -> Vec<TorchImport<'a>> {
    let is_of_torch = |name: &str| packages.iter().any(|package| t2m_syntax::laws::is_within(name, package));
    let mut imports = Vec::new();
    for top in &file.suite {
        node::statements(std::slice::from_ref(top), &mut |stmt| {
            let (mut paths, mut kept) = (Vec::new(), Vec::new());
            match stmt {
                ast::Stmt::Import(import) => {
                    for alias in &import.names {
                        if is_of_torch(&alias.name) {
                            paths.push(alias.name.to_string());
                        } else {
                            kept.push(alias.range);
                        }
                    }
                }
                ast::Stmt::ImportFrom(import) if import.level.is_none_or(|level| level.to_u32() == 0) => {
                    let module = import.module.as_ref().map_or("", |module| module.as_str());
                    if is_of_torch(module) {
                        paths.extend(import.names.iter().map(|alias| format!("{module}.{}", alias.name)));
                        paths.push(if module == "torch" { String::new() } else { module.to_owned() });
                    }
                }
                _ => {}
            }
            if !paths.is_empty() {
                imports.push(TorchImport { stmt, paths, kept, is_top_level: std::ptr::eq(stmt, top) });
            }
        });
    }
    imports
}

/// Where no torch import stands at the top level: below the last top-level import, else below the docstring, else at the top.
fn insert<'a>(file: &'a SourceFile, decisions: &mut Decisions<'a>, lines: Vec<String>) {
    let is_import = |stmt: &&ast::Stmt| matches!(stmt, ast::Stmt::Import(_) | ast::Stmt::ImportFrom(_));
    // Nothing is written below a statement that goes.
    let leading =
        file.suite.iter().take_while(|stmt| is_import(stmt) || is_docstring(stmt)).filter(|stmt| !is_gone(decisions, stmt)).last();
    let after = leading.or_else(|| file.suite.iter().rfind(|stmt| is_import(stmt) && !decisions.stmts.contains_key(&NodeId::from(*stmt))));
    match (after, file.suite.first()) {
        (Some(stmt), _) => {
            let decision = decisions.stmt_mut(stmt);
            if is_docstring(stmt) {
                decision.after.push(Vec::new());
            }
            decision.after.extend(lines.into_iter().map(|line| vec![Piece::Text(line)]));
        }
        (None, Some(first)) => {
            let decision = decisions.stmt_mut(first);
            let mut before = lines;
            before.append(&mut decision.before);
            decision.before = before;
        }
        (None, None) => {}
    }
}

pub(crate) fn is_docstring(stmt: &ast::Stmt) -> bool {
    matches!(stmt, ast::Stmt::Expr(s) if matches!(&*s.value, ast::Expr::Constant(c) if c.value.is_str()))
}

/// An edit that inserts text at an offset.
pub fn insertion<'a>(at: TextSize, text: impl Into<String>) -> Edit<'a> {
    Edit::text(TextRange::empty(at), text)
}
