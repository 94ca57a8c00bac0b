//! `seen.add(module)`, `order[module] = n`: MLX's modules are dicts, which have no hash. In a set or dict that is only asked about modules, their `id` stands for them.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, TextRange};

use super::module_equality::has_identity;
use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::survey::Store;
use crate::{receiver, views};

pub(super) const RULE: Rule = Rule {
    name: "module-key",
    doc: include_str!("module_key.md"),
    hook: Hook::Expr(&[Shape::Call, Shape::Subscript, Shape::Operation, Shape::Other], keyed),
};

/// What a use of a set or dict puts into it or asks it for.
enum Key<'a> {
    /// A module.
    One(&'a ast::Expr),
    /// All that a sequence holds: `set(model.modules())`.
    All(&'a ast::Expr),
}

fn keyed<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    if let ast::Expr::Call(call) = expr
        && let Some(claim) = hashed(cx, call)
    {
        return Some(claim);
    }
    let (place, keys) = match expr {
        ast::Expr::Subscript(item) => (Some(&*item.value), vec![Key::One(&item.slice)]),
        ast::Expr::Compare(compare) => match (&compare.ops[..], &compare.comparators[..]) {
            ([ast::CmpOp::In | ast::CmpOp::NotIn], [right]) => (Some(right), vec![Key::One(&compare.left)]),
            _ => return None,
        },
        ast::Expr::Call(call) => match method_key(call) {
            Some((place, key)) => (Some(place), vec![Key::One(key)]),
            None => (None, made_of(cx, expr)?),
        },
        _ => (None, made_of(cx, expr)?),
    };
    let is_filled = || {
        matches!(keys[..], [Key::One(key)] if cx.kind(key).is_unknown())
            && place.is_some_and(|place| may_have_keys(&cx.kind(place)) && holds_modules(cx, place))
    };
    if !keys.iter().any(|key| is_module_key(cx, key)) && !is_filled() {
        return None;
    }
    let is_of_hook = keys.iter().any(|key| matches!(key, Key::One(key) if is_given_to_hook(cx, key)));
    let place = match place.or_else(|| stored_in(cx, expr)) {
        Some(place) => match Place::of(cx, expr, place) {
            None if !is_of_hook => return None,
            place => Some(place.unwrap_or_default()),
        },
        None => None,
    };
    let is_settled = match &place {
        Some(place) if !place.is_made && !is_of_hook => return None,
        Some(place) if !place.is_made => false,
        Some(place) if is_of_hook && place.is_attribute && place.is_seen_outside(cx, expr) => false,
        Some(place) => place.uses.iter().all(|one| place.is_asked_only(cx, one)),
        None => is_measured(cx, expr),
    };
    let are_modules = || keys.iter().all(|key| is_module_key(cx, key)) || place.as_ref().is_some_and(|place| place.is_filled);
    if is_settled && are_modules() {
        return Some(Claim::edit(keys.iter().flat_map(|key| key.by_id()).collect()));
    }
    let at = keys.iter().map(Key::range).next().unwrap_or(expr.range());
    let reason = "MLX's modules are dicts, which can't be keys or items of a set";
    Some(Claim::todo(Finding::todo(codes::UNSUPPORTED, at, reason).help("use `id(module)` as the key")))
}

/// `hash(module)`
fn hashed<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    let is_hash = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "hash");
    let [module] = &call.args[..] else { return None };
    let has_own = || receiver::class_of(cx, module).is_some_and(|class| cx.project_facts.lookup_method(class, "__hash__").is_some());
    (is_hash && has_identity(cx, module) && !has_own()).then(|| Claim::edit(vec![Edit::text(call.func.range(), "id")]))
}

/// Whether a value may be a set or dict: most that are asked for an item of unknown kind are lists and tensors.
fn may_have_keys(kind: &Kind) -> bool {
    matches!(kind, Kind::Unknown | Kind::Dict(_) | Kind::Other | Kind::Library(_) | Kind::Optional(_))
}

/// Whether the only assignment of a name or attribute makes a set or dict of modules: what it is asked about is one, too.
fn holds_modules<'a>(cx: &Cx<'a>, place: &'a ast::Expr) -> bool {
    let is_of_modules =
        |value: &'a ast::Expr| made_of(cx, value).is_some_and(|keys| !keys.is_empty() && keys.iter().all(|key| is_module_key(cx, key)));
    match place {
        ast::Expr::Name(name) => cx.only_assignment(&name.id).is_some_and(|assign| is_of_modules(&assign.value)),
        ast::Expr::Attribute(attribute) => {
            let Some(class) = receiver::self_class(cx, &attribute.value) else { return false };
            match cx.shared.survey.stores(class, &attribute.attr)[..] {
                [Store::Whole(value)] => cx.project_facts.class(class).file == cx.id && is_of_modules(value),
                _ => false,
            }
        }
        _ => false,
    }
}

impl Key<'_> {
    fn range(&self) -> TextRange {
        let (Self::One(key) | Self::All(key)) = self;
        key.range()
    }

    fn by_id<'b>(&self) -> [Edit<'b>; 2] {
        let call = match self {
            Self::One(_) => "id(",
            Self::All(_) => "map(id, ",
        };
        let range = self.range();
        [Edit::text(TextRange::empty(range.start()), call), Edit::text(TextRange::empty(range.end()), ")")]
    }
}

fn is_module_key<'a>(cx: &Cx<'a>, key: &Key<'a>) -> bool {
    match key {
        Key::One(key) => is_module(cx, key),
        Key::All(items) => match cx.kind(items) {
            Kind::List(item) | Kind::Seq(item) | Kind::ModuleList(item) => cx.project_facts.is_module(&item),
            kind => kind.is_unknown() && gives_modules(cx, items),
        },
    }
}

fn is_module<'a>(cx: &Cx<'a>, key: &'a ast::Expr) -> bool {
    has_identity(cx, key) || is_given_to_hook(cx, key)
}

/// The first parameter of a function that is registered as a hook: the module that it is called for.
fn is_given_to_hook<'a>(cx: &Cx<'a>, key: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = key else { return false };
    if !cx.kind(key).is_unknown() {
        return false;
    }
    // Whole files are searched for what few have: last.
    let has_hooks = || cx.text_has("_hook(");
    for up in cx.ancestors(Node::Expr(key)) {
        match up {
            Node::Expr(function @ ast::Expr::Lambda(lambda)) if place_of(&lambda.args, &name.id) == Some(0) => {
                return matches!(cx.parent(function), Some(Node::Expr(ast::Expr::Call(call))) if registers(&call.func)) && has_hooks();
            }
            Node::Stmt(ast::Stmt::FunctionDef(def)) => {
                if let Some(place) = place_of(&def.args, &name.id) {
                    return has_hooks() && is_registered(cx, &def.name, place);
                }
            }
            _ => {}
        }
    }
    false
}

/// The place of a parameter, `self` left aside.
fn place_of(args: &ast::Arguments, name: &str) -> Option<usize> {
    let all = args.posonlyargs.iter().chain(&args.args).map(|arg| arg.def.arg.as_str());
    all.skip_while(|name| *name == "self").position(|one| one == name)
}

/// Ex) `layer.register_forward_hook`
fn registers(callee: &ast::Expr) -> bool {
    matches!(callee, ast::Expr::Attribute(method) if method.attr.starts_with("register_") && method.attr.ends_with("_hook"))
}

/// Whether the file registers a function of this name as a hook, or what a function around it gives, and a parameter at this place gets the module:
/// the first one, behind those that `partial(keep, name)` gives.
fn is_registered(cx: &Cx<'_>, name: &str, place: usize) -> bool {
    let mut makers = vec![name];
    t2m_syntax::node::statements(&cx.file.suite, &mut |stmt| {
        if let ast::Stmt::FunctionDef(def) = stmt
            && def.body.iter().any(|inner| matches!(inner, ast::Stmt::Return(ret) if ret.value.as_deref().is_some_and(|value| views::is_same_name(value, name))))
        {
            makers.push(def.name.as_str());
        }
    });
    let names = |expr: &ast::Expr| match expr {
        ast::Expr::Name(one) => makers.contains(&one.id.as_str()),
        ast::Expr::Attribute(one) => makers.contains(&one.attr.as_str()),
        _ => false,
    };
    let mut is_registered = false;
    for stmt in &cx.file.suite {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node
                && registers(&call.func)
                && let Some(hook) = call.args.first()
            {
                is_registered |= match hook {
                    ast::Expr::Call(made) if made.args.first().is_some_and(names) => place + 1 == made.args.len(),
                    ast::Expr::Call(made) => place == 0 && names(&made.func),
                    hook => place == 0 && names(hook),
                };
            }
        });
    }
    is_registered
}

/// `model.modules()`, of whatever kind `model` is, and a part of a list of modules: `self.experts[sel] if isinstance(sel, slice) else sel`.
fn gives_modules<'a>(cx: &Cx<'a>, items: &'a ast::Expr) -> bool {
    match items {
        ast::Expr::Call(call) => {
            matches!(&*call.func, ast::Expr::Attribute(method) if matches!(method.attr.as_str(), "modules" | "children"))
        }
        ast::Expr::Subscript(part) => {
            matches!(cx.kind(&part.value), Kind::ModuleList(item) | Kind::List(item) if cx.project_facts.is_module(&item))
        }
        ast::Expr::IfExp(choice) => [&choice.body, &choice.orelse].into_iter().any(|one| !one.is_name_expr() && gives_modules(cx, one)),
        ast::Expr::Name(name) => {
            let bound = views::bindings(views::enclosing_body(cx, items), &name.id);
            bound
                .iter()
                .any(|(node, value)| matches!(node, Node::Stmt(ast::Stmt::Assign(_))) && !value.is_name_expr() && gives_modules(cx, value))
        }
        _ => false,
    }
}

/// `seen` and `m` of `seen.add(m)`.
fn method_key(call: &ast::ExprCall) -> Option<(&ast::Expr, &ast::Expr)> {
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let is_keyed = matches!(method.attr.as_str(), "add" | "discard" | "remove" | "get" | "pop" | "setdefault");
    is_keyed.then_some((&*method.value, call.args.first()?))
}

/// The keys of a display, comprehension or `set(...)`; none where it is no set and no dict.
fn made_of<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Vec<Key<'a>>> {
    Some(match expr {
        ast::Expr::Dict(dict) => dict.keys.iter().map(|key| key.as_ref().map(Key::One)).collect::<Option<_>>()?,
        ast::Expr::Set(set) => set.elts.iter().map(Key::One).collect(),
        ast::Expr::DictComp(comp) => vec![Key::One(&comp.key)],
        ast::Expr::SetComp(comp) => vec![Key::One(&comp.elt)],
        ast::Expr::Call(call) => {
            let name = match cx.entity(&call.func)? {
                Entity::Builtin(name) => name.as_str(),
                Entity::Library(name) => name.as_str(),
                _ => return None,
            };
            match name {
                "set" => call.args.iter().map(Key::All).collect(),
                "dict" | "collections.OrderedDict" | "collections.Counter" if call.args.is_empty() => Vec::new(),
                // Its argument makes values.
                "collections.defaultdict" if call.args.len() < 2 => Vec::new(),
                _ => return None,
            }
        }
        _ => return None,
    })
}

/// The name or attribute that an expression is assigned to.
fn stored_in<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    match cx.parent(expr)? {
        Node::Stmt(ast::Stmt::Assign(assign)) => match &assign.targets[..] {
            [target] => Some(target),
            _ => None,
        },
        Node::Stmt(ast::Stmt::AnnAssign(assign)) => Some(&assign.target),
        _ => None,
    }
}

/// A name or an attribute of `self`, with all its readings and writings.
#[derive(Default)]
struct Place<'a> {
    uses: Vec<&'a ast::Expr>,
    /// Whether a set or dict is made for it here.
    is_made: bool,
    /// Whether it holds modules from the start, see [`holds_modules`].
    is_filled: bool,
    is_attribute: bool,
}

impl<'a> Place<'a> {
    fn of(cx: &Cx<'a>, at: &'a ast::Expr, place: &'a ast::Expr) -> Option<Self> {
        let body = match place {
            ast::Expr::Name(name) => body_of(cx, at, &name.id),
            ast::Expr::Attribute(attribute) if views::is_same_name(&attribute.value, "self") => class_body(cx, at)?,
            _ => return None,
        };
        let is_same = |expr: &ast::Expr| match (expr, place) {
            (ast::Expr::Name(one), ast::Expr::Name(other)) => one.id == other.id,
            (ast::Expr::Attribute(one), ast::Expr::Attribute(other)) => one.attr == other.attr,
            _ => false,
        };
        let mut uses = Vec::new();
        for stmt in body {
            Node::Stmt(stmt).walk(&mut |node| {
                if let Node::Expr(expr) = node
                    && is_same(expr)
                {
                    uses.push(expr);
                }
            });
        }
        let is_made = uses.iter().any(|place| value_given(cx, place).is_some_and(|value| made_of(cx, value).is_some()));
        Some(Self { uses, is_made, is_filled: holds_modules(cx, place), is_attribute: place.is_attribute_expr() })
    }

    /// Whether an attribute of this name is read outside of the class: `recorder.outputs.items()`.
    fn is_seen_outside(&self, cx: &Cx<'a>, at: &'a ast::Expr) -> bool {
        let Some(ast::Expr::Attribute(place)) = self.uses.first() else { return true };
        let Some(own) = class_body(cx, at).and_then(|body| Some(TextRange::new(body.first()?.start(), body.last()?.end()))) else {
            return true;
        };
        cx.project.files.iter().any(|file| {
            let is_own_file = std::ptr::eq(&file.source, cx.file);
            let mut is_seen = false;
            if file.source.text.contains(place.attr.as_str()) {
                file.source.suite.iter().for_each(|stmt| {
                    Node::Stmt(stmt).walk(&mut |node| {
                        if let Node::Expr(ast::Expr::Attribute(e)) = node {
                            is_seen |= e.attr == place.attr && !(is_own_file && own.contains_range(e.range));
                        }
                    });
                });
            }
            is_seen
        })
    }

    /// Whether a use of a set or dict leaves its keys where they are: it stores a module, or asks for one.
    fn is_asked_only(&self, cx: &Cx<'a>, place: &'a ast::Expr) -> bool {
        let is_module = |key: &'a ast::Expr| is_module(cx, key) || self.is_filled && cx.kind(key).is_unknown();
        match cx.parent(place) {
            Some(Node::Stmt(ast::Stmt::Assign(_) | ast::Stmt::AnnAssign(_))) => {
                let Some(value) = value_given(cx, place) else { return false };
                made_of(cx, value).is_some_and(|keys| keys.iter().all(|key| is_module_key(cx, key)))
            }
            Some(Node::Expr(ast::Expr::Subscript(item))) => std::ptr::eq(&*item.value, place) && is_module(&item.slice),
            Some(Node::Expr(ast::Expr::Compare(compare))) => match (&compare.ops[..], &compare.comparators[..]) {
                ([ast::CmpOp::In | ast::CmpOp::NotIn], [right]) => std::ptr::eq(right, place) && is_module(&compare.left),
                ([ast::CmpOp::Is | ast::CmpOp::IsNot], _) => true,
                _ => false,
            },
            Some(Node::Expr(method @ ast::Expr::Attribute(attribute))) => match cx.parent(method) {
                Some(Node::Expr(ast::Expr::Call(call))) if std::ptr::eq(&*call.func, method) => match method_key(call) {
                    Some((_, key)) => is_module(key),
                    None => matches!(attribute.attr.as_str(), "values" | "clear"),
                },
                _ => false,
            },
            Some(Node::Expr(up)) => is_condition(up, place) || is_call_of_len(cx, up),
            Some(Node::Stmt(ast::Stmt::If(branch))) => std::ptr::eq(&*branch.test, place),
            Some(Node::Stmt(ast::Stmt::While(walk))) => std::ptr::eq(&*walk.test, place),
            _ => false,
        }
    }
}

/// What an assignment stores under a name.
fn value_given<'a>(cx: &Cx<'a>, place: &'a ast::Expr) -> Option<&'a ast::Expr> {
    match cx.parent(place)? {
        Node::Stmt(ast::Stmt::Assign(assign)) if matches!(&assign.targets[..], [target] if std::ptr::eq(target, place)) => {
            Some(&assign.value)
        }
        Node::Stmt(ast::Stmt::AnnAssign(assign)) if std::ptr::eq(&*assign.target, place) => assign.value.as_deref(),
        _ => None,
    }
}

/// The body of the innermost function around that gives the name a value, or of the file.
fn body_of<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str) -> &'a [ast::Stmt] {
    let bodies = cx.ancestors(Node::Expr(at)).filter_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(&def.body[..]),
        _ => None,
    });
    bodies.into_iter().find(|body| !views::bindings(body, name).is_empty()).unwrap_or(&cx.file.suite)
}

fn class_body<'a>(cx: &Cx<'a>, at: &'a ast::Expr) -> Option<&'a [ast::Stmt]> {
    cx.ancestors(Node::Expr(at)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::ClassDef(def)) => Some(&def.body[..]),
        _ => None,
    })
}

/// `not seen`, `seen and ...`
fn is_condition(up: &ast::Expr, place: &ast::Expr) -> bool {
    match up {
        ast::Expr::UnaryOp(unary) => unary.op == ast::UnaryOp::Not,
        ast::Expr::IfExp(choice) => std::ptr::eq(&*choice.test, place),
        _ => false,
    }
}

fn is_call_of_len(cx: &Cx<'_>, up: &ast::Expr) -> bool {
    matches!(up, ast::Expr::Call(call) if matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name == "len"))
}

/// `len(set(model.modules()))`, `module in set(model.modules())`
fn is_measured<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    matches!(cx.parent(expr), Some(Node::Expr(up)) if is_call_of_len(cx, up))
}
