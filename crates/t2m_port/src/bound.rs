//! Names of torch that an import statement has to go on binding, because others take them from here, or because nobody knows what they mean where
//! they are read. The import of torch becomes an import of what takes the name's place: `from mlx.core import array as Tensor`.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};
use t2m_semantic::Entity;
use t2m_syntax::ast;
use t2m_syntax::{Node, NodeId, node};

use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::imports::{CompatImport, is_torch_family, served_name};
use crate::names::{Module, Uses};
use crate::{helpers, rows, rules};

/// What import statements of torch go on binding.
#[derive(Default)]
pub(crate) struct BoundNames {
    /// Lines in the place of each statement.
    pub(crate) lines: IndexMap<NodeId, Vec<String>, FxBuildHasher>,
    pub(crate) uses: Uses,
    /// Their TODOs stand among the lines.
    pub(crate) findings: Vec<Finding>,
}

/// One name to bind.
struct Wanted<'c> {
    stmt: NodeId,
    local: &'c str,
    /// Its canonical name.
    name: &'c str,
    /// Something in this file reads it, and may mean something else.
    is_read: bool,
}

pub(crate) fn bound_names(cx: &Cx<'_>, compat: &CompatImport) -> BoundNames {
    let mut wanted: Vec<Wanted<'_>> = Vec::new();
    let of_torch = torch_statements(cx);
    for import in cx.facts.imports().iter().filter(|import| of_torch.contains_key(&import.stmt)) {
        let Some(Entity::Library(name)) = &import.entity else { continue };
        // `import os, torch` goes on importing os by itself; what `from torch.x import y` brings is a name of torch, whoever made it.
        if !is_torch_family(name) && matches!(of_torch.get(&import.stmt), Some(ast::Stmt::Import(_))) {
            continue;
        }
        let is_read = import.loads.iter().any(|load| match cx.facts.entity_of(*load) {
            Some(Entity::Library(meant)) => !is_torch_family(meant),
            _ => true,
        });
        let want = Wanted { stmt: import.stmt, local: &import.local, name, is_read };
        // What may be looked up in the file is there if MLX has it.
        let is_found =
            || import.looked_up && matches!(place(cx, &want), Place::Member(Module::Compat | Module::Nn | Module::Optimizers, _));
        if is_read || import.reexported || is_found() {
            wanted.push(want);
        }
    }
    for starred in cx.facts.starred_names() {
        wanted.push(Wanted { stmt: starred.stmt, local: &starred.local, name: starred.name, is_read: false });
    }
    let mut bound = BoundNames::default();
    // One import statement for all names of a module, in the order of the first.
    let mut froms: IndexMap<NodeId, BTreeMap<Option<String>, Vec<String>>, FxBuildHasher> = IndexMap::default();
    for want in wanted {
        let lines = bound.lines.entry(want.stmt).or_default();
        match place(cx, &want) {
            Place::Module(module) => lines.push(format!("import {}{}", module.path(), alias(module.path(), want.local))),
            Place::Member(module, member) => {
                let from = match module {
                    Module::Compat => {
                        bound.uses.helpers.insert(member.clone());
                        None
                    }
                    other => Some(format!("from {} import ", other.path())),
                };
                froms.entry(want.stmt).or_default().entry(from).or_default().push(format!("{member}{}", alias(&member, want.local)));
            }
            Place::Plain(text) => lines.push(format!("{} = {text}", want.local)),
            Place::StandIn if of_torch.get(&want.stmt).is_some_and(|stmt| has_fallback(cx, stmt)) => {
                lines.push(format!("raise ImportError(\"{} has no counterpart in MLX\")", want.name));
            }
            Place::StandIn => {
                let finding = unbound(cx, &want);
                bound.uses.helpers.insert(helpers::STAND_IN.to_owned());
                let served = served_name(want.name);
                if served == "torch" {
                    lines.push(finding.line());
                    lines.extend(from_compat(cx, compat, &format!("{}{}", helpers::STAND_IN, alias(helpers::STAND_IN, want.local))));
                } else if let Some(rest) = served.strip_prefix("torch.") {
                    let import = from_compat(cx, compat, &format!("{} as torch", helpers::STAND_IN));
                    if !import.last().is_some_and(|line| lines.contains(line)) {
                        lines.extend(import);
                    }
                    lines.extend([finding.line(), format!("{} = torch.{rest}", want.local)]);
                } else {
                    bound.uses.helpers.insert("stand_in".to_owned());
                    let import = from_compat(cx, compat, "stand_in");
                    if !import.last().is_some_and(|line| lines.contains(line)) {
                        lines.extend(import);
                    }
                    lines.extend([finding.line(), format!("{} = stand_in(\"{served}\")", want.local)]);
                }
                bound.findings.push(finding);
            }
        }
    }
    for (stmt, members) in froms {
        let lines = bound.lines.entry(stmt).or_default();
        let texts = members.into_iter().flat_map(|(from, mut names)| {
            names.sort();
            let names = names.join(", ");
            from.map_or_else(|| from_compat(cx, compat, &names), |from| vec![format!("{from}{names}")])
        });
        lines.splice(0..0, texts.collect::<Vec<_>>());
    }
    bound
}

/// An import from the helper module.
fn from_compat(cx: &Cx<'_>, compat: &CompatImport, names: &str) -> Vec<String> {
    let line = format!("{}{names}", compat.from);
    if compat.as_script.is_none() {
        return vec![line];
    }
    let indent = &cx.file.indent;
    let as_script = format!("{indent}from {} import {names}", compat.name);
    vec!["try:".to_owned(), format!("{indent}{line}"), "except ImportError:".to_owned(), as_script]
}

enum Place {
    Module(Module),
    Member(Module, String),
    Plain(String),
    StandIn,
}

/// What takes the name's place.
fn place(cx: &Cx<'_>, want: &Wanted<'_>) -> Place {
    let module = [Module::Nn, Module::Optimizers].into_iter().find(|module| module.replaces() == Some(want.name));
    if let Some(module) = module {
        return if want.is_read { Place::StandIn } else { Place::Module(module) };
    }
    if let Some(name) = want.name.strip_prefix("typing.") {
        return Place::Member(Module::Typing, name.to_owned());
    }
    match rows::value_member(cx, want.name).or_else(|| rules::type_member(cx, want.name)) {
        Some((Some(module), member)) => Place::Member(module, member),
        Some((None, text)) => Place::Plain(text),
        None => Place::StandIn,
    }
}

fn alias(name: &str, local: &str) -> String {
    if name == local { String::new() } else { format!(" as {local}") }
}

fn unbound(cx: &Cx<'_>, want: &Wanted<'_>) -> Finding {
    let (name, local) = (want.name, want.local);
    let range = want.stmt.range();
    if want.is_read {
        let reason = format!("`{local}` is `{name}` here and something else in other places, so its uses are not ported");
        return Finding::todo(codes::UNMAPPED, range, reason).help("give the two things different names");
    }
    let why = if rows::is_ported(cx, name) { "is ported where it is called" } else { "has no MLX counterpart in the tables" };
    Finding::todo(codes::UNMAPPED, range, format!("`{name}` {why}: who takes `{local}` from here gets a stand-in"))
}

/// Whether the statement stands in a `try` that goes on without what it imports: the author wrote what happens where torch lacks the name.
fn has_fallback<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let Some(Node::Stmt(ast::Stmt::Try(outer))) = cx.parent(Node::Stmt(stmt)) else { return false };
    let in_body = outer.body.iter().any(|inner| std::ptr::eq(inner, stmt));
    in_body
        && outer.handlers.iter().any(|ast::ExceptHandler::ExceptHandler(handler)| {
            let catches = handler.type_.as_ref().is_none_or(|class| {
                let text = cx.source(&**class);
                ["ImportError", "ModuleNotFoundError", "Exception"].iter().any(|name| crate::cx::contains_word(text, name))
            });
            catches && !handler.body.iter().any(holds_import_or_raise)
        })
}

fn holds_import_or_raise(stmt: &ast::Stmt) -> bool {
    let mut found = false;
    node::statements(std::slice::from_ref(stmt), &mut |stmt| {
        found |= matches!(stmt, ast::Stmt::Import(_) | ast::Stmt::ImportFrom(_) | ast::Stmt::Raise(_));
    });
    found
}

/// Import statements of torch, and of what torch leaks.
fn torch_statements<'a>(cx: &Cx<'a>) -> FxHashMap<NodeId, &'a ast::Stmt> {
    let mut found = FxHashMap::default();
    node::statements(&cx.file.suite, &mut |stmt| {
        let is_of_torch = match stmt {
            ast::Stmt::Import(import) => import.names.iter().any(|alias| is_torch_family(&alias.name)),
            ast::Stmt::ImportFrom(import) => {
                import.level.is_none_or(|level| level.to_u32() == 0) && import.module.as_ref().is_some_and(|module| is_torch_family(module))
            }
            _ => false,
        };
        if is_of_torch {
            found.insert(NodeId::from(stmt), stmt);
        }
    });
    found
}
