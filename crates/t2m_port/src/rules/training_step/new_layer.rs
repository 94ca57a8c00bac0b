//! Whether a value is a layer, or a parameter, that was made just now: by its class, by a function of the project that gives a new one, as a copy.

use rustc_hash::FxHashSet;
use t2m_semantic::facts::FunctionId;
use t2m_semantic::{Entity, FileFacts, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::events::is_name;
use super::model::holds_no_parameters;
use crate::cx::Cx;
use crate::weights::is_stateless;
use crate::{storage, views};

/// How many functions and names a value is followed through.
pub(super) const DEEPEST: usize = 6;

/// Methods of modules that give the module itself.
const MOVES: &[&str] = &["to", "cuda", "cpu", "float", "double", "half", "bfloat16", "train", "eval", "apply", "requires_grad_"];

/// Statements, and what is known of their file.
pub(super) struct Made<'c, 'a> {
    pub(super) cx: &'c Cx<'a>,
    pub(super) facts: &'a FileFacts,
    pub(super) suite: &'a [ast::Stmt],
}

impl<'a> Made<'_, 'a> {
    /// Whether a value is made here and has something to train. A layer around those of the model itself may have nothing new.
    pub(super) fn is_new(&self, value: &'a ast::Expr, model: Option<&str>, depth: usize) -> bool {
        let Some(inner) = depth.checked_sub(1) else { return false };
        match value {
            ast::Expr::Name(name) if Some(name.id.as_str()) != model => {
                let bound = views::bindings(self.suite, &name.id);
                let last = bound.iter().rfind(|(_, bound)| bound.range().end() < value.range().start());
                last.is_some_and(|(stmt, bound)| {
                    let is_whole = matches!(stmt, Node::Stmt(ast::Stmt::Assign(s)) if matches!(&s.targets[..], [ast::Expr::Name(_)]));
                    is_whole && self.is_new(bound, model, inner)
                })
            }
            // `Net().fc`, which the class may make in several ways
            ast::Expr::Attribute(e) => {
                let may_be_layer = || self.facts.fact(value).kind.is_unknown() || self.has_parameters(value);
                e.value.is_call_expr() && may_be_layer() && self.is_new(&e.value, model, inner)
            }
            ast::Expr::IfExp(e) => self.is_new(&e.body, model, inner) || self.is_new(&e.orelse, model, inner),
            ast::Expr::Call(call) => self.is_new_by(value, call, model, inner),
            _ => false,
        }
    }

    fn is_new_by(&self, value: &'a ast::Expr, call: &'a ast::ExprCall, model: Option<&str>, depth: usize) -> bool {
        match (self.facts.entity(&call.func), &*call.func) {
            (Some(Entity::Library(name)), _) => match name.as_static() {
                "torch.nn.Parameter" | "torch.nn.parameter.Parameter" => true,
                "torch.nn.Sequential" | "torch.nn.ModuleList" => call.args.iter().any(|item| self.has_new_item(item, model, depth)),
                name => {
                    let class = name.strip_prefix("torch.nn.");
                    let is_layer = class.is_some_and(|class| class.starts_with(char::is_uppercase) && !class.contains('.'));
                    is_layer && !name.ends_with("Loss") && !name.ends_with("DataParallel") && !is_stateless(name)
                }
            },
            // `m.fc = LoRA(m.fc)` has, `m.fc = Wrapper(m.fc)` may have not.
            (Some(Entity::Class(_)), _) => {
                self.has_parameters(value) && !model.is_some_and(|model| call.args.iter().any(|arg| root(arg) == Some(model)))
            }
            (Some(Entity::Function(id)), _) => self.gives_new(*id, depth) || self.gives_back(*id, call, model, depth),
            (None, ast::Expr::Attribute(e)) if MOVES.contains(&e.attr.as_str()) => !is_frozen(call) && self.is_new(&e.value, model, depth),
            (None, ast::Expr::Attribute(e)) => match self.facts.fact(&e.value).kind {
                Kind::Instance(class) => {
                    self.cx.project_facts.lookup_method(class, &e.attr).is_some_and(|method| self.gives_new(method, depth))
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether one of the items that a container of layers is made of is new.
    fn has_new_item(&self, item: &'a ast::Expr, model: Option<&str>, depth: usize) -> bool {
        let Some(inner) = depth.checked_sub(1) else { return false };
        match item {
            ast::Expr::Starred(e) => self.has_new_item(&e.value, model, inner),
            ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                elts.iter().any(|item| self.has_new_item(item, model, inner))
            }
            ast::Expr::ListComp(e) => self.has_new_item(&e.elt, model, inner),
            ast::Expr::GeneratorExp(e) => self.has_new_item(&e.elt, model, inner),
            ast::Expr::Name(name) => {
                let is_listed = views::bindings(self.suite, &name.id).into_iter().any(|(_, value)| {
                    matches!(value, ast::Expr::List(_) | ast::Expr::ListComp(_)) && self.has_new_item(value, model, inner)
                });
                is_listed || self.is_new(item, model, inner) || self.appends_new(&name.id, model, inner)
            }
            item => self.is_new(item, model, inner),
        }
    }

    /// `layers.append(nn.Linear(4, 4))`
    fn appends_new(&self, list: &str, model: Option<&str>, depth: usize) -> bool {
        let mut found = false;
        node::statements(self.suite, &mut |stmt| {
            let ast::Stmt::Expr(s) = stmt else { return };
            let ast::Expr::Call(call) = &*s.value else { return };
            if let (ast::Expr::Attribute(method), [item]) = (&*call.func, &call.args[..]) {
                found |= method.attr.as_str() == "append" && is_name(&method.value, list) && self.is_new(item, model, depth);
            }
        });
        found
    }

    /// Whether a function of the project gives what it makes itself.
    fn gives_new(&self, id: FunctionId, depth: usize) -> bool {
        let Some(own) = self.inside(id) else { return false };
        own.returned().into_iter().any(|value| own.is_new(value, None, depth))
    }

    /// `init(nn.Linear(4, 2))`, where the function gives back what it is given.
    fn gives_back(&self, id: FunctionId, call: &'a ast::ExprCall, model: Option<&str>, depth: usize) -> bool {
        let Some(own) = self.inside(id) else { return false };
        let params = &self.cx.project_facts.function(id).params;
        let given = own.returned().into_iter().filter_map(|value| {
            let name = &value.as_name_expr()?.id;
            call.args.get(params.iter().position(|param| param.name == name.as_str())?)
        });
        given.into_iter().any(|arg| self.is_new(arg, model, depth))
    }

    fn inside(&self, id: FunctionId) -> Option<Self> {
        let function = self.cx.project_facts.function(id);
        let def = storage::function_at(&self.cx.project.file(function.file).source.suite, function.range)?;
        Some(Made { cx: self.cx, facts: self.cx.project_facts.file(function.file), suite: &def.body })
    }

    fn returned(&self) -> Vec<&'a ast::Expr> {
        let mut values = Vec::new();
        node::statements(self.suite, &mut |stmt| {
            if let ast::Stmt::Return(s) = stmt {
                values.extend(s.value.as_deref());
            }
        });
        values
    }

    /// `copy.deepcopy(model.fc)`: other parameters of the same values.
    pub(super) fn is_copy(&self, value: &'a ast::Expr) -> bool {
        let ast::Expr::Call(call) = value else { return false };
        let is_copy = match &*call.func {
            ast::Expr::Attribute(e) => e.attr.as_str() == "deepcopy" && is_name(&e.value, "copy"),
            func => is_name(func, "deepcopy"),
        };
        is_copy && matches!(&call.args[..], [copied] if self.has_parameters(copied))
    }

    /// `layer` of `weight_norm(layer)`, which gets two new parameters in place of its weight.
    pub(super) fn parametrized(&self, value: &'a ast::Expr) -> Option<&'a ast::Expr> {
        let ast::Expr::Call(call) = value else { return None };
        let is_norm =
            matches!(self.facts.qualified(&call.func), Some("torch.nn.utils.weight_norm" | "torch.nn.utils.parametrizations.weight_norm"));
        call.args.first().filter(|layer| is_norm && root(layer).is_some())
    }

    pub(super) fn is_module(&self, expr: &ast::Expr) -> bool {
        self.cx.project_facts.is_module(&self.facts.fact(expr).kind)
    }

    /// Whether a value is a module that may have something to train.
    fn has_parameters(&self, expr: &ast::Expr) -> bool {
        let kind = match (self.facts.fact(expr).kind, expr) {
            (Kind::Unknown, ast::Expr::Attribute(e)) => match self.facts.fact(&e.value).kind {
                Kind::Instance(class) => self.cx.project_facts.lookup_attr(class, &e.attr).kind,
                _ => Kind::Unknown,
            },
            (kind, _) => kind,
        };
        let is_stateless = matches!(&kind, Kind::Layer(name) if is_stateless(name));
        self.cx.project_facts.is_module(&kind) && !is_stateless && !holds_no_parameters(self.cx, &kind, &mut FxHashSet::default())
    }
}

/// `requires_grad_(False)`
fn is_frozen(call: &ast::ExprCall) -> bool {
    let is_switch = matches!(&*call.func, ast::Expr::Attribute(e) if e.attr.as_str() == "requires_grad_");
    is_switch && !(call.args.is_empty() && call.keywords.is_empty())
}

/// The name that a place begins with: `m` of `m.layers[0].fc`.
pub(super) fn root(place: &ast::Expr) -> Option<&str> {
    match place {
        ast::Expr::Name(name) => Some(&name.id),
        ast::Expr::Attribute(e) => root(&e.value),
        ast::Expr::Subscript(e) => root(&e.value),
        _ => None,
    }
}
