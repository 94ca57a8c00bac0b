//! Whether a loop of a model may turn never: `for _ in range(self.n_extra)`, where nothing shows that the number is positive. What such a loop alone runs may
//! have no gradient. Numbers that come from arrays and lists are taken to be positive.

use t2m_semantic::{ClassId, Entity, FileFacts, Kind};
use t2m_syntax::Node;
use t2m_syntax::ast;

use super::flow::{self, Names};
use crate::cx::Cx;
use crate::rules::last_name;
use crate::survey::Store;

/// What a number may be.
enum Count {
    Of(Vec<i64>),
    /// Whoever calls the method, or makes the module, says it.
    Given,
    /// It comes from an array, a list or the like.
    Open,
}

/// How many values of a number are followed.
const MOST: usize = 16;

/// A name that stands for another one, and so on.
const DEPTH: usize = 4;

/// Whether a loop of a function of the project may turn never.
pub(super) fn may_be_none<'a>(cx: &Cx<'a>, facts: &'a FileFacts, def: &'a ast::StmtFunctionDef, iter: &'a ast::Expr) -> bool {
    let Some(args) = range(iter) else { return false };
    let scope = Scope { cx, facts, def };
    let (start, stop) = match args {
        [stop] => (Count::Of(vec![0]), scope.count(stop, DEPTH)),
        [start, stop] => (scope.count(start, DEPTH), scope.count(stop, DEPTH)),
        _ => return false,
    };
    match (start, stop) {
        (Count::Of(start), Count::Of(stop)) => stop.iter().any(|stop| start.iter().any(|start| stop <= start)),
        (_, Count::Given) => true,
        _ => false,
    }
}

/// The layers that a loop takes one after the other, of which there are as many as it turns: `self.layers[i]`
pub(super) fn chosen<'a>(body: &'a [ast::Stmt], items: &Names<'a>) -> Names<'a> {
    let mut found = Names::new();
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(ast::Expr::Subscript(item)) = node else { return };
            let mut read = Names::new();
            flow::loads(&item.slice, &mut read);
            if let ast::Expr::Attribute(list) = &*item.value
                && read.iter().any(|name| items.contains(name))
            {
                found.insert(list.attr.as_str());
            }
        });
    }
    found
}

/// The arguments of `range(n)`, `reversed(range(n))`.
fn range(iter: &ast::Expr) -> Option<&[ast::Expr]> {
    let ast::Expr::Call(call) = iter else { return None };
    match (&*call.func, &call.args[..]) {
        (ast::Expr::Name(name), args) if name.id.as_str() == "range" => Some(args),
        (ast::Expr::Name(name), [inner]) if name.id.as_str() == "reversed" => range(inner),
        _ => None,
    }
}

#[derive(Clone, Copy)]
struct Scope<'c, 'a> {
    cx: &'c Cx<'a>,
    facts: &'a FileFacts,
    def: &'a ast::StmtFunctionDef,
}

impl<'a> Scope<'_, 'a> {
    fn count(self, expr: &'a ast::Expr, depth: usize) -> Count {
        if depth == 0 {
            return Count::Given;
        }
        match expr {
            ast::Expr::Constant(_) => literal(expr).map_or(Count::Open, |value| Count::Of(vec![value])),
            ast::Expr::Name(name) if parameter(self.def, &name.id).is_some() => self.parameter(&name.id),
            ast::Expr::Name(name) => match self.bound(&name.id) {
                Some(value) => self.count(value, depth - 1),
                None => Count::Open,
            },
            ast::Expr::Attribute(member) if is_self(&member.value) => self.member(&member.attr, depth),
            // `self.config.n_steps`, but not `x.ndim`
            ast::Expr::Attribute(member) => match &*member.value {
                ast::Expr::Attribute(holder) if is_self(&holder.value) && !self.facts.fact(&member.value).kind.is_tensor() => Count::Given,
                _ => Count::Open,
            },
            ast::Expr::BinOp(both) => joined(both.op, self.count(&both.left, depth), self.count(&both.right, depth)),
            ast::Expr::IfExp(choice) => either(self.count(&choice.body, depth), self.count(&choice.orelse, depth)),
            ast::Expr::Call(call) => match (&*call.func, &call.args[..]) {
                (ast::Expr::Name(name), [value]) if name.id.as_str() == "int" => self.count(value, depth),
                (ast::Expr::Name(name), [one, other]) if name.id.as_str() == "max" => {
                    let is_positive =
                        |value| matches!(self.count(value, depth), Count::Of(values) if values.iter().all(|value| *value > 0));
                    if is_positive(one) || is_positive(other) {
                        Count::Open
                    } else {
                        either(self.count(one, depth), self.count(other, depth))
                    }
                }
                _ => Count::Open,
            },
            _ => Count::Open,
        }
    }

    /// The only value of a local name.
    fn bound(self, name: &str) -> Option<&'a ast::Expr> {
        let (mut found, mut others) = (None, 0);
        t2m_syntax::node::statements(&self.def.body, &mut |stmt| match stmt {
            ast::Stmt::Assign(assign) => match &assign.targets[..] {
                [ast::Expr::Name(own)] if own.id.as_str() == name => {
                    others += usize::from(found.is_some());
                    found = Some(&*assign.value);
                }
                _ => {}
            },
            ast::Stmt::AugAssign(assign) => {
                others += usize::from(matches!(&*assign.target, ast::Expr::Name(own) if own.id.as_str() == name))
            }
            _ => {}
        });
        found.filter(|_| others == 0)
    }

    /// `self.n_extra`, by what the class puts there.
    fn member(self, name: &str, depth: usize) -> Count {
        let project = self.cx.project_facts;
        let Some(class) = self.class() else { return Count::Given };
        let info = project.class(class);
        // `n_layers` as a property counts something.
        if project.lookup_method(class, name).is_some() {
            return Count::Open;
        }
        let stores = self.cx.shared.survey.stores(class, name);
        let init = info
            .methods
            .get("__init__")
            .and_then(|id| crate::storage::function_at(&self.cx.project.file(info.file).source.suite, project.function(*id).range));
        let (Some(init), false) = (init, stores.is_empty()) else { return Count::Given };
        let scope = Self { def: init, ..self };
        let counts = stores.iter().map(|store| match store {
            Store::Whole(value) => match value {
                // `self.n = config.n_extra`
                ast::Expr::Attribute(_) if !is_size(value) => Count::Given,
                value => scope.count(value, depth - 1),
            },
            _ => Count::Given,
        });
        counts.reduce(either).unwrap_or(Count::Given)
    }

    fn class(self) -> Option<ClassId> {
        let project = self.cx.project_facts;
        let holds = |class: &t2m_semantic::ClassInfo| {
            std::ptr::eq(project.file(class.file), self.facts) && class.range.contains_range(self.def.range)
        };
        project.classes().filter(|(_, class)| holds(class)).max_by_key(|(_, class)| class.range.start()).map(|(id, _)| id)
    }

    /// A parameter, by its default and the calls of the file with the step.
    fn parameter(self, name: &str) -> Count {
        let Some((at, default)) = parameter(self.def, name) else { return Count::Open };
        let class = self.class();
        let mut counts: Vec<Count> = Vec::new();
        for stmt in &self.cx.file.suite {
            Node::Stmt(stmt).walk(&mut |node| {
                let Node::Expr(ast::Expr::Call(call)) = node else { return };
                let Some(bound) = self.called(call, class) else { return };
                let named = call.keywords.iter().find(|keyword| keyword.arg.as_deref() == Some(name)).map(|keyword| &keyword.value);
                let given = named.or_else(|| call.args.get(at.checked_sub(bound)?));
                counts.push(match given.or(default) {
                    Some(value) => self.literal(value).map_or(Count::Given, |value| Count::Of(vec![value])),
                    None => Count::Given,
                });
            });
        }
        counts.into_iter().reduce(either).unwrap_or(Count::Given)
    }

    /// Whether a call may be one of the function; how many of its parameters it binds itself.
    fn called(self, call: &ast::ExprCall, class: Option<ClassId>) -> Option<usize> {
        let project = self.cx.project_facts;
        let name = self.def.name.as_str();
        let is_own = |other: ClassId| class.is_some_and(|class| project.is_subclass(other, class));
        match (self.cx.entity(&call.func), &*call.func) {
            (Some(Entity::Class(made)), _) => (name == "__init__" && is_own(*made)).then_some(1),
            (Some(Entity::Function(id)), _) => (project.function(*id).range == self.def.range).then(|| usize::from(class.is_some())),
            (Some(Entity::Library(_) | Entity::Builtin(_)), _) => None,
            (_, ast::Expr::Attribute(method)) if method.attr.as_str() == name => Some(1),
            _ if name == "forward" => match self.cx.kind(&call.func) {
                Kind::Instance(other) => is_own(other).then_some(1),
                kind if kind.is_unknown() || kind == Kind::Module => Some(1),
                _ => None,
            },
            _ => None,
        }
        .filter(|_| last_name(&call.func) != Some("super"))
    }

    /// A number, or a name of the file that is one.
    fn literal(self, value: &ast::Expr) -> Option<i64> {
        literal(value).or_else(|| match value {
            ast::Expr::Name(name) => literal(&self.cx.only_assignment(&name.id)?.value),
            _ => None,
        })
    }
}

/// The place of a parameter, and its default.
fn parameter<'a>(def: &'a ast::StmtFunctionDef, name: &str) -> Option<(usize, Option<&'a ast::Expr>)> {
    let all = || def.args.posonlyargs.iter().chain(&def.args.args).chain(&def.args.kwonlyargs);
    all().enumerate().find(|(_, arg)| arg.def.arg.as_str() == name && name != "self").map(|(at, arg)| (at, arg.default.as_deref()))
}

fn is_self(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Name(name) if name.id.as_str() == "self")
}

/// `x.ndim`
fn is_size(value: &ast::Expr) -> bool {
    matches!(value, ast::Expr::Attribute(e) if matches!(e.attr.as_str(), "ndim" | "shape"))
}

fn literal(value: &ast::Expr) -> Option<i64> {
    match value {
        ast::Expr::Constant(c) => match &c.value {
            ast::Constant::Int(value) => value.to_string().parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

fn either(one: Count, other: Count) -> Count {
    match (one, other) {
        (Count::Of(mut one), Count::Of(other)) if one.len() + other.len() <= MOST => {
            one.extend(other);
            one.dedup();
            Count::Of(one)
        }
        (Count::Open, Count::Open) => Count::Open,
        // Zero in one of the cases is zero.
        (Count::Of(values), Count::Open) | (Count::Open, Count::Of(values)) if values.iter().all(|value| *value > 0) => Count::Open,
        _ => Count::Given,
    }
}

fn joined(op: ast::Operator, left: Count, right: Count) -> Count {
    let compute: fn(i64, i64) -> Option<i64> = match op {
        ast::Operator::Add => i64::checked_add,
        ast::Operator::Sub => i64::checked_sub,
        ast::Operator::Mult => i64::checked_mul,
        ast::Operator::FloorDiv => i64::checked_div_euclid,
        _ => return Count::Open,
    };
    match (left, right) {
        (Count::Of(left), Count::Of(right)) if left.len() * right.len() <= MOST => {
            let all: Option<Vec<i64>> = left
                .iter()
                .flat_map(|left| right.iter().map(move |right| (*left, *right)))
                .map(|(left, right)| compute(left, right))
                .collect();
            all.map_or(Count::Given, Count::Of)
        }
        (Count::Open, _) | (_, Count::Open) => Count::Open,
        // At least one.
        (Count::Given, Count::Of(values)) | (Count::Of(values), Count::Given)
            if op == ast::Operator::Add && values.iter().all(|value| *value > 0) =>
        {
            Count::Open
        }
        _ => Count::Given,
    }
}
