//! `isinstance(m, nn.Linear)`: the class that ported code really makes instances of.

use t2m_semantic::tables::{Section, Then};
use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec};

use super::training_step::is_optimizer_class;
use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::{Module, Uses};
use crate::{receiver, rows, told_lists, views};

pub(super) const RULE: Rule = Rule {
    name: "instance-check",
    doc: include_str!("instance_check.md"),
    hook: Hook::Expr(&[Shape::Name, Shape::Attribute, Shape::Operation], class_name),
};

fn class_name<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    if let ast::Expr::Compare(compare) = expr {
        return same_class(cx, compare);
    }
    if !matches!(expr, ast::Expr::Name(_) | ast::Expr::Attribute(_)) {
        return None;
    }
    let name = cx.qualified(expr)?;
    if is_compared(cx, expr) && is_layer_class(cx, expr) {
        let [(text, uses)] = <[_; 1]>::try_from(class_names(cx, name)?).ok()?;
        return Some(Claim::text(text, Prec::Atom).uses(uses));
    }
    let place = place(cx, expr)?;
    let array = |reason: &str| {
        let (text, uses) = cx.member(Module::Core, "array");
        Some(Claim::text(text, Prec::Atom).uses(uses).finding(Finding::todo(codes::INSTANCE_CHECK, expr.range(), reason)))
    };
    match name {
        "torch.nn.Parameter" if takes_data_alone(cx, expr) => {
            let (text, uses) = cx.member(Module::Core, "array");
            return Some(Claim::text(text, Prec::Atom).uses(uses));
        }
        // `isinstance(x, (torch.Tensor, nn.Parameter))` asks for arrays, too.
        "torch.nn.Parameter" | "torch.nn.Buffer" if is_beside_tensor(cx, expr) => {
            let (text, uses) = cx.member(Module::Core, "array");
            return Some(Claim::text(text, Prec::Atom).uses(uses));
        }
        "torch.nn.Parameter" | "torch.nn.Buffer" => {
            return array("parameters are plain arrays in MLX: the check can't tell them from other arrays");
        }
        "torch.Tensor" => return None,
        _ if is_legacy_tensor(name) && is_told_by_dtype(cx, expr, name) => {
            let (text, uses) = cx.member(Module::Compat, name.strip_prefix("torch.")?);
            return Some(Claim::text(text, Prec::Atom).uses(uses));
        }
        // Nothing in the port is of this class.
        "torch._dynamo.eval_frame.OptimizedModule" | "torch._dynamo.OptimizedModule" => return Some(Claim::text("()", Prec::Atom)),
        _ if is_legacy_tensor(name) => {
            let finding = Finding::todo(codes::INSTANCE_CHECK, expr.range(), format!("`{name}` stands for a dtype: compare `x.dtype`"));
            return Some(rows::serve(cx, expr, name).finding(finding));
        }
        _ => {}
    }
    let mut classes = class_names(cx, name)?;
    let object = asked_object(cx, expr);
    match name {
        // A list stands for `nn.ModuleList`.
        "torch.nn.Module" if object.is_some_and(|object| may_be_list(cx, object)) => classes.push(("list".to_owned(), Uses::default())),
        "torch.nn.ModuleList" if object.is_some_and(|object| is_told(cx, object)) => {
            classes = vec![cx.member(Module::Compat, "ModuleList")];
        }
        _ => {}
    }
    let mut uses = Uses::default();
    classes.iter().for_each(|(_, used)| uses.extend(used));
    let names: Vec<String> = classes.into_iter().map(|(text, _)| text).collect();
    let text = match &names[..] {
        [one] => one.clone(),
        // A tuple takes them in; isinstance takes nested tuples as well.
        many if matches!(place, Place::InTuple) => many.join(", "),
        _ if matches!(place, Place::Pattern) => {
            let reason = format!("`{name}` is one of several classes in MLX, and a pattern names one");
            let finding =
                Finding::todo(codes::INSTANCE_CHECK, expr.range(), reason).help("write an alternative for each, `case A() | B():`");
            return Some(rows::serve(cx, expr, name).finding(finding));
        }
        many => format!("({})", many.join(", ")),
    };
    Some(Claim::text(text, Prec::Atom).uses(uses))
}

/// Whether a class is one of several, of which another is `torch.Tensor`.
fn is_beside_tensor<'a>(cx: &Cx<'a>, class: &'a ast::Expr) -> bool {
    is_beside(cx, class, "torch.Tensor")
}

fn is_beside<'a>(cx: &Cx<'a>, class: &'a ast::Expr, name: &str) -> bool {
    matches!(cx.parent(class), Some(Node::Expr(ast::Expr::Tuple(classes))) if classes.elts.iter().any(|other| cx.qualified(other) == Some(name)))
}

/// Whether the dtypes of a port tell the tensors of a legacy class. Its integers may have 32 bits where PyTorch's have 64.
fn is_told_by_dtype<'a>(cx: &Cx<'a>, class: &'a ast::Expr, name: &str) -> bool {
    match name {
        "torch.DoubleTensor" => false,
        "torch.IntTensor" => is_beside(cx, class, "torch.LongTensor"),
        "torch.LongTensor" => is_beside(cx, class, "torch.IntTensor"),
        _ => true,
    }
}

/// `if isinstance(p, nn.Parameter): p = p.data` of what a `state_dict()` gives, or where nothing is differentiated: an array is its own data.
fn takes_data_alone<'a>(cx: &Cx<'a>, class: &'a ast::Expr) -> bool {
    let Some(ast::Stmt::If(check)) = cx.statement(class) else { return false };
    let ([taken], [], ast::Expr::Call(call)) = (&check.body[..], &check.orelse[..], &*check.test) else { return false };
    let Some((target @ ast::Expr::Name(name), ast::Expr::Attribute(data))) = receiver::assignment(taken) else { return false };
    let is_it = |value: &ast::Expr| views::is_same_name(value, &name.id);
    let is_asked = matches!(&call.args[..], [object, asked] if is_it(object) && std::ptr::eq(asked, class));
    let function = cx.project_facts.enclosing_function(cx.id, target.range()).map(|id| &cx.project_facts.function(id).name);
    is_asked && data.attr.as_str() == "data" && is_it(&data.value) && function.is_none_or(|name| !cx.shared.is_reached(name))
}

/// `blocks` of `isinstance(blocks, nn.Module)`
fn asked_object<'a>(cx: &Cx<'a>, class: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let call = cx.ancestors(Node::Expr(class)).find_map(|up| match up {
        Node::Expr(ast::Expr::Call(call)) => Some(call),
        _ => None,
    });
    call?.args.first()
}

/// Whether a value may be a list that stands for an `nn.ModuleList`, and is no other list.
fn may_be_list<'a>(cx: &Cx<'a>, object: &'a ast::Expr) -> bool {
    let is_list = match cx.kind(object) {
        Kind::Optional(inner) => matches!(*inner, Kind::ModuleList(_)),
        kind => matches!(kind, Kind::ModuleList(_)),
    };
    !is_told(cx, object) && (is_list || cx.shared.survey.told_lists().listed.contains(&(cx.id, object.range())))
}

/// Whether an `nn.ModuleList` would be one of a class of its own here.
fn is_told<'a>(cx: &Cx<'a>, object: &'a ast::Expr) -> bool {
    cx.shared.survey.told_lists().everywhere || matches!(object, ast::Expr::Attribute(attribute) if told_lists::is_told(cx, attribute))
}

const CONV: &[&str] = &["Conv1d", "Conv2d", "Conv3d"];
const CONV_TRANSPOSE: &[&str] = &["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"];

/// `torch.FloatTensor`, `torch.cuda.LongTensor`: a dtype in the form of a class.
pub(super) fn is_legacy_tensor(name: &str) -> bool {
    let bare = name.strip_prefix("torch.cuda.").or_else(|| name.strip_prefix("torch.")).unwrap_or_default();
    bare.strip_suffix("Tensor")
        .is_some_and(|dtype| ["Float", "Double", "Half", "BFloat16", "Byte", "Char", "Short", "Int", "Long", "Bool"].contains(&dtype))
}

/// `type(m) is nn.Linear`: a module with hooks, tied or computed weights is of a class of its own, and the port has two classes where it makes some layers
/// natively and some through an adapter. All equal the class that they stand for.
fn same_class<'a>(cx: &Cx<'a>, compare: &'a ast::ExprCompare) -> Option<Claim<'a>> {
    let ([op], [class]) = (&compare.ops[..], &compare.comparators[..]) else { return None };
    let word = match op {
        ast::CmpOp::Eq | ast::CmpOp::Is => "in",
        ast::CmpOp::NotEq | ast::CmpOp::IsNot => "not in",
        _ => return None,
    };
    if !is_type(cx, &compare.left) {
        return None;
    }
    if cx.qualified(class) == Some("torch.nn.ModuleList") {
        if type_of(cx, &compare.left).is_some_and(|object| is_told(cx, object)) {
            let (text, uses) = cx.member(Module::Compat, "ModuleList");
            return Some(Claim::edit(vec![Edit::text(class.range(), text)]).uses(uses));
        }
        if cx.shared.survey.told_lists().counted.is_some() {
            let (text, uses) = cx.member(Module::Compat, "ModuleList");
            let pieces = vec![Piece::Expr(&compare.left, Prec::BitOr), Piece::text(format!(" {word} (list, {text})"))];
            return Some(Claim::build(pieces, Prec::Compare).uses(uses));
        }
        return Some(Claim::edit(vec![Edit::text(class.range(), "list")]));
    }
    let is_module = is_layer_class(cx, class) || type_of(cx, &compare.left).is_some_and(|object| receiver::is_module(cx, object));
    let sign = match op {
        ast::CmpOp::Is if is_module => " == ",
        ast::CmpOp::IsNot if is_module => " != ",
        _ => return None,
    };
    let pieces = vec![Piece::Expr(&compare.left, Prec::BitOr), Piece::text(sign), Piece::Expr(class, Prec::BitOr)];
    Some(Claim::build(pieces, Prec::Compare))
}

fn is_type(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    type_of(cx, expr).is_some()
}

/// `m` of `type(m)` or `m.__class__`.
fn type_of<'a>(cx: &Cx<'_>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    match expr {
        ast::Expr::Call(call) => {
            let is_type = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name == "type") && call.args.len() == 1;
            call.args.first().filter(|_| is_type)
        }
        ast::Expr::Attribute(attribute) => (attribute.attr.as_str() == "__class__").then_some(&*attribute.value),
        _ => None,
    }
}

/// `nn.Linear` of `type(m) == nn.Linear`, and of `type(m) in (nn.Linear, nn.Conv2d)`.
fn is_compared<'a>(cx: &Cx<'a>, class: &'a ast::Expr) -> bool {
    let (side, is_item) = match cx.parent(class) {
        Some(Node::Expr(items @ (ast::Expr::Tuple(_) | ast::Expr::List(_) | ast::Expr::Set(_)))) => (items, true),
        _ => (class, false),
    };
    let Some(Node::Expr(ast::Expr::Compare(compare))) = cx.parent(side) else { return false };
    matches!(compare.ops[..], [op] if is_item == matches!(op, ast::CmpOp::In | ast::CmpOp::NotIn)) && is_type(cx, &compare.left)
}

/// A class of a layer or of the project's modules.
fn is_layer_class<'a>(cx: &Cx<'a>, class: &'a ast::Expr) -> bool {
    match cx.qualified(class) {
        Some(name) => name.starts_with("torch.nn.") && cx.tables.lookup(name).any(|(row, _)| row.section == Section::Class),
        None => receiver::is_module_class(cx, class),
    }
}

enum Place {
    Alone,
    InTuple,
    Pattern,
}

/// The second argument of `isinstance` or `issubclass`, an item of a tuple there, or the class of a pattern.
fn place<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Place> {
    let (mut inner, mut place) = (expr, Place::Alone);
    loop {
        match cx.parent(inner)? {
            Node::Expr(outer @ ast::Expr::Tuple(_)) => {
                place = Place::InTuple;
                inner = outer;
            }
            Node::Expr(outer @ ast::Expr::BinOp(_)) if matches!(place, Place::Alone) => inner = outer,
            Node::Expr(ast::Expr::Call(call)) => {
                let checks =
                    matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if matches!(name.as_str(), "isinstance" | "issubclass"));
                return (checks && call.args.len() == 2 && std::ptr::eq(&call.args[1], inner)).then_some(place);
            }
            Node::Stmt(ast::Stmt::Match(cases)) => {
                return cases.cases.iter().any(|case| is_class_of(&case.pattern, inner)).then_some(Place::Pattern);
            }
            _ => return None,
        }
    }
}

/// `case nn.Linear():`, an `isinstance` in other words.
fn is_class_of(pattern: &ast::Pattern, expr: &ast::Expr) -> bool {
    match pattern {
        ast::Pattern::MatchClass(p) => {
            std::ptr::eq(&*p.cls, expr) || p.patterns.iter().chain(&p.kwd_patterns).any(|inner| is_class_of(inner, expr))
        }
        ast::Pattern::MatchSequence(p) => p.patterns.iter().any(|inner| is_class_of(inner, expr)),
        ast::Pattern::MatchMapping(p) => p.patterns.iter().any(|inner| is_class_of(inner, expr)),
        ast::Pattern::MatchOr(p) => p.patterns.iter().any(|inner| is_class_of(inner, expr)),
        ast::Pattern::MatchAs(p) => p.pattern.as_deref().is_some_and(|inner| is_class_of(inner, expr)),
        ast::Pattern::MatchValue(_) | ast::Pattern::MatchSingleton(_) | ast::Pattern::MatchStar(_) => false,
    }
}

/// The classes that the ported code makes where PyTorch makes `name`, native ones first; an adapter inherits its native class.
fn class_names(cx: &Cx<'_>, name: &str) -> Option<Vec<(String, Uses)>> {
    let named = |(module, name): (Option<Module>, String)| match module {
        Some(module) => cx.member(module, &name),
        None => (name, Uses::default()),
    };
    Some(class_members(cx, name)?.into_iter().map(named).collect())
}

/// The same, as members of modules or plain names.
pub(super) fn class_members(cx: &Cx<'_>, name: &str) -> Option<Vec<(Option<Module>, String)>> {
    let of = |module: Module, name: &str| (Some(module), name.to_owned());
    let compat = |names: &[&str]| Some(names.iter().map(|name| of(Module::Compat, name)).collect());
    match name {
        "torch.nn.Module" => return Some(vec![of(Module::Nn, "Module")]),
        // All that the port makes inherit from it.
        "torch.optim.Optimizer" => return Some(vec![of(Module::Optimizers, "Optimizer")]),
        "torch.nn.ModuleList" if cx.shared.survey.told_lists().everywhere => return compat(&["ModuleList"]),
        "torch.nn.ModuleList" => {
            let mut classes = vec![(None, "list".to_owned())];
            let told = cx.shared.survey.told_lists();
            let is_inherited = || cx.project_facts.classes().any(|(_, class)| class.library_bases.iter().any(|base| base == name));
            if told.counted.is_some() || !told.attributes.is_empty() || is_inherited() {
                classes.push(of(Module::Compat, "ModuleList"));
            }
            return Some(classes);
        }
        "torch.nn.modules.batchnorm._BatchNorm" => return Some(vec![of(Module::Nn, "BatchNorm")]),
        "torch.nn.modules.instancenorm._InstanceNorm" => return compat(&["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"]),
        "torch.nn.modules.batchnorm._NormBase" => {
            return Some(vec![
                of(Module::Nn, "BatchNorm"),
                of(Module::Compat, "InstanceNorm1d"),
                of(Module::Compat, "InstanceNorm2d"),
                of(Module::Compat, "InstanceNorm3d"),
            ]);
        }
        "torch.Generator" => return compat(&["Generator"]),
        "torch.nn.RNNBase" => return compat(&["RNN", "LSTM", "GRU"]),
        "torch.nn.RNNCellBase" => return compat(&["RNNCell", "LSTMCell", "GRUCell"]),
        "torch.nn.modules.dropout._DropoutNd" => {
            let ours = ["Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"];
            return Some([of(Module::Nn, "Dropout")].into_iter().chain(ours.iter().map(|name| of(Module::Compat, name))).collect());
        }
        "torch.nn.modules.conv._ConvNd" => return compat(&[CONV, CONV_TRANSPOSE].concat()),
        "torch.nn.modules.conv._ConvTransposeNd" => return compat(CONV_TRANSPOSE),
        _ => {}
    }
    let rows: Vec<_> = cx.tables.lookup(name).filter(|(row, _)| row.section == Section::Class).map(|(row, _)| row).collect();
    let made = || {
        rows.iter().flat_map(|row| &row.cases).filter_map(|case| match &case.then {
            Then::Template(text) => Some(text.split_once('(')?.0),
            _ => None,
        })
    };
    // Optimizers become MLX's or a helper's, whose class as a value inherits it.
    if is_optimizer_class(name) {
        let classes = made()
            .filter_map(|class| class.split_once('.'))
            .filter_map(|(module, class)| Some(of(Module::by_template_name(module)?, class)));
        return Some(classes.collect()).filter(|classes: &Vec<_>| !classes.is_empty());
    }
    let native = made().find_map(|class| class.strip_prefix("nn."));
    match native {
        Some(native) => Some(vec![of(Module::Nn, native)]),
        None => rows.iter().find_map(|row| row.value.as_deref()?.strip_prefix("compat.")).and_then(|helper| compat(&[helper])),
    }
}
