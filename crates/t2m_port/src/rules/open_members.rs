//! Which classes take in layers or arrays by names that only the run knows: `self.add_module(name, layer)`.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;
use t2m_semantic::ClassId;
use t2m_semantic::tables::read_names;
use t2m_syntax::{Node, ast};

use super::set_member;
use crate::cx::Cx;
use crate::receiver;

/// `mappings/names/members.toml`
#[derive(Debug, Default, Deserialize)]
struct Members {
    /// Methods of modules that take in a member by its name.
    setters: Vec<String>,
    /// Their own dicts of members.
    dicts: Vec<String>,
}

static MEMBERS: LazyLock<Members> = LazyLock::new(|| read_names("members"));

/// The classes of the project that do.
#[derive(Debug, Default)]
pub(crate) struct OpenMembers(FxHashSet<ClassId>);

impl OpenMembers {
    pub(crate) fn new(cx: &Cx<'_>) -> Self {
        let mut found = FxHashSet::default();
        for id in cx.project.ids() {
            let text = &cx.project.file(id).source.text;
            if !MEMBERS.setters.iter().chain(&MEMBERS.dicts).any(|name| text.contains(name.as_str())) && !text.contains("setattr(") {
                continue;
            }
            let own = Cx::new(cx.project, cx.project_facts, cx.tables, id, cx.shared);
            for (class, def) in cx.shared.survey.class_statements(id) {
                let mut takes = false;
                def.body.iter().for_each(|stmt| Node::Stmt(stmt).walk(&mut |node| takes = takes || takes_in(&own, node)));
                if takes {
                    found.insert(*class);
                }
            }
        }
        Self(found)
    }

    /// Whether the class does, or one that it inherits from or that inherits from it.
    pub(super) fn are_of<'a>(&self, cx: &Cx<'a>, class: ClassId) -> bool {
        receiver::family(cx, class).any(|class| self.0.contains(&class))
    }
}

/// `self.add_module(name, layer)`, `setattr(self, name, layer)`, `self._modules[name] = layer`
fn takes_in<'a>(cx: &Cx<'a>, node: Node<'a>) -> bool {
    let is_self = |expr: &ast::Expr| matches!(expr, ast::Expr::Name(name) if name.id.as_str() == "self");
    let Node::Expr(expr) = node else { return false };
    let name = match expr {
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Name(name) if name.id.as_str() == "setattr" && call.args.first().is_some_and(is_self) => call.args.get(1),
            ast::Expr::Attribute(method)
                if is_self(&method.value) && MEMBERS.setters.iter().any(|own| own.as_str() == method.attr.as_str()) =>
            {
                receiver::argument(call, 0, "name")
            }
            ast::Expr::Attribute(method) if method.attr.as_str() == "update" => return is_dict_of_members(&method.value, &is_self),
            _ => None,
        },
        ast::Expr::Subscript(item) if !item.ctx.is_load() && is_dict_of_members(&item.value, &is_self) => Some(&*item.slice),
        _ => None,
    };
    name.is_some_and(|name| set_member::is_open(cx, name))
}

fn is_dict_of_members(expr: &ast::Expr, is_self: &dyn Fn(&ast::Expr) -> bool) -> bool {
    matches!(expr, ast::Expr::Attribute(dict) if is_self(&dict.value) && MEMBERS.dicts.iter().any(|own| own.as_str() == dict.attr.as_str()))
}
