//! Names that one plain assignment alone gives a value, over all scopes of a file; gathered in one walk.

use rustc_hash::FxHashMap;
use t2m_syntax::{Node, SourceFile, ast};

/// The assignment by name.
pub(crate) type Assigned<'a> = FxHashMap<&'a str, &'a ast::StmtAssign>;

pub(crate) fn assigned(file: &SourceFile) -> Assigned<'_> {
    let mut bindings: FxHashMap<&str, usize> = FxHashMap::default();
    let mut assigned: Assigned<'_> = FxHashMap::default();
    for stmt in &file.suite {
        Node::Stmt(stmt).walk(&mut |node| {
            let mut bind = |name| *bindings.entry(name).or_default() += 1;
            match node {
                Node::Expr(ast::Expr::Name(name)) if !matches!(name.ctx, ast::ExprContext::Load) => bind(name.id.as_str()),
                Node::Stmt(ast::Stmt::FunctionDef(def)) => params(&def.args).for_each(bind),
                Node::Stmt(ast::Stmt::AsyncFunctionDef(def)) => params(&def.args).for_each(bind),
                Node::Expr(ast::Expr::Lambda(def)) => params(&def.args).for_each(bind),
                Node::Stmt(ast::Stmt::Global(stmt)) => stmt.names.iter().for_each(|name| bind(name.as_str())),
                Node::Stmt(ast::Stmt::Assign(assign)) => {
                    if let [ast::Expr::Name(target)] = &assign.targets[..] {
                        assigned.insert(target.id.as_str(), assign);
                    }
                }
                _ => {}
            }
        });
    }
    assigned.retain(|name, _| bindings.get(name) == Some(&1));
    assigned
}

fn params(args: &ast::Arguments) -> impl Iterator<Item = &str> {
    let named = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs).map(|arg| &arg.def);
    named.chain(args.vararg.as_deref()).chain(args.kwarg.as_deref()).map(|arg| arg.arg.as_str())
}
