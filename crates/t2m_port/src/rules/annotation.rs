//! Annotations: what a value is called does not run, so a name without counterpart is served quietly.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec, SourceFile};

use super::{Hook, Rule, Shape, instance_check};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::imports::is_torch_family;
use crate::names::{Module, Uses};
use crate::rows;

pub(super) const RULE: Rule = Rule {
    name: "annotation",
    doc: include_str!("annotation.md"),
    hook: Hook::Expr(&[Shape::Constant, Shape::Name, Shape::Attribute, Shape::Operation, Shape::Subscript], annotation),
};

fn annotation<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    match expr {
        ast::Expr::Constant(constant) if constant.value.is_str() && is_annotation(cx, expr) => quoted(cx, expr),
        ast::Expr::Name(_) | ast::Expr::Attribute(_) => {
            let name = cx.qualified(expr)?;
            if let Some(form) = name.strip_prefix("typing.") {
                return of_typing(cx, expr, form);
            }
            if !is_torch_family(name) {
                return None;
            }
            let is_part = matches!(cx.parent(expr), Some(Node::Expr(up @ ast::Expr::Attribute(_))) if cx.qualified(up).is_some());
            if is_part || !is_annotation(cx, expr) {
                return None;
            }
            if let Some((text, uses)) = type_name(cx, name) {
                return Some(Claim::text(text, Prec::Atom).uses(uses));
            }
            if rows::has_value(cx, name) {
                return None;
            }
            Some(rows::serve(cx, expr, name).finding(unported(expr, name)))
        }
        ast::Expr::BinOp(_) | ast::Expr::Subscript(_) => said_twice(cx, expr),
        _ => None,
    }
}

/// `str | torch.device`, `Union[str, torch.device]`: both parts are `str` in the port.
fn said_twice<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let becomes = |part: &'a ast::Expr, text: &str| {
        let name = cx.qualified(part).filter(|name| is_torch_family(name));
        name.and_then(|name| type_member(cx, name)).is_some_and(|(module, own)| module.is_none() && own == text)
    };
    let is_same = |one: &'a ast::Expr, other: &'a ast::Expr| match one {
        ast::Expr::Name(name) => matches!(cx.entity(one), Some(Entity::Builtin(_))) && becomes(other, &name.id),
        _ => false,
    };
    let kept = match expr {
        ast::Expr::BinOp(union) if union.op == ast::Operator::BitOr => match (&*union.left, &*union.right) {
            (left, right) if is_same(left, right) => left,
            (left, right) if is_same(right, left) => right,
            _ => return None,
        },
        ast::Expr::Subscript(union) if cx.qualified(&union.value) == Some("typing.Union") => match &*union.slice {
            ast::Expr::Tuple(parts) => match &parts.elts[..] {
                [one, other] if is_same(one, other) => one,
                [one, other] if is_same(other, one) => other,
                _ => return None,
            },
            _ => return None,
        },
        _ => return None,
    };
    is_annotation(cx, expr).then(|| Claim::build(vec![Piece::Expr(kept, Prec::Atom)], Prec::Atom))
}

/// `torch.jit.Final`: the modules of torch hold what they import, and this is from `typing`.
fn of_typing<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, form: &str) -> Option<Claim<'a>> {
    let ast::Expr::Attribute(attribute) = expr else { return None };
    cx.qualified(&attribute.value).filter(|module| is_torch_family(module))?;
    let (text, uses) = cx.member(Module::Typing, form);
    Some(Claim::text(text, Prec::Atom).uses(uses))
}

fn unported(expr: &ast::Expr, name: &str) -> Finding {
    let finding = Finding::todo(codes::ANNOTATION, expr.range(), format!("the type `{name}` has no counterpart in MLX"));
    finding.help("name the type that takes its place, or drop the annotation")
}

/// Types that no row speaks for, because their names mean something else as values.
fn type_name(cx: &Cx<'_>, name: &str) -> Option<(String, Uses)> {
    match type_member(cx, name)? {
        (Some(module), member) => Some(cx.member(module, &member)),
        (None, text) => Some((text, Uses::default())),
    }
}

/// A type as a member of a module, or as a text that needs none.
pub(crate) fn type_member(cx: &Cx<'_>, name: &str) -> Option<(Option<Module>, String)> {
    let bare = name.strip_prefix("torch.cuda.").or_else(|| name.strip_prefix("torch."))?;
    if instance_check::is_legacy_tensor(name) {
        return Some((Some(Module::Core), "array".to_owned()));
    }
    let (module, text) = match bare {
        // The function's name where the class is meant: annotations don't run.
        "Tensor" | "tensor" | "nn.Parameter" | "nn.Buffer" | "autograd.Variable" => (Some(Module::Core), "array"),
        "dtype" => (Some(Module::Core), "Dtype"),
        "Size" => (None, "tuple"),
        // Devices are names in the port: MLX has one memory.
        "device" | "types.Device" => (None, "str"),
        // What an `autograd.Function` gets as `ctx`.
        "autograd.function.FunctionCtx" => (None, "object"),
        "types.Number" => (None, "float"),
        size if size.starts_with("nn.common_types._size_") => (None, "int | tuple"),
        "Generator" => (Some(Module::Compat), "Generator"),
        "nn.Module" => (Some(Module::Nn), "Module"),
        _ => {
            let classes = instance_check::class_members(cx, name).filter(|classes| classes.len() == 1);
            return classes.map(|mut classes| classes.remove(0)).or_else(|| rows::class_member(cx, name));
        }
    };
    Some((module, text.to_owned()))
}

/// Whether the expression stands in an annotation of a parameter, a result or a variable.
fn is_annotation<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let mut inner = expr;
    loop {
        match cx.parent(inner) {
            Some(Node::Expr(outer)) => {
                match outer {
                    ast::Expr::Subscript(_) | ast::Expr::Tuple(_) | ast::Expr::List(_) | ast::Expr::Attribute(_) | ast::Expr::BinOp(_) => {}
                    _ => return false,
                }
                // The strings of `Literal["a"]` are values.
                if let ast::Expr::Subscript(subscript) = outer
                    && matches!(cx.qualified(&subscript.value), Some("typing.Literal" | "typing_extensions.Literal" | "typing.Annotated"))
                {
                    return false;
                }
                inner = outer;
            }
            Some(Node::Stmt(ast::Stmt::FunctionDef(def))) => {
                return is_of_function(&def.args, def.returns.as_deref(), inner) || is_bound(&def.type_params, inner);
            }
            Some(Node::Stmt(ast::Stmt::AsyncFunctionDef(def))) => {
                return is_of_function(&def.args, def.returns.as_deref(), inner) || is_bound(&def.type_params, inner);
            }
            Some(Node::Stmt(ast::Stmt::ClassDef(def))) => return is_bound(&def.type_params, inner),
            Some(Node::Stmt(ast::Stmt::TypeAlias(alias))) => {
                return std::ptr::eq(&*alias.value, inner) || is_bound(&alias.type_params, inner);
            }
            Some(Node::Stmt(ast::Stmt::AnnAssign(assign))) => return std::ptr::eq(&*assign.annotation, inner),
            _ => return false,
        }
    }
}

/// Ex) `def f[T: Tensor](x: T)`
fn is_bound(params: &[ast::TypeParam], expr: &ast::Expr) -> bool {
    params.iter().any(
        |param| matches!(param, ast::TypeParam::TypeVar(param) if param.bound.as_deref().is_some_and(|bound| std::ptr::eq(bound, expr))),
    )
}

fn is_of_function(args: &ast::Arguments, returns: Option<&ast::Expr>, expr: &ast::Expr) -> bool {
    let plain = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs).map(|arg| &arg.def);
    let all = plain.chain(args.vararg.as_deref()).chain(args.kwarg.as_deref());
    let mut annotations = all.filter_map(|arg| arg.annotation.as_deref()).chain(returns);
    annotations.any(|annotation| std::ptr::eq(annotation, expr))
}

/// `"Optional[torch.Tensor]"`: the names inside, by the imports of the file.
fn quoted<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let source = cx.source(expr);
    let quote = source.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let text = source.strip_prefix(quote)?.strip_suffix(quote)?;
    if text.contains([quote, '\\', '\n']) {
        return None;
    }
    let inner = SourceFile::parse("annotation", text).ok()?;
    let [ast::Stmt::Expr(statement)] = &inner.suite[..] else { return None };
    let mut changes: Vec<(std::ops::Range<usize>, String, Uses)> = Vec::new();
    let mut visit = vec![&*statement.value];
    while let Some(part) = visit.pop() {
        if let Some(name) = dotted(part).and_then(|chain| imported(cx, &chain)) {
            let new = type_name(cx, &name).or_else(|| rows::value_text(cx, &name));
            if let Some((new, uses)) = new {
                changes.push((part.range().start().to_usize()..part.range().end().to_usize(), new, uses));
            }
            continue;
        }
        visit.extend(Node::Expr(part).children().into_iter().filter_map(|child| match child {
            Node::Expr(expr) => Some(expr),
            Node::Stmt(_) => None,
        }));
    }
    if changes.is_empty() {
        return None;
    }
    changes.sort_by_key(|(range, ..)| std::cmp::Reverse(range.start));
    let (mut text, mut uses) = (text.to_owned(), Uses::default());
    for (range, new, used) in changes {
        text.replace_range(range, &new);
        uses.extend(&used);
    }
    Some(Claim::text(format!("{quote}{text}{quote}"), Prec::Atom).uses(uses))
}

/// `torch.nn.Module` of a chain of names.
fn dotted(expr: &ast::Expr) -> Option<String> {
    match expr {
        ast::Expr::Name(name) => Some(name.id.to_string()),
        ast::Expr::Attribute(attribute) => Some(format!("{}.{}", dotted(&attribute.value)?, attribute.attr)),
        _ => None,
    }
}

/// The torch name of a chain that starts with an imported name.
fn imported(cx: &Cx<'_>, chain: &str) -> Option<String> {
    let (first, rest) = chain.split_once('.').map_or((chain, None), |(first, rest)| (first, Some(rest)));
    let import = cx.facts.imports().iter().find(|import| import.at_module_level && import.local == first)?;
    let Some(Entity::Library(name)) = &import.entity else { return None };
    let name = rest.map_or_else(|| name.to_string(), |rest| format!("{name}.{rest}"));
    is_torch_family(&name).then_some(name)
}
