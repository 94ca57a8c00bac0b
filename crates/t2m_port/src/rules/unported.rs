//! What is left of torch: the name keeps its meaning through a stand-in that imports and raises when it is used.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};
use t2m_semantic::tables::{MAPPINGS, read_names};
use t2m_semantic::{Entity, Evidence, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange};

use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;

/// Public members of `torch.Tensor`, and those of them that other classes have too (`mappings/names/tensor_members.toml`).
struct TensorMembers {
    members: FxHashSet<String>,
    shared: FxHashSet<String>,
    computing: FxHashSet<String>,
    misspelled: FxHashSet<String>,
    of_paths: FxHashSet<String>,
}

static TENSOR: LazyLock<TensorMembers> = LazyLock::new(|| {
    let list = names_of("names/tensor_members.toml");
    TensorMembers {
        members: list("members"),
        shared: list("shared"),
        computing: list("computing"),
        misspelled: list("misspelled"),
        of_paths: list("of_paths"),
    }
});

/// A member of PyTorch's tensors.
pub(crate) fn tensors_have(name: &str) -> bool {
    TENSOR.members.contains(name)
}

/// A member that is meant and misspelled, so that it does nothing.
pub(super) fn is_misspelled(name: &str) -> bool {
    TENSOR.misspelled.contains(name)
}

/// A name that tensors have, and hardly anything else.
pub(crate) fn only_tensors_have(name: &str) -> bool {
    tensors_have(name) && !TENSOR.shared.contains(name)
}

/// A method of arrays, of whatever library, that computes with their values.
pub(crate) fn computes(name: &str) -> bool {
    TENSOR.computing.contains(name)
}

/// A name that paths have, too: in a file with paths, what nothing is known of is one.
pub(crate) fn paths_have(name: &str) -> bool {
    TENSOR.of_paths.contains(name)
}

/// Methods of torch's modules that MLX's lack, and those that mean something else there (`mappings/names/module_members.toml`).
struct ModuleMembers {
    missing: FxHashSet<String>,
    shared: FxHashSet<String>,
    layers: FxHashSet<String>,
    other: FxHashSet<String>,
    of_mlx: FxHashSet<String>,
    of_dicts: FxHashSet<String>,
    of_optimizers: FxHashSet<String>,
    state: FxHashSet<String>,
}

static MODULE: LazyLock<ModuleMembers> = LazyLock::new(|| {
    let list = names_of("names/module_members.toml");
    ModuleMembers {
        missing: list("missing"),
        shared: list("shared"),
        layers: list("layers"),
        other: list("other"),
        of_mlx: list("of_mlx"),
        of_dicts: list("of_dicts"),
        of_optimizers: list("of_optimizers"),
        state: list("state"),
    }
});

/// A method of torch's modules that MLX's don't have.
pub(crate) fn modules_lack(name: &str) -> bool {
    MODULE.missing.contains(name)
}

/// The same, of a name that optimizers and schedulers don't have: what has it is a module.
pub(crate) fn only_modules_have(name: &str) -> bool {
    modules_lack(name) && !MODULE.shared.contains(name) || layers_have(name)
}

/// A method of PyTorch's layers, which MLX's lack and the layers of a port have.
pub(crate) fn layers_have(name: &str) -> bool {
    MODULE.layers.contains(name)
}

/// A method of both, with another meaning.
pub(crate) fn modules_differ(name: &str) -> bool {
    MODULE.other.contains(name)
}

/// A member of `mlx.nn.Module` that neither PyTorch's modules nor dictionaries have.
pub(super) fn is_mlx_only(name: &str) -> bool {
    MODULE.of_mlx.contains(name)
}

/// A member of `mlx.nn.Module` or `dict` that PyTorch's modules don't have.
pub(super) fn is_taken(name: &str) -> bool {
    is_mlx_only(name) || MODULE.of_dicts.contains(name)
}

/// What steps an optimizer in MLX.
pub(super) fn steps_optimizers(name: &str) -> bool {
    MODULE.of_optimizers.contains(name)
}

/// What `mlx.nn.Module` keeps its own state in.
pub(super) fn is_mlx_state(name: &str) -> bool {
    MODULE.state.contains(name)
}

/// The lists of a file of names, by key.
fn names_of(path: &str) -> impl Fn(&str) -> FxHashSet<String> + use<> {
    let text = MAPPINGS.get_file(path).and_then(|file| file.contents_utf8()).unwrap_or_default();
    let table: toml::Table = toml::from_str(text).unwrap_or_default();
    move |key: &str| {
        let names = table.get(key).and_then(toml::Value::as_array).into_iter().flatten();
        names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }
}

/// A torch name that no rule and no row speaks for: the longest dotted chain, written in full from `torch`.
pub(crate) fn unported_name<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let name = cx.qualified(expr)?;
    if !crate::imports::is_torch_family(name) || !matches!(expr, ast::Expr::Name(_) | ast::Expr::Attribute(_)) {
        return None;
    }
    // A longer chain speaks for its parts.
    if let Some(Node::Expr(parent @ ast::Expr::Attribute(_))) = cx.parent(expr)
        && cx.qualified(parent).is_some()
    {
        return None;
    }
    // A call speaks for its callee.
    if let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(expr)
        && std::ptr::eq(&*call.func, expr)
    {
        return None;
    }
    // Ex) `for make in (torch.optim.Adam, torch.optim.SGD)`
    let finding = if is_asked_by_name(cx, expr) {
        let reason = format!("which member of `{name}` this asks for, only the run knows");
        Finding::todo(codes::UNMAPPED, expr.range(), reason).help("write a dictionary of the functions that may be asked for")
    } else if crate::rows::is_ported(cx, name) {
        let reason = format!("`{name}` is ported where it is called, and is nothing that could be passed on");
        Finding::todo(codes::UNMAPPED, expr.range(), reason)
    } else {
        unmapped(name, expr.range())
    };
    Some(crate::rows::serve(cx, expr, name).finding(finding))
}

/// `torch` of `getattr(torch, name)`
fn is_asked_by_name<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(expr) else { return false };
    let is_getattr = matches!(cx.entity(&call.func), Some(Entity::Builtin(builtin)) if builtin.as_str() == "getattr");
    is_getattr && call.args.first().is_some_and(|asked| std::ptr::eq(asked, expr))
}

/// No row and no rule speaks for a name.
pub(crate) fn unmapped(name: &str, range: TextRange) -> Finding {
    let package = name.split('.').next().unwrap_or(name);
    if let Some(operator) = name.strip_prefix("torch.ops.") {
        let is_own = !matches!(operator.split('.').next(), Some("aten" | "prims"));
        let (code, reason) = match is_own {
            true => (codes::CUSTOM_KERNEL, "an operator that an extension registers with PyTorch: MLX can't load it"),
            false => (codes::UNSUPPORTED, "PyTorch's own operators by their inner names: call the function of that name"),
        };
        return Finding::todo(code, range, format!("`{name}`: {reason}"));
    }
    if package == "torch" {
        return Finding::todo(codes::UNMAPPED, range, format!("`{name}` has no MLX counterpart in the tables"));
    }
    let reason = format!("`{name}`: {package} imports torch, and the tables have no row for this name");
    let reason = companion_advice(name).map_or(reason.clone(), |advice| format!("{reason}: {advice}"));
    Finding::todo(codes::COMPANION, range, reason)
}

/// What `mappings/names/companions.toml` says to do, by the longest part of the name that it knows.
fn companion_advice(name: &str) -> Option<&'static str> {
    static ADVICE: LazyLock<FxHashMap<String, String>> = LazyLock::new(|| read_names("companions"));
    name.rmatch_indices('.').find_map(|(at, _)| ADVICE.get(&name[..at])).map(String::as_str)
}

/// A method or attribute of a value that is a tensor, for which there is no row: MLX arrays lack it, or mean something else.
pub(crate) fn unported_member<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Attribute(attribute) = expr else { return None };
    if !attribute.ctx.is_load() || !TENSOR.members.contains(attribute.attr.as_str()) {
        return None;
    }
    if cx.entity(expr).is_some() || !cx.kind(&attribute.value).is_tensor() {
        return None;
    }
    let name = format!("Tensor.{}", attribute.attr);
    let callee = matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Call(call))) if std::ptr::eq(&*call.func, expr));
    // Rules speak for whole calls of these.
    let by_rule = callee && attribute.attr.as_str() == "to";
    // A parameter of `forward` may be a dictionary; tensors that have values of their own are sparse, and none of MLX's.
    if callee && attribute.attr.as_str() == "values" && cx.fact(&attribute.value).evidence == Evidence::Assumed {
        return None;
    }
    if by_rule || attribute.attr.starts_with('_') {
        return None;
    }
    let mut rows = cx.tables.lookup(&name).peekable();
    if rows.peek().is_some() {
        // `f = x.max`: who calls it passes PyTorch's arguments.
        let passed_on = !callee && rows.all(|(_, signature)| !signature.is_bare);
        return passed_on.then(|| {
            let reason = format!("the method `{name}` is passed on: its callers use PyTorch's arguments");
            let finding = Finding::todo(codes::UNMAPPED_METHOD, expr.range(), reason);
            Claim::todo(finding.help("write a lambda that makes the call"))
        });
    }
    let what = if callee { "method" } else { "attribute" };
    let reason = format!("the tables have no row for the {what} `{name}`");
    Some(Claim::todo(Finding::todo(codes::UNMAPPED_METHOD, expr.range(), reason)))
}

/// A call that only a tensor can take, on a value of which the project says nothing, or something else: nobody ported it.
pub(crate) fn unported_tensor_call<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(attribute) = &*call.func else { return None };
    let (value, method) = (&*attribute.value, attribute.attr.as_str());
    if !only_tensors_have(method) || cx.claim(&call.func).is_some() || cx.entity(&call.func).is_some() || cx.entity(value).is_some() {
        return None;
    }
    let has_row = crate::rows::is_ported(cx, &format!("Tensor.{method}"));
    let reason = match cx.kind(value) {
        // Rows have looked at it, and found that the call does not fit.
        Kind::Unknown if has_row => return None,
        Kind::Unknown if cx.shared.has_function(cx.project_facts, method) => return None,
        Kind::Unknown => format!("`{}` is not known to be a tensor; if it is, MLX arrays have no `.{method}`", cx.snippet(value)),
        Kind::Layer(layer) if !cx.tables.contains(&format!("Module.{method}")) && !cx.tables.contains(&format!("{layer}.{method}")) => {
            format!("`{}` is a layer, and only tensors have `.{method}`", cx.snippet(value))
        }
        Kind::Int | Kind::Float | Kind::Bool | Kind::Str | Kind::List(_) | Kind::Seq(_) | Kind::Tuple(_) | Kind::Dict(..) => {
            format!("`{}` is no tensor by its annotation or value, but only tensors have `.{method}`", cx.snippet(value))
        }
        _ => return None,
    };
    let help = "annotate the value as a tensor and port again, or check the line by hand";
    Some(Claim::todo(Finding::todo(codes::UNKNOWN_RECEIVER, expr.range(), reason).help(help)))
}
