//! Which values select items as masks: MLX reads no mask, and what is not known to be one by its kind may show it by where it comes from.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use t2m_semantic::tables::read_names;
use t2m_semantic::{Entity, FunctionId, Role};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextSize, node};

use crate::callee::callee;
use crate::cx::Cx;
use crate::rules::last_name;
use crate::{receiver, storage, views};

/// `x[y > 0]`, `x[a & ~b]`, and a name that is bound to such: whatever is compared, the result selects.
pub(crate) fn is_mask<'a>(cx: &Cx<'a>, entry: &'a ast::Expr) -> bool {
    Search { cx, seen: FxHashSet::default() }.is_mask(entry)
}

struct Search<'x, 'a> {
    cx: &'x Cx<'a>,
    /// Ex) `m = m & b`: a name may stand in its own value.
    seen: FxHashSet<*const ast::Expr>,
}

impl<'a> Search<'_, 'a> {
    fn is_mask(&mut self, entry: &'a ast::Expr) -> bool {
        // So many values tell it, or none of them.
        const VALUES: usize = 32;
        if is_shown(entry) {
            return true;
        }
        if self.seen.len() >= VALUES || !self.seen.insert(entry) {
            return false;
        }
        let cx = self.cx;
        match entry {
            ast::Expr::Call(call) => self.is_given_back(call),
            ast::Expr::BinOp(e) if e.op.is_bit_and() || e.op.is_bit_or() || e.op.is_bit_xor() || e.op.is_mult() => {
                self.is_mask(&e.left) && self.is_mask(&e.right)
            }
            ast::Expr::IfExp(e) => self.is_mask(&e.body) || self.is_mask(&e.orelse),
            ast::Expr::NamedExpr(e) => self.is_mask(&e.value),
            // Items of a list of masks are asked for by the same rule as rows of a mask.
            ast::Expr::List(list) => !list.elts.is_empty() && list.elts.iter().all(|item| self.is_mask(item)),
            ast::Expr::ListComp(list) => self.is_mask(&list.elt),
            // The helper is right for whatever else the name is bound to. Ex) `keep = None`, `if low: keep = x > low`
            ast::Expr::Name(name) => {
                bound_values(cx, entry).any(|value| self.is_mask(value))
                    || appended(cx, entry, name).into_iter().any(|value| self.is_mask(value))
                    || unpacked(cx, entry, name).into_iter().any(|value| self.is_mask(value))
                    || walked(cx, entry, name).is_some_and(|value| self.is_mask(value))
                    || is_used_as_mask(cx, entry, name)
            }
            // `self.chosen`, `picked.chosen`
            ast::Expr::Attribute(own) => {
                stored(cx, own).into_iter().any(|value| self.is_mask(value))
                    || set_around(cx, entry, own).into_iter().any(|value| self.is_mask(value))
            }
            ast::Expr::Subscript(item) => match receiver::string(&item.slice) {
                // `chosen["train"]` of a dict that is written out
                Some(key) => bound_values(cx, &item.value).filter_map(|value| value_of_key(value, key)).any(|value| self.is_mask(value)),
                // A row of a mask is one: `x[keep[i]]` behind `keep = x[..., 4] > low`.
                None => self.is_mask(&item.value),
            },
            _ => false,
        }
    }

    /// What a call gives that is asked for truths: `x.ne(0).unsqueeze(-1).expand_as(y)`, `torch.stack([a > 0, b > 0])`, a function of the file
    fn is_given_back(&mut self, call: &'a ast::ExprCall) -> bool {
        let cx = self.cx;
        if let Some(function) = cx.qualified(&call.func).and_then(|function| function.strip_prefix("torch.")) {
            let keeps = MASKS.methods.contains(function) || MASKS.functions.contains(function);
            return keeps && call.args.first().is_some_and(|given| self.is_mask(given));
        }
        match &*call.func {
            ast::Expr::Attribute(method) if MASKS.methods.contains(method.attr.as_str()) => self.is_mask(&method.value),
            // `above = lambda x: x > 0`
            func @ ast::Expr::Name(_) if self.is_asked_by_lambda(func) => true,
            _ => returned(cx, call).into_iter().any(|value| self.is_mask(value)) || gives_mask_elsewhere(cx, call),
        }
    }

    fn is_asked_by_lambda(&mut self, func: &'a ast::Expr) -> bool {
        bound_values(self.cx, func).any(|value| matches!(value, ast::Expr::Lambda(asks) if self.is_mask(&asks.body)))
    }
}

/// A mask by its own text: `x > 0`, which orders or matches, `~m`, `m.bool()`.
fn is_shown(value: &ast::Expr) -> bool {
    match value {
        ast::Expr::Compare(e) => {
            !e.ops.iter().any(|op| matches!(op, ast::CmpOp::Is | ast::CmpOp::IsNot | ast::CmpOp::In | ast::CmpOp::NotIn))
        }
        ast::Expr::UnaryOp(e) => matches!(e.op, ast::UnaryOp::Invert),
        // Lists and dictionaries are compared by operators.
        ast::Expr::Call(call) => matches!(&*call.func, ast::Expr::Attribute(method) if match method.attr.as_str() {
            "bool" => call.args.is_empty(),
            compares => call.args.len() == 1 && MASKS.compares.contains(compares),
        }),
        _ => false,
    }
}

/// What keeps truths, by the last names of functions and methods.
#[derive(Debug, Default, Deserialize)]
struct Masks {
    methods: FxHashSet<String>,
    functions: FxHashSet<String>,
    compares: FxHashSet<String>,
}

static MASKS: LazyLock<Masks> = LazyLock::new(|| read_names("masks"));

/// What a function of the same file returns.
fn returned<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Vec<&'a ast::Expr> {
    let function = callee(cx, call).map(|callee| callee.function).filter(|function| function.file == cx.id && function.name != "__init__");
    let Some(def) = function.and_then(|function| storage::function_at(&cx.file.suite, function.range)) else { return Vec::new() };
    let mut values = Vec::new();
    node::statements(&def.body, &mut |stmt| {
        if let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = stmt {
            values.push(&**value);
        }
    });
    values
}

/// Whether a function of another file shows by its own text that it gives a mask.
fn gives_mask_elsewhere<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let Some(function) = callee(cx, call).map(|callee| callee.function).filter(|function| function.file != cx.id) else { return false };
    let suite = cx.project.file(function.file).source.suite.as_slice();
    let Some(def) = storage::function_at(suite, function.range) else { return false };
    let mut found = false;
    node::statements(&def.body, &mut |stmt| {
        if let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = stmt {
            found = found || is_shown_in(&def.body, value, SHOWN_NAMES);
        }
    });
    found
}

/// A mask in another file is followed through so many names.
const SHOWN_NAMES: usize = 3;

/// A mask by its own text, and by that of what its names are bound to.
fn is_shown_in(body: &[ast::Stmt], value: &ast::Expr, names: usize) -> bool {
    match value {
        ast::Expr::BinOp(e) if e.op.is_bit_and() || e.op.is_bit_or() || e.op.is_bit_xor() => {
            is_shown_in(body, &e.left, names) && is_shown_in(body, &e.right, names)
        }
        ast::Expr::Name(name) if let Some(fewer) = names.checked_sub(1) => {
            let assigned = views::bindings(body, &name.id).into_iter().filter(
                |(node, _)| matches!(node, Node::Stmt(ast::Stmt::Assign(assign)) if assign.targets.iter().all(ast::Expr::is_name_expr)),
            );
            assigned.map(|(_, value)| value).any(|value| is_shown_in(body, value, fewer))
        }
        _ => is_shown(value),
    }
}

/// `inside` of `inside, outside = split(x)` and of `inside, n = x > 0, 3`
fn unpacked<'a>(cx: &Cx<'a>, entry: &'a ast::Expr, name: &ast::ExprName) -> Vec<&'a ast::Expr> {
    let mut found = Vec::new();
    for (node, value) in views::bindings(views::enclosing_body(cx, entry), &name.id) {
        let Node::Stmt(ast::Stmt::Assign(assign)) = node else { continue };
        let [ast::Expr::Tuple(targets)] = &assign.targets[..] else { continue };
        let Some(at) = targets.elts.iter().position(|target| views::is_same_name(target, &name.id)) else { continue };
        let given = match value {
            ast::Expr::Call(call) => returned(cx, call),
            value => vec![value],
        };
        found.extend(given.into_iter().filter_map(|tuple| match tuple {
            ast::Expr::Tuple(tuple) if tuple.elts.len() == targets.elts.len() => tuple.elts.get(at),
            _ => None,
        }));
    }
    found
}

/// What a list of the function around grows by: `chosen.append(x > 0)`
fn appended<'a>(cx: &Cx<'a>, entry: &'a ast::Expr, name: &ast::ExprName) -> Vec<&'a ast::Expr> {
    let mut found = Vec::new();
    let is_empty = |value: &ast::Expr| matches!(value, ast::Expr::List(list) if list.elts.is_empty());
    if !bound_values(cx, entry).any(is_empty) {
        return found;
    }
    for stmt in views::enclosing_body(cx, entry) {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node
                && let ([value], ast::Expr::Attribute(method)) = (&call.args[..], &*call.func)
                && method.attr.as_str() == "append"
                && views::is_same_name(&method.value, &name.id)
            {
                found.push(value);
            }
        });
    }
    found
}

/// What the function around assigns to an attribute of a name: `picked.chosen = x > 0`
fn set_around<'a>(cx: &Cx<'a>, entry: &'a ast::Expr, own: &ast::ExprAttribute) -> Vec<&'a ast::Expr> {
    let mut found = Vec::new();
    let ast::Expr::Name(owner) = &*own.value else { return found };
    node::statements(views::enclosing_body(cx, entry), &mut |stmt| {
        if let Some((ast::Expr::Attribute(target), value)) = receiver::assignment(stmt)
            && target.attr == own.attr
            && views::is_same_name(&target.value, &owner.id)
        {
            found.push(value);
        }
    });
    found
}

/// `y > 0` of `for x, m in zip(xs, y > 0)`, in a loop or a comprehension: items of a mask are masks.
fn walked<'a>(cx: &Cx<'a>, entry: &'a ast::Expr, name: &ast::ExprName) -> Option<&'a ast::Expr> {
    for up in cx.ancestors(Node::Expr(entry)) {
        let generators = match up {
            Node::Expr(ast::Expr::ListComp(e)) => &e.generators,
            Node::Expr(ast::Expr::GeneratorExp(e)) => &e.generators,
            Node::Stmt(ast::Stmt::For(e)) if views::binds(&e.target, &name.id) => {
                return views::walked_by(cx, &e.target, &e.iter, &name.id);
            }
            Node::Stmt(ast::Stmt::FunctionDef(_)) => return None,
            _ => continue,
        };
        if let Some(generator) = generators.iter().find(|generator| views::binds(&generator.target, &name.id)) {
            return views::walked_by(cx, &generator.target, &generator.iter, &name.id);
        }
    }
    None
}

/// Whether a name is used as only masks are: `x[m], x[~m]`, `x[m].sum() if m.any() else 0`; or the function that it is a parameter of is called with one.
fn is_used_as_mask<'a>(cx: &Cx<'a>, entry: &'a ast::Expr, name: &ast::ExprName) -> bool {
    is_negated_or_asked(cx, entry, name) || is_given_mask(cx, entry, name)
}

/// The places of a file where a name is negated or asked as only masks are: `~m`, `m.any()`.
pub(crate) type MaskUses<'a> = FxHashMap<&'a str, Vec<TextSize>>;

fn is_negated_or_asked<'a>(cx: &Cx<'a>, entry: &'a ast::Expr, name: &ast::ExprName) -> bool {
    let Some(places) = cx.mask_uses().get(name.id.as_str()) else { return false };
    let body = views::enclosing_body(cx, entry);
    let (Some(first), Some(last)) = (body.first(), body.last()) else { return false };
    places.iter().any(|place| (first.range().start()..last.range().end()).contains(place))
}

/// All of them, found once.
pub(crate) fn uses<'a>(cx: &Cx<'a>) -> MaskUses<'a> {
    let mut found = MaskUses::default();
    if !["~", ".any()", ".all()"].into_iter().any(|use_| cx.text_has(use_)) {
        return found;
    }
    let mut note = |value: &'a ast::Expr| {
        if let ast::Expr::Name(name) = value {
            found.entry(name.id.as_str()).or_default().push(name.range.start());
        }
    };
    let mut look = |node: Node<'a>| match node {
        Node::Expr(ast::Expr::UnaryOp(e)) if matches!(e.op, ast::UnaryOp::Invert) => note(&e.operand),
        Node::Expr(ast::Expr::Call(call)) if call.args.is_empty() && call.keywords.is_empty() => {
            if let ast::Expr::Attribute(method) = &*call.func
                && matches!(method.attr.as_str(), "any" | "all")
            {
                note(&method.value);
            }
        }
        _ => {}
    };
    cx.file.suite.iter().for_each(|stmt| Node::Stmt(stmt).walk(&mut look));
    found
}

/// `chosen` in `def select(x, chosen)`, where the file calls `select(x, x > 0)`.
fn is_given_mask<'a>(cx: &Cx<'a>, entry: &'a ast::Expr, name: &ast::ExprName) -> bool {
    let def = cx.ancestors(Node::Expr(entry)).find_map(|up| match up {
        Node::Stmt(stmt @ ast::Stmt::FunctionDef(_)) => Some(stmt),
        _ => None,
    });
    let Some(id) = def.and_then(|def| cx.project_facts.function_of_stmt(cx.id, def)) else { return false };
    let place = cx.project_facts.function(id).params.iter().position(|param| param.name == name.id.as_str());
    place.is_some_and(|place| cx.given_masks().contains(&(id, place)))
}

/// `item` in the `__getitem__` of a class that wraps a tensor, as boxes do: it takes whatever a tensor takes. A dataset, which has a length and moves nowhere,
/// is asked by numbers.
pub(crate) fn is_any_index<'a>(cx: &Cx<'a>, entry: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = entry else { return false };
    let def = cx.ancestors(Node::Expr(entry)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def),
        _ => None,
    });
    let class = receiver::enclosing_class(cx, Node::Expr(entry)).map(|class| cx.project_facts.class(class));
    let is_wrapper = class
        .is_some_and(|class| class.library_bases.is_empty() && !class.methods.contains_key("__len__") || class.methods.contains_key("to"));
    is_wrapper && def.is_some_and(|def| def.name.as_str() == "__getitem__" && receiver::has_parameter(def, &name.id))
}

/// `item` in a `__getitem__` that makes another object of its class of what it selects, as `Boxes` and `Instances` do: whatever they hold is asked by masks.
pub(crate) fn selects_for_its_class<'a>(cx: &Cx<'a>, entry: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = entry else { return false };
    let mut around = cx.ancestors(Node::Expr(entry));
    let def = around.find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def),
        _ => None,
    });
    let Some(def) = def.filter(|def| def.name.as_str() == "__getitem__" && receiver::has_parameter(def, &name.id)) else { return false };
    let Some(class) = receiver::enclosing_class(cx, Node::Expr(entry)) else { return false };
    let class = &cx.project_facts.class(class).name;
    let mut makes_own = false;
    def.body.iter().for_each(|stmt| {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(ast::Expr::Call(call)) = node else { return };
            makes_own |= match &*call.func {
                ast::Expr::Name(made) => made.id.as_str() == class.as_str(),
                // `type(self)(boxes)`
                ast::Expr::Call(of) => views::is_same_name(&of.func, "type"),
                ast::Expr::Attribute(of) => of.attr.as_str() == "__class__",
                _ => false,
            };
        });
    });
    makes_own
}

/// Functions of a file with their parameters that a call in it gives a comparison or what negates one.
pub(crate) fn given<'a>(cx: &Cx<'a>) -> FxHashSet<(FunctionId, usize)> {
    let mut found = FxHashSet::default();
    for stmt in &cx.file.suite {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(ast::Expr::Call(call)) = node else { return };
            let mut given = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
            if !given.any(is_shown) {
                return;
            }
            let (Some(id), skipped) = called(cx, call) else { return };
            let params = &cx.project_facts.function(id).params;
            found.extend(call.args.iter().enumerate().filter(|(_, arg)| is_shown(arg)).map(|(at, _)| (id, at + skipped)));
            let named = call.keywords.iter().filter(|keyword| is_shown(&keyword.value)).filter_map(|keyword| keyword.arg.as_deref());
            found.extend(named.filter_map(|name| Some((id, params.iter().position(|param| param.name == name)?))));
        });
    }
    found
}

/// The function that a call runs, and how many parameters stand in front of those that it gives.
fn called<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> (Option<FunctionId>, usize) {
    if let Some(Entity::Function(id)) = cx.entity(&call.func) {
        return (Some(*id), 0);
    }
    let ast::Expr::Attribute(method) = &*call.func else { return (None, 0) };
    let class = receiver::class_of(cx, &method.value);
    let id = class.and_then(|class| cx.project_facts.lookup_method(class, &method.attr));
    let is_static = id.is_some_and(|id| cx.project_facts.function(id).role == Role::Static);
    (id, usize::from(!is_static))
}

/// What the class in this file assigns to the attribute of `self`.
fn stored<'a>(cx: &Cx<'a>, own: &'a ast::ExprAttribute) -> Vec<&'a ast::Expr> {
    let mut found = Vec::new();
    let Some(class) = receiver::self_class(cx, &own.value) else { return found };
    let Some((_, def)) = cx.shared.survey.class_statements(cx.id).iter().find(|(id, _)| *id == class) else { return found };
    node::statements(&def.body, &mut |stmt| {
        if let Some((ast::Expr::Attribute(target), value)) = receiver::assignment(stmt)
            && target.attr == own.attr
            && views::is_same_name(&target.value, "self")
        {
            found.push(value);
        }
    });
    found
}

/// `v` of `{"key": v}`
fn value_of_key<'a>(value: &'a ast::Expr, key: &str) -> Option<&'a ast::Expr> {
    let ast::Expr::Dict(dict) = value else { return None };
    let at = dict.keys.iter().position(|known| known.as_ref().and_then(receiver::string) == Some(key))?;
    dict.values.get(at)
}

/// `[word.startswith("a") for word in words]`: MLX takes True and False for 1 and 0.
pub(crate) fn holds_truths(value: &ast::Expr) -> bool {
    match value {
        ast::Expr::ListComp(list) => is_truth(&list.elt),
        ast::Expr::Call(call) if call.args.len() == 1 => holds_truths(&call.args[0]),
        ast::Expr::GeneratorExp(items) => is_truth(&items.elt),
        _ => false,
    }
}

fn is_truth(value: &ast::Expr) -> bool {
    match value {
        ast::Expr::Compare(_) => true,
        ast::Expr::BoolOp(e) => e.values.iter().all(is_truth),
        ast::Expr::UnaryOp(e) => e.op == ast::UnaryOp::Not,
        ast::Expr::Call(call) => last_name(&call.func).is_some_and(|name| {
            matches!(name, "bool" | "isinstance" | "callable" | "startswith" | "endswith" | "any" | "all") || name.starts_with("is")
        }),
        _ => false,
    }
}

/// What the function around a name assigns to it.
pub(crate) fn bound_values<'a>(cx: &Cx<'a>, entry: &'a ast::Expr) -> impl Iterator<Item = &'a ast::Expr> {
    let bindings = match entry {
        ast::Expr::Name(name) => views::bindings(views::enclosing_body(cx, entry), &name.id),
        _ => Vec::new(),
    };
    bindings.into_iter().filter(|(node, _)| matches!(node, Node::Stmt(ast::Stmt::Assign(_)))).map(|(_, value)| value)
}

/// `x[mask]`, `x[batch["valid"]]`: what is called so is a mask, or nothing that an index could be.
pub(crate) fn sounds_like_mask(entry: &ast::Expr) -> bool {
    last_word(entry).is_some_and(|word| {
        let word = word.to_lowercase();
        word.contains("mask") || ["keep", "valid", "selected"].iter().any(|end| word.ends_with(end))
    })
}

/// An index of a tensor that may be a mask: no counter, no position, no index by its name.
pub(crate) fn sounds_like_items(entry: &ast::Expr) -> bool {
    let ast::Expr::Name(name) = entry else { return false };
    let word = name.id.to_lowercase();
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    matches!(word, "m" | "sel" | "cond" | "condition" | "where" | "filter" | "flag" | "flags" | "inside" | "fg" | "pos" | "neg")
}

fn last_word(entry: &ast::Expr) -> Option<&str> {
    match entry {
        ast::Expr::Name(name) => Some(name.id.as_str()),
        ast::Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        ast::Expr::Subscript(subscript) => receiver::string(&subscript.slice),
        ast::Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOp::Invert) => last_word(&unary.operand),
        _ => None,
    }
}
