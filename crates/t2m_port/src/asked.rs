//! Which attributes a program asks layers for that MLX's own layers lack: `m.inplace`, `hasattr(m, "bias")` of a layer without one.

use rustc_hash::FxHashSet;
use t2m_semantic::tables::Tables;
use t2m_semantic::{Entity, Facts, FileFacts, Kind};
use t2m_syntax::{Node, ast};

use crate::receiver;
use crate::rules::last_name;

/// Arrays that PyTorch's layers have as None where MLX's lack the attribute. Most readings are of arrays that are there.
const ARRAYS: &[&str] = &["bias", "weight"];

/// The names that cases of rows ask about.
pub(crate) fn wanted(tables: &Tables) -> FxHashSet<&str> {
    tables.rows().iter().flat_map(|row| &row.cases).flat_map(|case| &case.asked).map(String::as_str).collect()
}

pub(crate) struct Reader<'a, 'w> {
    tables: &'a Tables,
    of_file: &'a FileFacts,
    /// The names that are looked for; of these, those that classes of the project have.
    wanted: &'w FxHashSet<&'w str>,
    own: FxHashSet<&'w str>,
    /// Expressions whose place was judged already.
    settled: Vec<*const ast::Expr>,
}

impl<'a, 'w> Reader<'a, 'w> {
    pub(crate) fn new(tables: &'a Tables, facts: &Facts, of_file: &'a FileFacts, wanted: &'w FxHashSet<&'w str>) -> Self {
        let has = |name: &str| facts.classes().any(|(_, class)| class.attrs.contains_key(name));
        let own = wanted.iter().copied().filter(|name| has(name)).collect();
        Self { tables, of_file, wanted, own, settled: Vec::new() }
    }

    /// Parents come before their children.
    pub(crate) fn read(&mut self, node: Node<'a>, found: &mut FxHashSet<&'a str>) {
        match node {
            Node::Stmt(ast::Stmt::Return(stmt)) => self.passes_on(stmt.value.as_deref(), found),
            // Other targets tie weights.
            Node::Stmt(ast::Stmt::Assign(stmt)) if stmt.targets.iter().all(ast::Expr::is_name_expr) => {
                self.passes_on([&*stmt.value], found)
            }
            Node::Expr(ast::Expr::Tuple(e)) => self.passes_on(&e.elts, found),
            Node::Expr(ast::Expr::List(e)) => self.passes_on(&e.elts, found),
            Node::Expr(ast::Expr::Dict(e)) => self.passes_on(&e.values, found),
            Node::Expr(ast::Expr::BoolOp(e)) if e.op == ast::BoolOp::And => self.guard(&e.values),
            Node::Expr(expr @ ast::Expr::Call(call)) => self.call(expr, call, found),
            Node::Expr(expr @ ast::Expr::Attribute(e)) => {
                let name = e.attr.as_str();
                if e.ctx.is_load() && !ARRAYS.contains(&name) && !self.is_settled(expr) && self.is_lacked(&e.value, name) {
                    found.insert(name);
                }
            }
            _ => {}
        }
    }

    /// `hasattr(m, "bias") and m.bias is not None`: without a bias both frameworks say no.
    fn guard(&mut self, values: &'a [ast::Expr]) {
        let asks_more = |name: &str| {
            values.iter().any(|value| {
                let asked = match value {
                    ast::Expr::Compare(compare) => Some(&*compare.left),
                    ast::Expr::Call(call) if last_name(&call.func) == Some("isinstance") => call.args.first(),
                    _ => None,
                };
                matches!(asked, Some(ast::Expr::Attribute(e)) if e.attr.as_str() == name)
            })
        };
        for value in values {
            if let ast::Expr::Call(call) = value
                && call.args.get(1).and_then(receiver::string).is_some_and(asks_more)
            {
                self.settled.push(value);
            }
        }
    }

    fn call(&mut self, expr: &'a ast::Expr, call: &'a ast::ExprCall, found: &mut FxHashSet<&'a str>) {
        self.settled.push(&*call.func);
        let probe = match self.of_file.entity(&call.func) {
            Some(Entity::Builtin(name)) if matches!(name.as_str(), "hasattr" | "getattr") => Some(name.as_static()),
            _ => None,
        };
        let (Some(probe), [object, name, rest @ ..]) = (probe, &call.args[..]) else { return self.arguments(call, found) };
        let gives_none = matches!(rest, [ast::Expr::Constant(default)] if default.value.is_none());
        if let Some(name) = receiver::string(name)
            && !(probe == "getattr" && gives_none)
            && !self.is_settled(expr)
            && self.is_lacked(object, name)
        {
            found.insert(name);
        }
    }

    /// `F.linear(x, fc.weight, fc.bias)`
    fn arguments(&self, call: &'a ast::ExprCall, found: &mut FxHashSet<&'a str>) {
        let fills = self.of_file.qualified(&call.func).is_some_and(|name| name.starts_with("torch.nn.init."));
        // The rule missing-bias speaks for those.
        let is_own = matches!(self.of_file.entity(&call.func), Some(Entity::Function(_)));
        if is_own && call.args.len() + call.keywords.len() == 1 {
            return;
        }
        let is_known = |value: &ast::Expr| match value {
            ast::Expr::Attribute(e) => matches!(self.of_file.fact(&e.value).kind, Kind::Layer(_)),
            _ => false,
        };
        if !fills {
            let keywords = call.keywords.iter().map(|keyword| &keyword.value);
            self.passes_on(call.args.iter().chain(keywords).filter(|value| !(is_own && is_known(value))), found);
        }
    }

    /// What stands where None may be passed on.
    fn passes_on(&self, values: impl IntoIterator<Item = &'a ast::Expr>, found: &mut FxHashSet<&'a str>) {
        for value in values {
            if let ast::Expr::Attribute(e) = value
                && e.attr.as_str() == "bias"
                && e.ctx.is_load()
                && self.is_lacked(&e.value, &e.attr)
            {
                found.insert(e.attr.as_str());
            }
        }
    }

    fn is_settled(&self, expr: &ast::Expr) -> bool {
        self.settled.iter().any(|one| std::ptr::eq(*one, expr))
    }

    /// Whether the object may be a layer of PyTorch whose attribute has no row of its own.
    fn is_lacked(&self, object: &ast::Expr, name: &str) -> bool {
        let has_row = |layer: &str| self.tables.lookup(&format!("{layer}.{name}")).next().is_some();
        self.wanted.contains(name)
            && match self.of_file.fact(object).kind {
                Kind::Layer(layer) => !has_row(&layer),
                Kind::Module => !has_row("Layer"),
                Kind::Unknown => {
                    !self.own.contains(name)
                        && self.of_file.entity(object).is_none()
                        && !matches!(last_name(object), Some("self" | "cls" | "args" | "config" | "cfg" | "opt" | "hparams"))
                }
                _ => false,
            }
    }
}
