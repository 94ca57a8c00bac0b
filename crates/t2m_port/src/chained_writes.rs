//! `y.exp_().div_(y.sum())`: PyTorch has written the exponentials before it reads their sum. A chain of in-place calls is one value in MLX, so what a later
//! argument sees has to be written first.

use t2m_semantic::{Entity, FunctionInfo};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec, node};

use crate::codes;
use crate::cx::{Cx, contains_word};
use crate::finding::Finding;
use crate::names::{Module, Uses};
use crate::rules::last_name;
use crate::{fresh_values, held_views, in_place, receiver, same_object, storage, views};

/// The calls of a chain that are written before a later one is evaluated, in order.
pub(crate) fn steps<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let mut found = Vec::new();
    let mut at = expr;
    while let Some(inner) = receiver_call(cx, at) {
        if is_seen(cx, at, inner) {
            found.push(inner);
        }
        at = inner;
    }
    found.reverse();
    found
}

/// Whether the writes of the chain around a call stand on lines of their own: it is a statement that nobody has rewritten.
pub(crate) fn has_lines<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let mut at = expr;
    while in_place::is_receiver_of_in_place(cx, at) {
        let call = cx.parent(at).and_then(|method| cx.parent(method));
        let Some(Node::Expr(call)) = call else { return false };
        at = call;
    }
    match cx.parent(at) {
        Some(Node::Stmt(stmt @ ast::Stmt::Expr(_))) => cx.owns_its_lines(stmt) && cx.stmt_claim(stmt).is_none(),
        _ => false,
    }
}

/// The value of a call whose arguments see what the call before it has written to `root`: that is read again, or written on the spot.
pub(crate) fn ordered<'a>(
    cx: &Cx<'a>,
    expr: &'a ast::Expr,
    root: &'a ast::Expr,
    value: Vec<Piece<'a>>,
) -> Result<(Vec<Piece<'a>>, Uses), Finding> {
    let Some(inner) = receiver_call(cx, expr).filter(|inner| is_seen(cx, expr, inner)) else { return Ok((value, Uses::default())) };
    let is_inner = |piece: &Piece<'a>| matches!(piece, Piece::Expr(part, _) if std::ptr::eq(*part, inner));
    if has_lines(cx, expr) {
        let again = |piece: Piece<'a>| match piece {
            Piece::Expr(part, slot) if std::ptr::eq(part, inner) => Piece::Expr(root, slot),
            piece => piece,
        };
        return Ok((value.into_iter().map(again).collect(), Uses::default()));
    }
    // What stands in front of the write would be evaluated before it.
    let first = value.iter().position(|piece| matches!(piece, Piece::Expr(part, _) if !part.is_constant_expr()));
    let is_first = first.is_some_and(|first| is_inner(&value[first])) && value.iter().filter(|piece| is_inner(piece)).count() == 1;
    let is_whole = matches!(root, ast::Expr::Name(_) | ast::Expr::Attribute(_)) && cx.is_simple(root);
    if !is_first || !is_whole || in_place::binds_anew(cx, inner) {
        let root = cx.snippet(root);
        let reason = format!("an argument of this call reads `{root}` after the call before it has changed it");
        return Err(Finding::todo(codes::IN_PLACE_VALUE, expr.range(), reason).help("write each call as a statement of its own"));
    }
    let (assign, uses) = cx.member(Module::Compat, "assign_");
    let mut pieces = Vec::new();
    for piece in value {
        if is_inner(&piece) {
            pieces.extend([Piece::text(format!("{assign}(")), Piece::Expr(root, Prec::Named), Piece::text(", ")]);
            pieces.extend([Piece::Expr(inner, Prec::Named), Piece::text(")")]);
        } else {
            pieces.push(piece);
        }
    }
    Ok((pieces, uses))
}

/// `y.exp_()` of `y.exp_().div_(s)`
fn receiver_call<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let method = |expr: &'a ast::Expr| match expr {
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) if in_place::is_in_place_method(cx, &method.attr) && cx.entity(&call.func).is_none() => {
                Some(method)
            }
            _ => None,
        },
        _ => None,
    };
    let inner = &*method(expr)?.value;
    method(inner).map(|_| inner)
}

/// Whether an argument of a call may read what the call before it has written.
fn is_seen<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, inner: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = expr else { return false };
    let mut args =
        call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value)).filter(|arg| !arg.is_constant_expr()).peekable();
    if args.peek().is_none() {
        return false;
    }
    let root = in_place::root(cx, inner);
    if fresh_values::is_fresh(cx, root) {
        return false;
    }
    let memory = Memory::of(cx, whole(cx, root));
    args.any(|arg| memory.is_read_by(cx, arg))
}

/// The tensor, or the item of a container, whose memory it is: `x` of `x[0].view(-1)`.
fn whole<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> &'a ast::Expr {
    match expr {
        ast::Expr::Subscript(item) if in_place::is_container_item(cx, item) => expr,
        ast::Expr::Subscript(item) => whole(cx, storage::owner(cx, &item.value)),
        _ => match views::base(cx, expr) {
            Some(base) => whole(cx, base),
            None => expr,
        },
    }
}

/// What a chain writes to, and its other names.
struct Memory<'a> {
    owner: &'a ast::Expr,
    texts: Vec<&'a str>,
}

impl<'a> Memory<'a> {
    fn of(cx: &Cx<'a>, owner: &'a ast::Expr) -> Self {
        let mut texts = vec![cx.source(owner)];
        let is_place = |expr: &ast::Expr| matches!(expr, ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_));
        if let ast::Expr::Name(name) = owner {
            texts.extend(same_object::other_names(cx, name, owner).into_iter().map(|other| cx.source(other)));
        }
        // `a.n = a.m`
        if is_place(owner) {
            node::statements(views::enclosing_body(cx, owner), &mut |stmt| {
                let assigned = held_views::stored(stmt)
                    .into_iter()
                    .filter(|(target, value, is_items)| !is_items && is_place(target) && is_place(value));
                for (target, value) in assigned.map(|(target, value, _)| (target, storage::owner(cx, value))) {
                    let (place, value_text) = (cx.source(target), cx.source(value));
                    let is_plain = !(target.is_name_expr() && value.is_name_expr());
                    if is_plain && value_text == texts[0] {
                        texts.push(place);
                    } else if is_plain && place == texts[0] && is_place(value) {
                        texts.push(value_text);
                    }
                }
            });
        }
        Self { owner, texts }
    }

    fn is_read_by(&self, cx: &Cx<'a>, arg: &'a ast::Expr) -> bool {
        let mut found = false;
        Node::Expr(arg).walk(&mut |node| {
            let Node::Expr(expr) = node else { return };
            found |= match expr {
                ast::Expr::Call(call) => self.is_read_by_callee(cx, call),
                ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_) => {
                    self.is_named(cx, expr) || self.is_container(cx, expr) || self.is_item_of_copy(cx, expr)
                }
                _ => false,
            };
        });
        found
    }

    fn is_named(&self, cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
        self.texts.contains(&cx.source(expr)) && !views::is_metadata(cx, expr)
    }

    /// `state` of `state["a"].mul_(2).add_(state[key])`, but not where the keys differ for sure.
    fn is_container(&self, cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
        let ast::Expr::Subscript(own) = self.owner else { return false };
        if cx.source(expr) != cx.source(&*own.value) {
            return false;
        }
        match cx.parent(expr) {
            Some(Node::Expr(ast::Expr::Subscript(other))) if std::ptr::eq(&*other.value, expr) => {
                !(own.slice.is_constant_expr() && other.slice.is_constant_expr()) || cx.source(&*own.slice) == cx.source(&*other.slice)
            }
            _ => true,
        }
    }

    /// `b` of `for a, b in zip(kept, list(kept))`: an item of a copy of the container, which holds the same tensors.
    fn is_item_of_copy(&self, cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
        let Some(own) = container(cx, self.owner) else { return false };
        let Some(other) = container(cx, expr).filter(|other| !std::ptr::eq(*other, own)) else { return false };
        let (own_source, other_source) = (copied(cx, own), copied(cx, other));
        let is_copy = own_source.is_some() || other_source.is_some();
        is_copy && cx.source(own_source.unwrap_or(items(own))) == cx.source(other_source.unwrap_or(items(other)))
    }

    /// A function or method of this file whose text names what is written to.
    fn is_read_by_callee(&self, cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
        let word = match self.owner {
            ast::Expr::Name(name) => name.id.as_str(),
            ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => return false,
        };
        let function: Option<&FunctionInfo> = match (cx.entity(&call.func), &*call.func) {
            (Some(Entity::Function(id)), _) if self.owner.is_name_expr() => Some(cx.project_facts.function(*id)),
            (None, ast::Expr::Attribute(method)) if self.owner.is_attribute_expr() => receiver::self_class(cx, &method.value)
                .and_then(|class| cx.project_facts.lookup_method(class, &method.attr))
                .map(|id| cx.project_facts.function(id)),
            _ => None,
        };
        function.is_some_and(|function| {
            let def = storage::function_at(&cx.project.file(function.file).source.suite, function.range);
            let is_own = |def: &ast::StmtFunctionDef| receiver::has_parameter(def, word) && self.owner.is_name_expr();
            function.file == cx.id && !def.is_some_and(is_own) && contains_word(cx.file.slice(function.range), word)
        })
    }
}

/// What holds a tensor: `kept` of `kept[name]`, and of `a` in `for a, b in zip(kept, others)`.
fn container<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    match expr {
        ast::Expr::Subscript(item) => Some(&item.value),
        ast::Expr::Name(name) => cx.ancestors(Node::Expr(expr)).find_map(|up| match up {
            Node::Stmt(ast::Stmt::For(walk)) if views::binds(&walk.target, &name.id) => {
                views::walked_by(cx, &walk.target, &walk.iter, &name.id)
            }
            _ => None,
        }),
        _ => None,
    }
}

/// `d` of `d.items()`
fn items(expr: &ast::Expr) -> &ast::Expr {
    match expr {
        ast::Expr::Call(call) if call.args.is_empty() => match &*call.func {
            ast::Expr::Attribute(method) if matches!(method.attr.as_str(), "items" | "values") => &method.value,
            _ => expr,
        },
        _ => expr,
    }
}

/// What a container is a copy of that holds the same tensors: `d` of `e = dict(d)` and of `e = {k: v for k, v in d.items()}`.
fn copied<'a>(cx: &Cx<'a>, container: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let made = match container {
        ast::Expr::Name(name) => match views::bindings(views::enclosing_body(cx, container), &name.id)[..] {
            [(Node::Stmt(ast::Stmt::Assign(assign)), value)] if assign.targets.iter().all(|target| target.is_name_expr()) => value,
            _ => return None,
        },
        container => items(container),
    };
    let of_items = |value: &'a ast::Expr, generators: &'a [ast::Comprehension]| match generators {
        [walk] => match storage::owner(cx, value) {
            ast::Expr::Name(name) if views::binds(&walk.target, &name.id) => Some(items(&walk.iter)),
            _ => None,
        },
        _ => None,
    };
    match made {
        ast::Expr::DictComp(all) => of_items(&all.value, &all.generators),
        ast::Expr::ListComp(all) => of_items(&all.elt, &all.generators),
        ast::Expr::Call(call) => match (&*call.func, &call.args[..]) {
            (ast::Expr::Attribute(method), []) if method.attr.as_str() == "copy" => Some(&method.value),
            (func, [of]) if matches!(last_name(func), Some("list" | "tuple" | "dict" | "OrderedDict" | "copy")) => Some(items(of)),
            _ => None,
        },
        _ => None,
    }
}
