//! Names that one plain assignment alone gives a value, over all scopes of a file.

use rustc_hash::FxHashMap;
use t2m_syntax::{Node, ast};

/// The assignment by name.
pub(crate) type Assigned<'a> = FxHashMap<&'a str, &'a ast::StmtAssign>;

/// What the nodes of a file give values to.
#[derive(Debug, Default)]
pub(crate) struct Assignments<'a> {
    /// How often each name is bound.
    bindings: FxHashMap<&'a str, usize>,
    plain: Assigned<'a>,
}

impl<'a> Assignments<'a> {
    /// Takes note of what a node binds, those below it left out.
    pub(crate) fn note(&mut self, node: Node<'a>) {
        let mut bind = |name| *self.bindings.entry(name).or_default() += 1;
        match node {
            Node::Expr(ast::Expr::Name(name)) if !matches!(name.ctx, ast::ExprContext::Load) => bind(name.id.as_str()),
            Node::Stmt(ast::Stmt::FunctionDef(def)) => params(&def.args).for_each(bind),
            Node::Stmt(ast::Stmt::AsyncFunctionDef(def)) => params(&def.args).for_each(bind),
            Node::Expr(ast::Expr::Lambda(def)) => params(&def.args).for_each(bind),
            Node::Stmt(ast::Stmt::Global(stmt)) => stmt.names.iter().for_each(|name| bind(name.as_str())),
            Node::Stmt(ast::Stmt::Assign(assign)) => {
                if let [ast::Expr::Name(target)] = &assign.targets[..] {
                    self.plain.insert(target.id.as_str(), assign);
                }
            }
            _ => {}
        }
    }

    /// The assignments of names that nothing else binds.
    pub(crate) fn only(self) -> Assigned<'a> {
        let Self { bindings, mut plain } = self;
        plain.retain(|name, _| bindings.get(name) == Some(&1));
        plain
    }
}

fn params(args: &ast::Arguments) -> impl Iterator<Item = &str> {
    let named = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs).map(|arg| &arg.def);
    named.chain(args.vararg.as_deref()).chain(args.kwarg.as_deref()).map(|arg| arg.arg.as_str())
}
