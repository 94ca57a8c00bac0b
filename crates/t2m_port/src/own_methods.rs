//! Methods that classes of the project share with tensors: `batch.to(device)` of an object that a loader gives runs the batch's own `to`.

use rustc_hash::FxHashMap;
use t2m_semantic::classes::{ParamForm, Role};
use t2m_semantic::{ClassId, Entity, Facts, FunctionId, Kind};
use t2m_syntax::ast;
use t2m_syntax::node::statements;
use t2m_syntax::{Node, Piece, Prec};

use crate::claim::Claim;
use crate::cx::Cx;
use crate::imports::is_torch_family;
use crate::names::Module;
use crate::rules::{self, tensors_have};
use crate::{receiver, sounds, views};

/// By name: the classes that are no modules, tensors or optimizers, with their methods.
pub(crate) struct OwnMethods<'a>(FxHashMap<&'a str, Vec<(ClassId, FunctionId)>>);

impl<'a> OwnMethods<'a> {
    pub(crate) fn new(facts: &'a Facts) -> Self {
        let mut found: FxHashMap<&str, Vec<_>> = FxHashMap::default();
        for (id, class) in facts.classes().filter(|(_, class)| class.is_plain()) {
            let makes_modules = || class.subclasses.iter().any(|sub| facts.class(*sub).is_module);
            let shared = class.methods.iter().filter(|(name, method)| tensors_have(name) && facts.function(**method).role == Role::Method);
            for (name, method) in shared.filter(|_| !makes_modules()) {
                found.entry(name).or_default().push((id, *method));
            }
        }
        Self(found)
    }
}

/// Calls that come to nothing for arrays. What a class of the project does there would be lost without a word, so these are asked about in all files.
const OF_BATCHES: &[&str] = &["to", "cuda", "cpu", "numpy", "pin_memory", "contiguous"];

/// Whether a call may be of an object of a class of the project: nothing says what the receiver is, and the method takes such arguments.
pub(crate) fn may_be_called<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let ast::Expr::Attribute(attribute) = &*call.func else { return false };
    let methods = cx.shared.own_methods(cx.project_facts);
    let Some(owners) = methods.0.get(attribute.attr.as_str()) else { return false };
    let is_near = |class: ClassId| cx.project_facts.class(class).file == cx.id || cx.facts.named_classes().any(|named| named == class);
    let everywhere = OF_BATCHES.contains(&attribute.attr.as_str());
    let is_far = !owners.iter().any(|(class, _)| is_near(*class));
    let holds_none = || is_far || owners.iter().all(|(class, _)| !is_near(*class) || is_only_inherited(cx, *class, &attribute.value));
    may_be_object(cx, &attribute.value, everywhere)
        && (is_given(cx, &attribute.value) || everywhere && may_come_from_elsewhere(cx, &attribute.value, holds_none(), DEEPEST))
        && !(is_far && (follows_tensor(cx, call) || goes_into_torch(cx, call)))
        && owners.iter().any(|(class, method)| (everywhere || is_near(*class)) && takes(cx.project_facts, *method, call))
}

/// Whether a file names a class for nothing but to inherit it, and a method of such a class asks: what it computes are other things than objects of its own kind.
/// Ex) `class Describer(Pipeline)` with `self.tokenizer(text).to(device)`
fn is_only_inherited<'a>(cx: &Cx<'a>, class: ClassId, at: &'a ast::Expr) -> bool {
    let facts = cx.project_facts;
    let info = facts.class(class);
    let around = cx.ancestors(Node::Expr(at)).find_map(|up| match up {
        Node::Stmt(stmt @ ast::Stmt::ClassDef(_)) => facts.class_of_stmt(cx.id, stmt),
        _ => None,
    });
    if info.file == cx.id || !around.is_some_and(|around| info.subclasses.contains(&around)) {
        return false;
    }
    let heirs = || info.subclasses.iter().filter(|heir| facts.class(**heir).file == cx.id);
    let bases = heirs().flat_map(|heir| &facts.class(*heir).bases).filter(|base| matches!(base, Some(Entity::Class(_)))).flatten();
    let of_family = |named: &ClassId| *named == class || heirs().any(|heir| heir == named);
    let as_base = bases.filter(|base| matches!(base, Entity::Class(named) if of_family(named))).count();
    cx.facts.named_classes().filter(of_family).count() == as_base
}

/// `mask.to(x.device)`: tensors go where another tensor is.
fn follows_tensor<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let places = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
    places
        .into_iter()
        .any(|place| matches!(place, ast::Expr::Attribute(of) if of.attr.as_str() == "device" && cx.kind(&of.value).is_tensor()))
}

/// `torch.softmax(gate.to(device), -1)`, `torch.cat([gate.to(device) for gate in gates])`
fn goes_into_torch<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    for up in cx.ancestors(Node::Expr(call.func.as_ref())).skip(1) {
        match up {
            Node::Expr(ast::Expr::List(_) | ast::Expr::Tuple(_) | ast::Expr::ListComp(_) | ast::Expr::GeneratorExp(_)) => {}
            Node::Expr(ast::Expr::Call(outer)) => return cx.qualified(&outer.func).is_some_and(|name| name.starts_with("torch.")),
            _ => return false,
        }
    }
    false
}

/// Batches are handed over, or gone through, by a name; what a function computes itself are tensors.
fn is_given<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let name = match value {
        ast::Expr::Name(name) => name.id.as_str(),
        // `batch.detach().cpu()`
        ast::Expr::Call(call) => return may_be_called(cx, call),
        _ => return false,
    };
    let binds = |target: &ast::Expr| {
        let mut binds = false;
        Node::Expr(target).walk(&mut |node| binds |= matches!(node, Node::Expr(own) if views::is_same_name(own, name)));
        binds
    };
    let is_gone_through = |up: Node<'a>| {
        let generators = match up {
            Node::Expr(ast::Expr::ListComp(e)) => &e.generators,
            Node::Expr(ast::Expr::SetComp(e)) => &e.generators,
            Node::Expr(ast::Expr::GeneratorExp(e)) => &e.generators,
            Node::Expr(ast::Expr::DictComp(e)) => &e.generators,
            _ => return false,
        };
        generators.iter().any(|generator| binds(&generator.target))
    };
    receiver::is_parameter_around(cx, value, name)
        || views::bindings(views::enclosing_body(cx, value), name)
            .iter()
            .any(|(node, value)| matches!(node, Node::Stmt(ast::Stmt::For(walk)) if binds(&walk.target)) || is_next(cx, value))
        || cx.ancestors(Node::Expr(value)).any(is_gone_through)
}

/// How many names are followed, one after the other.
const DEEPEST: usize = 3;

/// What a function may have from where batches are: an item of what it is given, what a call of unknown kind gives, another name of these, an argument of a
/// lambda. What torch, arithmetic and methods of tensors give is no object of the project.
///
/// Of a class that is far, whose name the file does not know or only inherits, only what is handed over as a batch is: items by key and what models and
/// libraries give are tensors there.
fn may_come_from_elsewhere<'a>(cx: &Cx<'a>, value: &'a ast::Expr, is_far: bool, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let may_hold = |kind: &Kind| {
        kind.is_unknown() || matches!(kind, Kind::Optional(_) | Kind::List(_) | Kind::Dict(_) | Kind::Seq(_) | Kind::Tuple(_))
    };
    if !may_hold(&cx.kind(value)) {
        return false;
    }
    let comes = |part: &'a ast::Expr| may_come_from_elsewhere(cx, part, is_far, depth);
    match value {
        ast::Expr::Name(name) => {
            is_given(cx, value)
                || cx.scopes(value).any(|up| {
                    matches!(up, Node::Expr(ast::Expr::Lambda(lambda))
                    if receiver::takes(&lambda.args, &name.id))
                })
                || views::bindings(views::enclosing_body(cx, value), &name.id).into_iter().any(|(_, bound)| match bound {
                    ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => elts.iter().any(comes),
                    bound => comes(bound),
                })
        }
        // `rows[1:]` and `x[0, 1]` are parts of arrays.
        ast::Expr::Subscript(part) => {
            let is_item = !matches!(&*part.slice, ast::Expr::Tuple(_) | ast::Expr::Slice(_) | ast::Expr::Compare(_));
            let is_placed = || {
                let by_number = matches!(&*part.slice, ast::Expr::Constant(place) if matches!(place.value, ast::Constant::Int(_)));
                let is_of_keywords = || matches!(&*part.value, ast::Expr::Name(name) if is_keywords(cx, &part.value, &name.id));
                by_number && (part.value.is_attribute_expr() || is_given(cx, &part.value)) || is_of_keywords()
            };
            is_item && may_hold(&cx.kind(&part.value)) && (!is_far || is_placed())
        }
        ast::Expr::Call(call) if is_far => is_next(cx, value) || rules::last_name(&call.func) == Some("pop"),
        ast::Expr::Call(call) => !cx.qualified(&call.func).is_some_and(is_torch_family) && !sounds::like_tensor(cx, cx.id, value),
        ast::Expr::IfExp(choice) => comes(&choice.body) || comes(&choice.orelse),
        ast::Expr::BoolOp(choice) => choice.values.iter().any(comes),
        ast::Expr::Attribute(attribute) if receiver::self_class(cx, &attribute.value).is_some() => {
            keeps_given(cx, attribute, is_far, depth)
        }
        _ => false,
    }
}

/// Whether a method of the class keeps what may come from elsewhere in an attribute: `self.batch = next(batches)`
fn keeps_given<'a>(cx: &Cx<'a>, kept: &'a ast::ExprAttribute, is_far: bool, depth: usize) -> bool {
    let class = cx.ancestors(Node::Expr(&kept.value)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::ClassDef(class)) => Some(class),
        _ => None,
    });
    let mut found = false;
    statements(class.map_or(&[], |class| &class.body[..]), &mut |stmt| {
        if let Some((ast::Expr::Attribute(target), value)) = receiver::assignment(stmt) {
            found |= target.attr == kept.attr && may_come_from_elsewhere(cx, value, is_far, depth);
        }
    });
    found
}

/// `kw` of `def f(**kw)`
fn is_keywords<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str) -> bool {
    cx.scopes(at).any(
        |up| matches!(up, Node::Stmt(ast::Stmt::FunctionDef(def)) if def.args.kwarg.as_ref().is_some_and(|kw| kw.arg.as_str() == name)),
    )
}

/// `next(batches)`
fn is_next(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    matches!(value, ast::Expr::Call(call) if matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_static() == "next"))
}

fn may_be_object<'a>(cx: &Cx<'a>, value: &'a ast::Expr, everywhere: bool) -> bool {
    let kind = cx.kind(value);
    if !kind.is_unknown() && !matches!(kind, Kind::Optional(inner) if inner.is_unknown()) || cx.entity(value).is_some() {
        return false;
    }
    match value {
        ast::Expr::Name(_) => true,
        // Parts of objects are tensors: `batch.x.to(device)`.
        ast::Expr::Attribute(_) => !everywhere || receiver::self_class(cx, value_of(value)).is_some(),
        ast::Expr::Subscript(part) => !matches!(&*part.slice, ast::Expr::Tuple(_)),
        ast::Expr::Call(call) if cx.qualified(&call.func).is_some_and(is_torch_family) => false,
        ast::Expr::Call(call) if sounds::like_tensor(cx, cx.id, value) => may_be_called(cx, call),
        ast::Expr::Call(_) | ast::Expr::IfExp(_) => true,
        ast::Expr::BoolOp(_) => everywhere,
        _ => false,
    }
}

fn value_of(attribute: &ast::Expr) -> &ast::Expr {
    if let ast::Expr::Attribute(attribute) = attribute { &attribute.value } else { attribute }
}

/// Whether a method takes what a call passes, as far as numbers and names of arguments tell.
fn takes(facts: &Facts, method: FunctionId, call: &ast::ExprCall) -> bool {
    let params = facts.function(method).params.get(1..).unwrap_or_default();
    let is_starred = call.args.iter().any(ast::Expr::is_starred_expr) || call.keywords.iter().any(|keyword| keyword.arg.is_none());
    if is_starred {
        return true;
    }
    let has = |form| params.iter().any(|param| param.form == form);
    let placed = || params.iter().filter(|param| matches!(param.form, ParamForm::PositionalOnly | ParamForm::Normal));
    let named =
        |name: &str| params.iter().any(|param| param.name == name && matches!(param.form, ParamForm::Normal | ParamForm::KeywordOnly));
    let is_given = |name: &str| call.keywords.iter().any(|keyword| keyword.arg.as_deref() == Some(name));
    (call.args.len() <= placed().count() || has(ParamForm::Variadic))
        && call.keywords.iter().filter_map(|keyword| keyword.arg.as_deref()).all(|name| named(name) || has(ParamForm::Keywords))
        && placed().skip(call.args.len()).all(|param| param.has_default || is_given(&param.name))
}

/// `compat.moved(batch, "cuda")`: nothing for an array or a module, the object's own method else.
pub(crate) fn moved<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    by_helper(cx, call, "moved", true)
}

/// `compat.method_named(batch, "size")(0)`
pub(crate) fn by_name<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let (text, uses) = cx.member(Module::Compat, "method_named");
    let mut pieces = vec![Piece::text(format!("{text}(")), Piece::Expr(&method.value, Prec::Test)];
    pieces.push(Piece::text(format!(", \"{}\")(", method.attr)));
    arguments(call, true, &mut pieces);
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// `compat.to_any(batch, device)`
pub(crate) fn by_helper<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, helper: &str, names: bool) -> Option<Claim<'a>> {
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let (text, uses) = cx.member(Module::Compat, helper);
    let mut pieces = vec![Piece::text(format!("{text}(")), Piece::Expr(&method.value, Prec::Test)];
    if names {
        pieces.push(Piece::text(format!(", \"{}\"", method.attr)));
    }
    arguments(call, false, &mut pieces);
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// What a call passes, as it is written, with the parenthesis behind it.
fn arguments<'a>(call: &'a ast::ExprCall, mut is_first: bool, pieces: &mut Vec<Piece<'a>>) {
    let mut comma = || if std::mem::take(&mut is_first) { "" } else { ", " };
    for arg in &call.args {
        pieces.extend([Piece::text(comma()), Piece::Expr(arg, Prec::Test)]);
    }
    for keyword in &call.keywords {
        let label = keyword.arg.as_ref().map_or("**".to_owned(), |name| format!("{name}="));
        pieces.extend([Piece::text(format!("{}{label}", comma())), Piece::Expr(&keyword.value, Prec::Test)]);
    }
    pieces.push(Piece::text(")"));
}
