//! Methods of a module class that PyTorch calls itself: MLX calls others, or none.

use t2m_syntax::ast;
use t2m_syntax::{Edit, Node, ranges};

use super::{Hook, Rule, attribute_name};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "module-override", doc: include_str!("module_override.md"), hook: Hook::Stmt(definition) };

fn definition<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::FunctionDef(def) = stmt else { return None };
    let class = receiver::class_of_body(cx, stmt).filter(|class| receiver::makes_modules(cx, *class))?;
    let range = ranges::definition_name(cx.file, stmt)?;
    let name = def.name.as_str();
    if name == "extra_repr" {
        return Some(StmtClaim::edit(vec![Edit::text(range, "_extra_repr")]));
    }
    if let Some(new) = attribute_name::new_name(cx, class, name) {
        let reason =
            format!("`{name}` is `{new}` in the port: calls on values of unknown kind still use the old name, which MLX has for itself");
        let todo = Finding::todo(codes::ATTRIBUTE_NAME, range, reason);
        return Some(StmtClaim::edit(vec![Edit::text(range, new)]).finding(todo));
    }
    let reason = match name {
        "_load_from_state_dict" | "_save_to_state_dict" | "_apply" | "load_state_dict" | "state_dict" => {
            "nothing calls this method in the port: weights are loaded and saved by helpers"
        }
        "get_extra_state" | "set_extra_state" => "nothing calls this method in the port: the state of MLX's modules is arrays alone",
        "parameters" | "named_parameters" | "modules" | "named_modules" | "children" | "named_children" | "apply" => {
            "a method of MLX's modules has this name and another result: rename it"
        }
        "to" | "cuda" | "cpu" | "half" | "float" | "double" | "bfloat16" | "zero_grad" if extends(cx, stmt, name) => {
            "the port leaves calls of this method out, or makes others of them: call what it does by another name"
        }
        "__getattr__" | "__setattr__" | "__delattr__" => {
            "MLX keeps arrays and submodules as items of the module, a dict, and finds them there itself"
        }
        "__getitem__" | "__setitem__" | "__delitem__" | "__contains__" => {
            "MLX's modules are dicts, and helpers read their attributes as items"
        }
        _ => return None,
    };
    Some(StmtClaim::todo(Finding::todo(codes::MODULE_OVERRIDE, range, format!("`{name}`: {reason}"))))
}

/// Whether the method calls the one that it overrides.
fn extends<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, name: &str) -> bool {
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| {
        found |= matches!(node, Node::Expr(ast::Expr::Attribute(e)) if e.attr.as_str() == name && receiver::is_super(cx, &e.value));
    });
    found
}
