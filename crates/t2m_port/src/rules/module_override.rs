//! Methods of a module class that PyTorch calls itself: MLX calls others, or none. And those of an optimizer that MLX would call.

use t2m_semantic::{ClassId, Kind, Role};
use t2m_syntax::ast;
use t2m_syntax::{Edit, Node, ranges};

use super::unported::steps_optimizers;
use super::{Hook, Rule, attribute_name, forwarded_attribute, last_name};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "module-override", doc: include_str!("module_override.md"), hook: Hook::Stmt(definition) };

fn definition<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::FunctionDef(def) = stmt else { return None };
    let name = def.name.as_str();
    let is_optimizer = |class: ClassId| steps_optimizers(name) && attribute_name::makes_optimizers(cx.project_facts, class);
    let class = receiver::class_of_body(cx, stmt).filter(|class| receiver::makes_modules(cx, *class) || is_optimizer(*class))?;
    let range = ranges::definition_name(cx.file, stmt)?;
    if name == "extra_repr" {
        return Some(StmtClaim::edit(vec![Edit::text(range, "_extra_repr")]));
    }
    if let Some(new) = attribute_name::new_name(cx, class, name) {
        let finding = match is_named_elsewhere(cx, class, def) {
            true => {
                let open = "calls on values of unknown kind still use the old name, which MLX has for itself";
                Finding::todo(codes::ATTRIBUTE_NAME, range, format!("`{name}` is `{new}` in the port: {open}"))
            }
            false => {
                let reason = format!("`{name}` is `{new}` in the port, where the name would mean something else");
                Finding::note(codes::ATTRIBUTE_NAME, range, reason)
            }
        };
        return Some(StmtClaim::edit(vec![Edit::text(range, new)]).finding(finding));
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
        "__getattr__" if forwarded_attribute::forwards(cx, def).is_some() => return None,
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

/// Whether the project names such a method of a value of unknown kind, and does not call it as this one can't be called: `options.update({"lr": 1})`.
fn is_named_elsewhere<'a>(cx: &Cx<'a>, class: ClassId, def: &'a ast::StmtFunctionDef) -> bool {
    let name = def.name.as_str();
    let method = cx.project_facts.lookup_method(class, name).map(|id| cx.project_facts.function(id));
    let is_optimizer = attribute_name::makes_optimizers(cx.project_facts, class);
    let has_receiver = method.is_none_or(|method| method.role != Role::Static);
    let mut found = false;
    for id in cx.project.ids() {
        let source = &cx.project.file(id).source;
        if !source.text.contains(&format!(".{name}")) {
            continue;
        }
        let facts = cx.project_facts.file(id);
        let is_unknown = |expr: &'a ast::Expr| {
            if id == cx.id && attribute_name::named_class(cx, expr, name).is_some() {
                return false;
            }
            let is_local = facts.entity(expr).is_none() && !matches!(expr, ast::Expr::Dict(_) | ast::Expr::Constant(_));
            // Dictionaries and meters have an `update` too.
            let may_be_meant = !is_optimizer || last_name(expr).is_some_and(|name| name.to_lowercase().contains("opt"));
            is_local && may_be_meant && matches!(facts.fact(expr).kind, Kind::Unknown | Kind::Optional(_))
        };
        let mut called: Vec<&'a ast::Expr> = Vec::new();
        for stmt in &source.suite {
            Node::Stmt(stmt).walk(&mut |node| match node {
                Node::Expr(ast::Expr::Call(call)) => {
                    if let ast::Expr::Attribute(method) = &*call.func
                        && method.attr.as_str() == name
                    {
                        called.push(&call.func);
                        found |= is_unknown(&method.value) && fits(def, has_receiver, call);
                    }
                }
                Node::Expr(expr @ ast::Expr::Attribute(method)) if method.attr.as_str() == name => {
                    let is_called = called.iter().any(|func| std::ptr::eq(*func, expr));
                    found |= !is_called && method.ctx.is_load() && is_unknown(&method.value);
                }
                _ => {}
            });
        }
    }
    found
}

/// Whether a call passes what the method takes, as far as numbers and names of arguments tell. A dictionary that is written out is for a dictionary.
fn fits(def: &ast::StmtFunctionDef, has_receiver: bool, call: &ast::ExprCall) -> bool {
    let args = &def.args;
    let placed: Vec<_> = args.posonlyargs.iter().chain(&args.args).skip(usize::from(has_receiver)).collect();
    let is_starred = call.args.iter().any(|arg| matches!(arg, ast::Expr::Starred(_))) || call.keywords.iter().any(|kw| kw.arg.is_none());
    let names = |name: &str| placed.iter().copied().chain(&args.kwonlyargs).any(|arg| arg.def.arg.as_str() == name);
    let is_given = |at: usize| at < call.args.len() || call.keywords.iter().any(|kw| kw.arg.as_ref() == Some(&placed[at].def.arg));
    let is_literal = call.args.iter().any(|arg| matches!(arg, ast::Expr::Dict(_) | ast::Expr::Set(_) | ast::Expr::DictComp(_)));
    let takes_all = args.vararg.is_some() || call.args.len() <= placed.len();
    let knows_all = args.kwarg.is_some() || call.keywords.iter().filter_map(|kw| kw.arg.as_ref()).all(|name| names(name));
    let is_complete = (0..placed.len()).all(|at| placed[at].default.is_some() || is_given(at));
    is_starred || !is_literal && takes_all && knows_all && is_complete
}

/// Whether the method calls the one that it overrides.
fn extends<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, name: &str) -> bool {
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| {
        found |= matches!(node, Node::Expr(ast::Expr::Attribute(e)) if e.attr.as_str() == name && receiver::is_super(cx, &e.value));
    });
    found
}
