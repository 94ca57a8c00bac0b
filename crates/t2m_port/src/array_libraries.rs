//! Names that stand for a library of arrays, whose functions take what is no axis first: `lib = torch if torch.is_tensor(x) else np; lib.any(x)`.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;
use t2m_semantic::tables::read_names;
use t2m_syntax::ast;
use t2m_syntax::{Node, node};

use crate::cx::Cx;
use crate::rules::last_name;
use crate::{receiver, views};

/// From `mappings/names/array_libraries.toml`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    modules: FxHashSet<String>,
    names: FxHashSet<String>,
    makers: FxHashSet<String>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| read_names("array_libraries"));

/// Whether a name stands for such a library: `xp`, as the array API calls it, `lib: ModuleType`, `lib = np`, and what makes arrays: `lib.asarray(x)`.
pub(crate) fn is_one<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = expr else { return false };
    let name = name.id.as_str();
    NAMES.names.contains(name) || is_annotated(cx, expr, name) || is_bound_or_makes(cx, views::enclosing_body(cx, expr), name)
}

fn is_module_type(annotation: &ast::Expr) -> bool {
    last_name(annotation) == Some("ModuleType")
}

/// `def f(x, lib: ModuleType)`
fn is_annotated<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &str) -> bool {
    let args = cx.scopes(expr).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) if receiver::has_parameter(def, name) => Some(&def.args),
        _ => None,
    });
    let mut all = args.into_iter().flat_map(|args| args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs));
    all.any(|arg| arg.def.arg.as_str() == name && arg.def.annotation.as_deref().is_some_and(is_module_type))
}

fn is_bound_or_makes<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], name: &str) -> bool {
    let is_library = |value: &'a ast::Expr| cx.qualified(value).is_some_and(|name| NAMES.modules.contains(name));
    let mut found = false;
    node::statements(body, &mut |stmt| {
        found |= matches!(stmt, ast::Stmt::AnnAssign(assign) if views::is_same_name(&assign.target, name) && is_module_type(&assign.annotation))
            || matches!(receiver::assignment(stmt), Some((target, value)) if views::is_same_name(target, name) && match value {
                ast::Expr::IfExp(choice) => is_library(&choice.body) || is_library(&choice.orelse),
                value => is_library(value),
            });
    });
    found || body.iter().any(|stmt| makes_arrays(stmt, name))
}

fn makes_arrays(stmt: &ast::Stmt, name: &str) -> bool {
    let mut makes = false;
    Node::Stmt(stmt).walk(&mut |node| {
        makes |= matches!(node, Node::Expr(ast::Expr::Call(call)) if matches!(&*call.func, ast::Expr::Attribute(function)
            if NAMES.makers.contains(function.attr.as_str()) && views::is_same_name(&function.value, name)));
    });
    makes
}
