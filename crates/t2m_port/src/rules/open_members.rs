//! Which classes take in layers or arrays by names that only the run knows: `self.add_module(name, layer)`.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;
use t2m_semantic::ClassId;
use t2m_semantic::tables::read_names;
use t2m_syntax::{Node, ast, ranges};

use super::set_member;
use crate::cx::{Cx, holds};
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

#[derive(Debug, Default)]
pub(crate) struct OpenMembers {
    /// The classes of the project that do.
    classes: FxHashSet<ClassId>,
    /// Whether a `setattr` of the project sets what it is given, on whatever object, by such a name.
    sets_given: bool,
}

impl OpenMembers {
    pub(crate) fn new(cx: &Cx<'_>) -> Self {
        let (mut classes, mut sets_given) = (FxHashSet::default(), false);
        for id in cx.project.ids() {
            let source = &cx.project.file(id).source;
            let names_one = |text: &str| MEMBERS.setters.iter().chain(&MEMBERS.dicts).any(|name| holds(text, name));
            if !names_one(&source.text) && !holds(&source.text, "setattr(") {
                continue;
            }
            let own = Cx::new(cx.project, cx.project_facts, cx.tables, id, cx.shared);
            // Few statements of a file name one.
            for stmt in source.suite.iter().filter(|stmt| holds(source.slice(ranges::decorated(source, stmt)), "setattr")) {
                Node::Stmt(stmt).walk(&mut |node| sets_given = sets_given || sets(&own, node));
            }
            let names_any = |def: &ast::StmtClassDef| {
                let text = source.slice(def.range);
                holds(text, "setattr") || names_one(text)
            };
            for (class, def) in cx.shared.survey.class_statements(id).iter().filter(|(_, def)| names_any(def)) {
                let mut takes = false;
                def.body.iter().for_each(|stmt| Node::Stmt(stmt).walk(&mut |node| takes = takes || takes_in(&own, node)));
                if takes {
                    classes.insert(*class);
                }
            }
        }
        Self { classes, sets_given }
    }

    /// Whether what is given to a function of the project may end as a member of a module, by a name that only the run knows.
    pub(crate) fn set_given(&self) -> bool {
        self.sets_given
    }

    /// Whether the class does, or one that it inherits from or that inherits from it.
    pub(super) fn are_of<'a>(&self, cx: &Cx<'a>, class: ClassId) -> bool {
        receiver::family(cx, class).any(|class| self.classes.contains(&class))
    }
}

/// `setattr(module, name, value)` and `self.__setattr__(name, value)` of a value that is not made there.
fn sets<'a>(cx: &Cx<'a>, node: Node<'a>) -> bool {
    let Node::Expr(ast::Expr::Call(call)) = node else { return false };
    let (name, value) = match (&*call.func, &call.args[..]) {
        (ast::Expr::Name(setter), [_, name, value]) if setter.id.as_str() == "setattr" => (name, value),
        (ast::Expr::Attribute(setter), [name, value]) if setter.attr.as_str() == "__setattr__" => (name, value),
        _ => return false,
    };
    matches!(value, ast::Expr::Name(_) | ast::Expr::Subscript(_)) && set_member::is_open(cx, name)
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

/// `module._parameters`
pub(super) fn is_member_dict(expr: &ast::Expr) -> bool {
    is_dict_of_members(expr, &|_| true)
}

fn is_dict_of_members(expr: &ast::Expr, is_self: &dyn Fn(&ast::Expr) -> bool) -> bool {
    matches!(expr, ast::Expr::Attribute(dict) if is_self(&dict.value) && MEMBERS.dicts.iter().any(|own| own.as_str() == dict.attr.as_str()))
}
