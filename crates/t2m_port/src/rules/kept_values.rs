//! What a region without gradients leaves in lists, dictionaries and attributes, yields or binds within expressions: `targets.append(y)`, `(t := f(y))`, `self.w = y`.
//!
//! The value itself loses its gradient, whatever rule speaks for the statement around it.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Decision, Edit, Node, Piece, Prec, TextRange};

use super::no_grad::{Region, Wrapper, is_used_outside, made_before, region, wrapper};
use super::places::residual;
use super::{last_name, no_grad, weight_data};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::{Module, Uses};
use crate::receiver;

/// Methods of lists, dictionaries, sets and queues that take items in.
const KEEPERS: &[&str] = &["append", "appendleft", "extend", "extendleft", "insert", "put", "put_nowait", "setdefault", "update"];

/// The claim on an expression, with its gradient stopped if it leaves a region without gradients in such a way.
pub(crate) fn without_gradient<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, claim: Option<Claim<'a>>) -> Option<Claim<'a>> {
    let Some((region, wrapper)) = leaves(cx, expr) else { return claim };
    // What stands for a tensor from outside keeps its gradient.
    let (kept, computed) = if region.switch.is_none() { made_before::parts(cx, &region, expr) } else { (Vec::new(), Vec::new()) };
    if !kept.is_empty() {
        return beside_kept(cx, claim, &computed);
    }
    let claim = claim.unwrap_or_default();
    if stays(cx, expr, &claim) {
        return Some(claim);
    }
    let ((text, uses), test) = match (region.switch, wrapper) {
        (Some(switch), _) if !cx.is_pure(switch.test) => {
            let reason = "this keeps a value without a gradient inside of code that is differentiated: wrap it in `mx.stop_gradient`";
            return Some(claim.finding(Finding::todo(codes::NO_GRAD_CHANGE, expr.range(), reason)));
        }
        (Some(switch), _) => (cx.member(Module::Compat, "with_gradient_if"), Some(switch)),
        (None, Wrapper::Array) => (cx.member(Module::Core, "stop_gradient"), None),
        (None, Wrapper::Tree) => (cx.member(Module::Compat, "stop_gradient"), None),
    };
    let mut open = vec![Piece::text(format!("{text}("))];
    if let Some(switch) = test {
        // Off where the test holds, or where it does not.
        let (word, prec) = if switch.negated { ("", Prec::Test) } else { ("not ", Prec::Not) };
        open.extend([Piece::text(word), Piece::Expr(switch.test, prec), Piece::text(", ")]);
    }
    let mut close = vec![Piece::text(")")];
    let is_bare_tuple = matches!(expr, ast::Expr::Tuple(_)) && !t2m_syntax::ranges::is_bracketed(cx.file, expr.range());
    if is_bare_tuple || matches!(claim.decision, Some(Decision::Build(_, Prec::Tuple))) {
        open.push(Piece::text("("));
        close.push(Piece::text(")"));
    }
    let decision = match claim.decision {
        Some(Decision::Build(pieces, _)) => Decision::Build(open.into_iter().chain(pieces).chain(close).collect(), Prec::Atom),
        edited => {
            let mut edits = match edited {
                Some(Decision::Edit(edits)) => edits,
                _ => Vec::new(),
            };
            edits.insert(0, Edit::new(TextRange::empty(expr.range().start()), open));
            edits.push(Edit::new(TextRange::empty(expr.range().end()), close));
            Decision::Edit(edits)
        }
    };
    Some(Claim { decision: Some(decision), ..claim }.uses(uses))
}

/// The claim on a list, a dictionary or a choice, some of whose parts are computed without gradients.
fn beside_kept<'a>(cx: &Cx<'a>, claim: Option<Claim<'a>>, computed: &[&'a ast::Expr]) -> Option<Claim<'a>> {
    let parts: Vec<_> = computed.iter().filter_map(|part| Some((*part, wrapper(cx, part)?))).collect();
    if parts.is_empty() {
        return claim;
    }
    let claim = claim.unwrap_or_default();
    let mut edits = match claim.decision {
        Some(Decision::Edit(edits)) => edits,
        None => Vec::new(),
        // What is written anew has no place for them.
        _ => {
            let reason = "this keeps a value without a gradient beside one that has its own: wrap it in `mx.stop_gradient`";
            let at = parts.first().map_or_else(TextRange::default, |(part, _)| part.range());
            return Some(claim.finding(Finding::todo(codes::NO_GRAD_CHANGE, at, reason)));
        }
    };
    let mut all = Uses::default();
    for (part, wrapper) in parts {
        let (text, uses) = match wrapper {
            Wrapper::Array => cx.member(Module::Core, "stop_gradient"),
            Wrapper::Tree => cx.member(Module::Compat, "stop_gradient"),
        };
        edits.push(Edit::new(TextRange::empty(part.range().start()), vec![Piece::text(format!("{text}("))]));
        edits.push(Edit::new(TextRange::empty(part.range().end()), vec![Piece::text(")")]));
        all.extend(&uses);
    }
    Some(Claim { decision: Some(Decision::Edit(edits)), ..claim }.uses(all))
}

/// `self.table = self.table.to(device)`, which goes as a whole.
fn stays<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, claim: &Claim<'a>) -> bool {
    let (Some(Decision::Build(pieces, _)), Some(Node::Stmt(stmt))) = (&claim.decision, cx.parent(expr)) else { return false };
    match (&pieces[..], attribute_target(stmt)) {
        ([Piece::Expr(part, _)], Some(target)) => cx.source(residual(cx, part)) == cx.source(target),
        _ => false,
    }
}

/// The region without gradients that a value leaves, and how it loses its gradient.
fn leaves<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<(Region<'a>, Wrapper)> {
    if !cx.text_has("_grad") && !cx.text_has("inference_mode") {
        return None;
    }
    if let Some(Node::Stmt(stmt)) = cx.parent(expr)
        && no_grad::outliving::added(cx, stmt).is_some_and(|value| std::ptr::eq(value, expr))
    {
        return Some((region(cx, stmt)?, wrapper(cx, expr)?));
    }
    let place = match cx.parent(expr)? {
        // `setattr(self, name, y)`
        Node::Expr(ast::Expr::Call(call)) if is_set_by_name(cx, call, expr) => None,
        Node::Expr(ast::Expr::Call(call)) if !std::ptr::eq(&*call.func, expr) => Some(keeper(cx, call, expr)?),
        Node::Expr(ast::Expr::NamedExpr(named)) if std::ptr::eq(&*named.value, expr) => Some(&*named.target),
        // What a context manager yields is the caller's own.
        Node::Expr(ast::Expr::Yield(_)) if !is_context_manager(cx, expr) => None,
        Node::Stmt(stmt) => {
            let (_, value) = receiver::assignment(stmt)?;
            Some(attribute_target(stmt).filter(|_| std::ptr::eq(value, expr))?)
        }
        _ => return None,
    };
    let stmt = cx.ancestors(Node::Expr(expr)).find_map(|up| match up {
        Node::Stmt(stmt) => Some(stmt),
        Node::Expr(_) => None,
    })?;
    let wrapper = wrapper(cx, expr)?;
    let region = region(cx, stmt)?;
    let escapes = place.is_none_or(|place| escapes(cx, &region, place));
    (escapes && weight_data::weight(cx, stmt).is_none()).then_some((region, wrapper))
}

/// Whether a call gives an attribute of an object a value that is no parameter.
fn is_set_by_name<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, value: &'a ast::Expr) -> bool {
    let is_setter = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "setattr");
    is_setter
        && matches!(&call.args[..], [object, _, given] if std::ptr::eq(given, value) && receiver::self_class(cx, object).is_some())
        && cx.kind(value) != Kind::Parameter
}

/// Whether the function around a `yield` is a context manager, by its decorator.
fn is_context_manager<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let function = cx.ancestors(Node::Expr(expr)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def),
        _ => None,
    });
    let is_manager = |decorator: &ast::Expr| last_name(decorator).is_some_and(|name| name.ends_with("contextmanager"));
    function.is_some_and(|def| def.decorator_list.iter().any(is_manager))
}

/// What takes an argument of a call in, where that is no tensor: `targets` of `targets.append(y)`.
fn keeper<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, arg: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    // The key of `more.setdefault(key, y)` and the place of `targets.insert(0, y)` are no values.
    let is_value = !matches!(method.attr.as_str(), "insert" | "setdefault") || !std::ptr::eq(call.args.first()?, arg);
    let is_known = cx.entity(&call.func).is_some() || takes_no_items(cx, &method.value);
    (is_value && KEEPERS.contains(&method.attr.as_str()) && !is_known).then_some(&*method.value)
}

/// Objects of the project that are no collections have methods of their own, which a region without gradients reaches.
fn takes_no_items<'a>(cx: &Cx<'a>, object: &'a ast::Expr) -> bool {
    receiver::class_of(cx, object).is_some()
        || cx.kind(object).is_tensor()
        || receiver::is_module(cx, object)
        || receiver::is_super(cx, object)
}

/// `self.w` of `self.w = y`; `x.data` is written to, not bound.
pub(super) fn attribute_target(stmt: &ast::Stmt) -> Option<&ast::Expr> {
    match receiver::assignment(stmt)?.0 {
        target @ ast::Expr::Attribute(attribute) if attribute.attr.as_str() != "data" => Some(target),
        _ => None,
    }
}

/// Whether what is kept in a place may be read outside of the region. What a function is given or shares with others outlives it.
fn escapes<'a>(cx: &Cx<'a>, region: &Region<'a>, place: &'a ast::Expr) -> bool {
    match place {
        ast::Expr::Attribute(_) => true,
        ast::Expr::Subscript(item) => escapes(cx, region, &item.value),
        ast::Expr::Name(name) => {
            let is_shared = match region.function {
                Some(ast::Stmt::FunctionDef(def)) => name.ctx.is_load() && !binds(def, &name.id),
                _ => false,
            };
            is_shared || is_used_outside(cx, region, place)
        }
        _ => false,
    }
}

/// Whether a function makes what a name stands for.
fn binds(def: &ast::StmtFunctionDef, name: &str) -> bool {
    let mut found = false;
    for stmt in &def.body {
        Node::Stmt(stmt).walk(&mut |node| {
            found |= matches!(node, Node::Expr(ast::Expr::Name(own)) if own.ctx.is_store() && own.id.as_str() == name);
        });
    }
    found
}
