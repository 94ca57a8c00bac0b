//! Layers that change their input, `nn.ReLU(inplace=True)`: where what calls the layer is not seen from where it is made, the port's layer writes in
//! place, too. Elsewhere MLX's own layer does: nobody reads the input again, or the rule `inplace-layer` stores what the layer gives.

use t2m_semantic::{ClassId, FileFacts, Kind};
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use crate::cx::Cx;
use crate::rules::last_name;
use crate::survey::Store;
use crate::{receiver, storage, views};

/// Whether a layer whose argument `flag` says that it changes its input must do so in the port, too.
pub(crate) fn escapes<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, flag: &ast::Expr) -> bool {
    match flag {
        ast::Expr::Constant(constant) if constant.value == ast::Constant::Bool(true) => {}
        ast::Expr::Constant(_) => return false,
        _ => return true,
    }
    cx.shared.survey.gathers_between_layers() || !is_seen(cx, call)
}

/// Methods that put a layer behind those that are there.
const ADDERS: &[&str] = &["append", "extend", "add_module", "register_module"];

/// Whether the class itself alone calls the layer, or another layer has made what it changes.
fn is_seen<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let mut part = call.range;
    for up in cx.ancestors(Node::Expr(call.func.as_ref())).filter(|up| up.range() != call.range) {
        let is_part = |expr: &ast::Expr| expr.range() == part;
        match up {
            Node::Stmt(ast::Stmt::Assign(assign)) => {
                let [ast::Expr::Attribute(target)] = &assign.targets[..] else { return false };
                let class = receiver::self_class(cx, &target.value).filter(|_| assign.value.range() == call.range);
                return class.is_some_and(|class| !is_given_parameter(cx, class, &target.attr));
            }
            Node::Stmt(ast::Stmt::AugAssign(assign)) => return is_part(&assign.value) && has_earlier(cx, &assign.target, &assign.value),
            // Ex) `("relu", nn.ReLU(True))`
            Node::Expr(ast::Expr::Tuple(pair)) if pair.elts.len() == 2 && receiver::string(&pair.elts[0]).is_some() => {}
            Node::Expr(ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. })) => {
                if elts.first().is_some_and(|first| !is_part(first)) {
                    return true;
                }
            }
            Node::Expr(ast::Expr::BinOp(sum)) => {
                if is_part(&sum.right) {
                    return true;
                }
            }
            Node::Expr(ast::Expr::IfExp(choice)) if !is_part(&choice.test) => {}
            Node::Expr(ast::Expr::Starred(_)) => {}
            // Ex) `nn.ReLU(inplace=True)(x + 1)`
            Node::Expr(ast::Expr::Call(outer)) if is_part(&outer.func) => return outer.args.iter().all(|arg| !may_be_read(arg)),
            Node::Expr(ast::Expr::Call(outer)) => {
                if cx.qualified(&outer.func) == Some("torch.nn.Sequential") {
                    // The first of some layers changes what the whole is given.
                    return outer.args.first().is_some_and(|first| !is_part(first));
                }
                let ast::Expr::Attribute(method) = &*outer.func else { return false };
                return ADDERS.contains(&method.attr.as_str()) && has_earlier(cx, &method.value, &outer.func);
            }
            _ => return false,
        }
        part = up.range();
    }
    false
}

/// Whether what stands there may be read elsewhere: a name, an attribute, an item.
fn may_be_read(expr: &ast::Expr) -> bool {
    !matches!(expr, ast::Expr::BinOp(_) | ast::Expr::Call(_) | ast::Expr::UnaryOp(_))
}

/// Whether something is put into a list or module before `at`, in the same function.
fn has_earlier<'a>(cx: &Cx<'a>, list: &'a ast::Expr, at: &'a ast::Expr) -> bool {
    let text = cx.source(list);
    let mut found = false;
    for stmt in views::enclosing_body(cx, at) {
        Node::Stmt(stmt).walk(&mut |node| {
            if node.range().start() >= at.range().start() {
                return;
            }
            found |= match node {
                Node::Expr(ast::Expr::Call(call)) => matches!(&*call.func, ast::Expr::Attribute(method)
                    if ADDERS.contains(&method.attr.as_str()) && cx.source(&*method.value) == text),
                Node::Stmt(ast::Stmt::AugAssign(assign)) => cx.source(&*assign.target) == text && assign.range.end() < at.range().start(),
                Node::Stmt(ast::Stmt::Assign(assign)) => {
                    let holds = |list: &ast::ExprList| list.elts.first().is_some_and(|first| !first.is_starred_expr());
                    assign.targets.iter().any(|target| cx.source(target) == text)
                        && matches!(&*assign.value, ast::Expr::List(list) if holds(list))
                }
                _ => false,
            };
        });
    }
    found
}

/// Whether a method gives its own parameter to the layer that is the attribute of a class: the caller may read it again.
pub(crate) fn is_given_parameter(cx: &Cx<'_>, class: ClassId, attr: &str) -> bool {
    let facts = cx.project_facts;
    receiver::family(cx, class).any(|class| {
        facts.class(class).methods.values().any(|method| {
            let info = facts.function(*method);
            storage::function_at(&cx.project.file(info.file).source.suite, info.range).is_some_and(|def| gives_parameter(def, attr))
        })
    })
}

fn gives_parameter(def: &ast::StmtFunctionDef, attr: &str) -> bool {
    let [object, params @ ..] = &def.args.args[..] else { return false };
    let object = object.def.arg.as_str();
    let mut gives = false;
    for stmt in &def.body {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(ast::Expr::Call(call)) = node else { return };
            let (ast::Expr::Attribute(layer), [ast::Expr::Name(argument)]) = (&*call.func, &call.args[..]) else { return };
            let is_parameter = params.iter().any(|param| param.def.arg == argument.id);
            if layer.attr.as_str() == attr && views::is_same_name(&layer.value, object) && is_parameter {
                let is_bound_before = |(_, value): &(Node<'_>, &ast::Expr)| value.range().end() < call.range.start();
                gives |= !views::bindings(&def.body, &argument.id).iter().any(is_bound_before);
            }
        });
    }
    gives
}

/// Whether an attribute of a class is a layer that changes its input in PyTorch, and MLX's own, which does not, in the port.
pub(crate) fn is_stored_by_rule(cx: &Cx<'_>, class: ClassId, attr: &str) -> bool {
    let info = cx.project_facts.class(class);
    let facts = cx.project_facts.file(info.file);
    let mut stores = cx.shared.survey.stores(class, attr).iter();
    let changes = stores.any(|store| matches!(store, Store::Whole(ast::Expr::Call(call)) if changes_input(cx, facts, call)));
    changes && !cx.shared.survey.gathers_between_layers() && !is_given_parameter(cx, class, attr)
}

/// Whether a call has a flag that may stand for `inplace`.
pub(crate) fn may_ask_for_changes(call: &ast::ExprCall) -> bool {
    let is_true = |value: &ast::Expr| matches!(value, ast::Expr::Constant(constant) if constant.value == ast::Constant::Bool(true));
    let is_named = |keyword: &ast::Keyword| keyword.arg.as_deref() == Some("inplace") && is_true(&keyword.value);
    call.keywords.iter().any(is_named) || call.args.iter().any(is_true)
}

/// `F.relu(x, inplace=True)`
pub(crate) fn is_function_in_place<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let flag = |name: &str| {
        let flag = cx.tables.lookup(name).find_map(|(_, signature)| signature.param("inplace"));
        flag.and_then(|(at, param)| receiver::argument(call, at, &param.name))
    };
    let name = || cx.qualified(&call.func).filter(|name| name.starts_with("torch.nn.functional."));
    may_ask_for_changes(call) && name().and_then(flag).is_some_and(|flag| cx.source(flag) == "True")
}

pub(crate) fn changes_input(cx: &Cx<'_>, facts: &FileFacts, call: &ast::ExprCall) -> bool {
    let is_true = |value: &ast::Expr| matches!(value, ast::Expr::Constant(constant) if constant.value == ast::Constant::Bool(true));
    if call.keywords.iter().any(|kw| kw.arg.as_deref() == Some("inplace") && is_true(&kw.value)) {
        return true;
    }
    let Some(layer) = facts.qualified(&call.func) else { return false };
    cx.tables.lookup(layer).any(|(row, signature)| {
        let flags = row.cases.iter().filter_map(|case| case.escapes.as_deref());
        flags.filter_map(|flag| signature.param(flag)).any(|(at, _)| call.args.get(at).is_some_and(is_true))
    })
}

/// `for layer in layers: x = layer(x); features.append(x)`: what one layer gives is kept, and the next one may change it.
pub(crate) fn gathers(facts: &FileFacts, stmt: &ast::Stmt) -> bool {
    let ast::Stmt::For(each) = stmt else { return false };
    // What modules of the project do inside reaches nobody who keeps what they are given, but for what they give their own input to.
    if matches!(facts.fact(&each.iter).kind, Kind::List(item) | Kind::Seq(item) if matches!(*item, Kind::Instance(_))) {
        return false;
    }
    let mut through: Vec<&ast::Expr> = Vec::new();
    walk_suite(&each.body, &mut |node| {
        if let Node::Stmt(ast::Stmt::Assign(assign)) = node
            && let ([ast::Expr::Name(target)], ast::Expr::Call(call)) = (&assign.targets[..], &*assign.value)
            && call.args.first().is_some_and(|first| views::is_same_name(first, &target.id))
            && is_layer_of(&call.func, &each.target)
        {
            through.push(&call.args[0]);
        }
    });
    through.iter().any(|given| {
        let ast::Expr::Name(name) = given else { return false };
        let mut kept = false;
        walk_suite(&each.body, &mut |node| {
            let Node::Expr(ast::Expr::Call(call)) = node else { return };
            let keeps = matches!(last_name(&call.func), Some("append" | "add" | "extend")) && call.func.is_attribute_expr();
            kept |= keeps && call.args.iter().any(|arg| views::is_same_name(arg, &name.id));
        });
        walk_suite(&each.body, &mut |node| match node {
            Node::Stmt(ast::Stmt::Assign(assign)) => {
                kept |= views::is_same_name(&assign.value, &name.id) && assign.targets.iter().any(|target| !target.is_name_expr());
            }
            Node::Expr(ast::Expr::Yield(yields)) => kept |= yields.value.as_ref().is_some_and(|value| views::is_same_name(value, &name.id)),
            _ => {}
        });
        kept
    })
}

fn walk_suite<'s>(suite: &'s [ast::Stmt], see: &mut impl FnMut(Node<'s>)) {
    suite.iter().for_each(|stmt| Node::Stmt(stmt).walk(see));
}

/// `layer` of `for name, layer in ...`, `self.layers[i]`.
fn is_layer_of(func: &ast::Expr, target: &ast::Expr) -> bool {
    match func {
        ast::Expr::Name(layer) => {
            let mut found = false;
            Node::Expr(target).walk(&mut |node| found |= matches!(node, Node::Expr(ast::Expr::Name(name)) if name.id == layer.id));
            found
        }
        ast::Expr::Subscript(_) => true,
        _ => false,
    }
}
