//! `self.teacher = [model]`: PyTorch looks for modules in no list and no dictionary, MLX in both.

use t2m_semantic::{ClassId, FileFacts, Kind};
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::{Hook, Rule, given_value, last_name};
use crate::callee::callee;
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::survey::Store;
use crate::{receiver, storage, views};

pub(super) const RULE: Rule = Rule { name: "hidden-modules", doc: include_str!("hidden_modules.md"), hook: Hook::Stmt(assigned) };

fn assigned<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let (ast::Expr::Attribute(target), value) = receiver::assignment(stmt)? else { return None };
    let class = || receiver::self_class(cx, &target.value).filter(|class| receiver::makes_modules(cx, *class));
    let name = target.attr.as_str();
    // MLX leaves names that start with an underscore alone.
    if name.starts_with('_') {
        return None;
    }
    if given_value::is_given_both_lists(cx, value) && class().is_some() {
        let value = cx.snippet(value);
        let reason =
            format!("`{value}` is an `nn.ModuleList` of one caller, and of another a plain list, whose modules PyTorch doesn't train");
        return Some(StmtClaim::todo(Finding::todo(codes::PLAIN_TENSOR, stmt.range(), reason).help("make it one of both for all callers")));
    }
    if !is_plain_container(cx.facts, value) {
        return None;
    }
    if receiver::self_class(cx, &target.value).is_none() {
        return set_outside(cx, target, value);
    }
    let class = class()?;
    let holds_them = holds_modules_alone(cx, class, name)
        || holds_given_object(cx, target, value)
        || is_empty(value) && is_filled_by_callee(cx, target, &|arg| cx.source(arg) == cx.source(target));
    (holds_them && !super::module_array::becomes_module(cx, class, name)).then(|| super::module_array::plain_attribute(cx, target, value))
}

/// The same among several targets: `self.stages, self.names = [], []`, `self.stages = stages = []`; `also` are the other names of the value.
pub(super) fn hides_modules<'a>(cx: &Cx<'a>, class: ClassId, target: &'a ast::ExprAttribute, kind: &Kind, also: &'a [ast::Expr]) -> bool {
    let is_alias = |arg: &ast::Expr| also.iter().any(|other| matches!(other, ast::Expr::Name(name) if views::is_same_name(arg, &name.id)));
    let is_filled =
        || also.iter().any(|other| matches!(other, ast::Expr::Name(name) if is_filled(cx, views::enclosing_body(cx, other), &name.id)));
    let holds_them = || {
        holds_modules_alone(cx, class, &target.attr)
            || is_filled()
            || also.iter().any(ast::Expr::is_name_expr) && is_filled_by_callee(cx, target, &is_alias)
    };
    matches!(kind, Kind::List(_) | Kind::Dict(_)) && holds_them() && !super::module_array::becomes_module(cx, class, &target.attr)
}

fn is_empty(value: &ast::Expr) -> bool {
    match value {
        ast::Expr::List(list) => list.elts.is_empty(),
        ast::Expr::Dict(dict) => dict.values.is_empty(),
        ast::Expr::Call(call) => call.args.is_empty() && call.keywords.is_empty(),
        _ => false,
    }
}

/// `self.build(self.stages)`, where the method puts modules into what it is given.
fn is_filled_by_callee<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, is_it: &dyn Fn(&ast::Expr) -> bool) -> bool {
    let mut found = false;
    for stmt in views::enclosing_body(cx, &target.value) {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(ast::Expr::Call(call)) = node else { return };
            if found || !call.args.iter().any(is_it) {
                return;
            }
            let Some(callee) = callee(cx, call).filter(|callee| callee.function.file == cx.id) else { return };
            let Some(def) = storage::function_at(&cx.file.suite, callee.function.range) else { return };
            let fills = |(param, arg): (usize, &ast::Expr)| {
                is_it(arg) && callee.function.params.get(param).is_some_and(|param| is_filled(cx, &def.body, &param.name))
            };
            found = callee.numbered(call).any(fills);
        });
    }
    found
}

/// `stages.append(nn.Linear(3, 3))`, `stages += [layer]`
fn is_filled<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], name: &str) -> bool {
    let mut found = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Expr(ast::Expr::Call(call)) => {
                if let (ast::Expr::Attribute(method), Some(value)) = (&*call.func, call.args.last())
                    && matches!(method.attr.as_str(), "append" | "insert" | "extend" | "update")
                    && views::is_same_name(&method.value, name)
                {
                    found |= is_module(cx, &cx.kind(value));
                }
            }
            Node::Stmt(ast::Stmt::AugAssign(more)) if views::is_same_name(&more.target, name) => {
                found |= is_module(cx, &cx.kind(&more.value));
            }
            Node::Stmt(ast::Stmt::Assign(assign)) => {
                let is_item = |target: &ast::Expr| matches!(target, ast::Expr::Subscript(item) if views::is_same_name(&item.value, name));
                found |= assign.targets.iter().any(is_item) && is_module(cx, &cx.kind(&assign.value));
            }
            _ => {}
        });
    }
    found
}

/// A list or dictionary of Python, `OrderedDict()` included.
fn is_plain_container(facts: &FileFacts, value: &ast::Expr) -> bool {
    matches!(facts.fact(value).kind, Kind::List(_) | Kind::Dict(_)) || ordered(facts, value).is_some()
}

/// The call of `OrderedDict(a=layer)`, `defaultdict(list)`: dictionaries of which the kind says nothing.
fn ordered<'a>(facts: &FileFacts, value: &'a ast::Expr) -> Option<&'a ast::ExprCall> {
    let ast::Expr::Call(call) = value else { return None };
    matches!(facts.qualified(&call.func)?, "collections.OrderedDict" | "collections.defaultdict").then_some(call)
}

/// `model.extras = [nn.Linear(3, 3)]`, of a model that isn't `self`.
fn set_outside<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, value: &'a ast::Expr) -> Option<StmtClaim<'a>> {
    let holds_them = match cx.kind(value) {
        Kind::List(inner) | Kind::Dict(inner) => is_module(cx, &inner) || displays_module(cx, cx.facts, value),
        _ => displays_module(cx, cx.facts, value),
    };
    let object = &*target.value;
    let is_open = |class: Option<ClassId>| class.is_none_or(|class| !super::module_array::becomes_module(cx, class, &target.attr));
    if !holds_them || !is_open(receiver::class_of(cx, object)) {
        return None;
    }
    if super::set_outside::is_module_outside(cx, object, &target.attr) {
        return Some(super::module_array::plain_attribute(cx, target, value));
    }
    let is_given =
        matches!(object, ast::Expr::Name(name) if name.id.as_str() != "cls" && receiver::is_parameter_around(cx, object, &name.id));
    (is_given && cx.kind(object).is_unknown()).then(|| super::module_array::plain_of_module(cx, target, value))
}

/// `self.parent = [parent]`, from which methods take the object: `self.parent[0].scale`. Of an object that isn't known, it may be a module.
fn holds_given_object<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute, value: &'a ast::Expr) -> bool {
    let ast::Expr::List(list) = value else { return false };
    let [ast::Expr::Name(given)] = &list.elts[..] else { return false };
    let first = format!("{}[0]", cx.source(target));
    let reads = |text: &str| text.split(&first).skip(1).any(|rest| rest.starts_with(['.', '(']));
    let is_open = match cx.kind(&list.elts[0]) {
        Kind::Optional(inner) => inner.is_unknown(),
        kind => kind.is_unknown() || kind == Kind::None,
    };
    is_open
        && receiver::is_parameter_around(cx, value, &given.id)
        && cx.ancestors(Node::Expr(value)).any(|up| matches!(up, Node::Stmt(stmt @ ast::Stmt::ClassDef(_)) if reads(cx.source(stmt))))
}

/// Whether the attribute is a list or dictionary wherever it is assigned, and gets modules there or later.
fn holds_modules_alone(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    let mut holds_modules = false;
    for class in receiver::family(cx, class) {
        let facts = cx.project_facts.file(cx.project_facts.class(class).file);
        let kind = |value: &ast::Expr| facts.fact(value).kind;
        let stores = cx.shared.survey.stores(class, name);
        // `self.convs[i] = conv` is noted as a store of an item, and as one of its place.
        let is_item = |value: &ast::Expr| stores.iter().any(|store| matches!(store, Store::Item(put) if std::ptr::eq(*put, value)));
        for store in stores {
            match store {
                Store::Whole(value) if is_item(value) => {}
                Store::Whole(value) if is_plain_container(facts, value) => {
                    let is_shown = displays_module(cx, facts, value);
                    let of_unknown = |inner: &Kind| inner.is_unknown() && made_by_call(value) && calls_items(cx, class, name);
                    let of_kind = match kind(value) {
                        Kind::List(inner) | Kind::Dict(inner) => is_module(cx, &inner) || of_unknown(&inner),
                        _ => false,
                    };
                    holds_modules |= is_shown || of_kind || is_registered(cx, class, value);
                }
                Store::Whole(_) => return false,
                Store::Item(value) | Store::Method("append" | "insert", value) | Store::Inner(value) => {
                    holds_modules |= is_module(cx, &kind(value)) || is_registered(cx, class, value);
                }
                // Ex) `self.stages += [block]`, `self.stages.update({name: block})`
                Store::Augmented(value) | Store::Method(_, value) => {
                    let is_of_modules = matches!(kind(value), Kind::List(_) | Kind::Dict(_)) && is_module(cx, &kind(value));
                    holds_modules |= is_of_modules || displays_module(cx, facts, value);
                }
            }
        }
    }
    holds_modules
}

/// `getattr(self, name)`, `self.block0`, alone or in a display, where the class registers modules under computed names: `self.add_module(f"block{i}", block)`.
fn is_registered(cx: &Cx<'_>, class: ClassId, value: &ast::Expr) -> bool {
    let is_one = |value: &ast::Expr| match value {
        ast::Expr::Call(call) => match &call.args[..] {
            [object, name] => last_name(&call.func) == Some("getattr") && is_self(object) && receiver::string(name).is_none(),
            _ => false,
        },
        ast::Expr::Attribute(e) => {
            let sets = |class: ClassId| cx.project_facts.class(class).attrs.contains_key(e.attr.as_str());
            is_self(&e.value) && !receiver::family(cx, class).into_iter().any(sets)
        }
        _ => false,
    };
    let is_found = match value {
        ast::Expr::List(e) => e.elts.iter().any(is_one),
        ast::Expr::ListComp(e) => is_one(&e.elt),
        ast::Expr::Dict(e) => e.values.iter().any(is_one),
        ast::Expr::DictComp(e) => is_one(&e.value),
        value => is_one(value),
    };
    is_found && receiver::family(cx, class).into_iter().any(|class| registers_by_computed_names(cx, class))
}

fn is_self(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Name(name) if name.id.as_str() == "self")
}

fn registers_by_computed_names(cx: &Cx<'_>, class: ClassId) -> bool {
    let statements = cx.shared.survey.class_statements(cx.project_facts.class(class).file);
    let mut found = false;
    for stmt in statements.iter().filter(|(own, _)| *own == class).flat_map(|(_, def)| &def.body) {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(ast::Expr::Call(call)) = node else { return };
            let name = match last_name(&call.func) {
                Some("add_module" | "register_module") => call.args.first(),
                Some("setattr") if call.args.first().is_some_and(is_self) => call.args.get(1),
                _ => None,
            };
            found |= name.is_some_and(|name| receiver::string(name).is_none());
        });
    }
    found
}

/// `[make() for _ in range(3)]`, `list(map(make, sizes))`: what made the items is not known.
fn made_by_call(value: &ast::Expr) -> bool {
    match value {
        ast::Expr::List(list) => list.elts.iter().any(ast::Expr::is_call_expr),
        ast::Expr::Dict(dict) => dict.values.iter().any(ast::Expr::is_call_expr),
        ast::Expr::ListComp(all) => all.elt.is_call_expr(),
        ast::Expr::DictComp(all) => all.value.is_call_expr(),
        ast::Expr::Call(call) => matches!(last_name(&call.func), Some("list" | "sorted" | "dict")),
        _ => false,
    }
}

/// Whether the class, or one of its family, calls items of the attribute: `for layer in self.layers: x = layer(x)`, `self.layers[0](x)`.
fn calls_items(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    let is_it = |expr: &ast::Expr| matches!(expr, ast::Expr::Attribute(e) if e.attr.as_str() == name && is_self(&e.value));
    let mentions = |expr: &ast::Expr| {
        let mut found = false;
        Node::Expr(expr).walk(&mut |node| found |= matches!(node, Node::Expr(expr) if is_it(expr)));
        found
    };
    receiver::family(cx, class).into_iter().any(|class| {
        let statements = cx.shared.survey.class_statements(cx.project_facts.class(class).file);
        let (mut items, mut called): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        let mut is_called = false;
        for stmt in statements.iter().filter(|(own, _)| *own == class).flat_map(|(_, def)| &def.body) {
            Node::Stmt(stmt).walk(&mut |node| match node {
                Node::Stmt(ast::Stmt::For(walk)) if mentions(&walk.iter) => gather(&walk.target, &mut items),
                Node::Expr(ast::Expr::Call(call)) => match &*call.func {
                    ast::Expr::Name(func) => called.push(func.id.to_string()),
                    ast::Expr::Subscript(item) => is_called |= is_it(&item.value),
                    _ => {}
                },
                Node::Expr(
                    ast::Expr::ListComp(ast::ExprListComp { generators, .. })
                    | ast::Expr::GeneratorExp(ast::ExprGeneratorExp { generators, .. }),
                ) => generators.iter().filter(|walk| mentions(&walk.iter)).for_each(|walk| gather(&walk.target, &mut items)),
                _ => {}
            });
        }
        is_called || items.iter().any(|item| called.contains(item))
    })
}

/// The names that a target binds.
fn gather(target: &ast::Expr, names: &mut Vec<String>) {
    Node::Expr(target).walk(&mut |node| {
        if let Node::Expr(ast::Expr::Name(name)) = node {
            names.push(name.id.to_string());
        }
    });
}

/// `[torch.tanh, nn.PReLU()]`: a module beside others.
fn displays_module(cx: &Cx<'_>, facts: &FileFacts, value: &ast::Expr) -> bool {
    let is_one = |item: &ast::Expr| !item.is_starred_expr() && (is_module(cx, &facts.fact(item).kind) || displays_module(cx, facts, item));
    match value {
        ast::Expr::List(list) => list.elts.iter().any(is_one),
        ast::Expr::Dict(dict) => dict.values.iter().any(is_one),
        value => ordered(facts, value).is_some_and(|call| call.keywords.iter().any(|keyword| is_one(&keyword.value))),
    }
}

fn is_module(cx: &Cx<'_>, kind: &Kind) -> bool {
    match kind {
        // MLX walks lists in lists.
        Kind::List(inner) | Kind::Dict(inner) | Kind::Seq(inner) | Kind::Optional(inner) => is_module(cx, inner),
        Kind::Instance(class) => cx.project_facts.is_module_class(*class),
        kind => kind.is_layer(),
    }
}
