//! Which functions of the project are read as values, to be called by whoever has them: `{"relu": self.relu}`, `register_forward_hook(self.hook)`; and what
//! lambdas call. Only `torch.is_grad_enabled()` asks for it.

use rustc_hash::FxHashSet;
use t2m_semantic::{Entity, Facts, FunctionId, Project};
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use crate::asking_functions::{Edge, Reader, gotten};
use crate::shared::Shared;

#[derive(Debug, Default)]
pub(crate) struct Values<'a> {
    edges: FxHashSet<Edge<'a>>,
    /// The same by name.
    names: FxHashSet<&'a str>,
    /// The names of functions that call what the run alone knows: `getattr(self, name)(x)`.
    open: FxHashSet<&'a str>,
}

impl<'a> Values<'a> {
    pub(crate) fn new(project: &'a Project, facts: &'a Facts, shared: &Shared<'a>) -> Self {
        let mut found = Self::default();
        for id in project.ids() {
            let of_file = facts.file(id);
            let reader = Reader::new(facts, shared, of_file);
            // What the last call calls: it comes next.
            let (mut called, mut open): (Option<&ast::Expr>, _) = (None, Vec::new());
            let mut visit = |node: Node<'a>| {
                let Node::Expr(expr) = node else { return };
                match expr {
                    ast::Expr::Call(call) => {
                        called = Some(&call.func);
                        if matches!(of_file.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "getattr") {
                            match gotten(of_file, call) {
                                Some(Edge::Anything) => open.push(expr.range()),
                                edge => found.edges.extend(edge),
                            }
                        }
                    }
                    ast::Expr::Lambda(lambda) => reader.note(Node::Expr(&lambda.body), &mut found.edges),
                    ast::Expr::Name(_) | ast::Expr::Attribute(_) if !called.is_some_and(|callee| std::ptr::eq(callee, expr)) => {
                        found.edges.extend(reader.function(expr).map(Edge::Function));
                    }
                    _ => {}
                }
            };
            project.file(id).source.suite.iter().for_each(|stmt| Node::Stmt(stmt).walk(&mut visit));
            if !open.is_empty() {
                let holds = |function: &&FunctionId| {
                    let def = facts.function(**function);
                    def.file == id && open.iter().any(|place| def.range.contains_range(*place))
                };
                let functions: Vec<FunctionId> = facts.functions().map(|(id, _)| id).collect();
                found.open.extend(functions.iter().filter(holds).map(|function| facts.function(*function).name.as_str()));
            }
        }
        found.names = found.edges.iter().filter_map(|edge| edge.name(facts)).collect();
        found
    }

    pub(crate) fn hold(&self, edge: &Edge<'a>) -> bool {
        self.edges.contains(edge)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.names.iter().copied()
    }

    pub(crate) fn is_open(&self, function: &str) -> bool {
        self.open.contains(function)
    }
}
