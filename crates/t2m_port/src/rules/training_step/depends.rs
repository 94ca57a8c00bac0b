//! Which names are computed from which: what depends on the inputs of a gradient.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, TextSize};

use super::events::walk;
use super::flow::{self, Flow, Names};

/// Whether no input is computed from the value that another one has: PyTorch's gradient goes on through it. Ex) `y = x * 2`, gradients with respect to `x` and `y`
pub(super) fn are_independent<'a>(body: &'a [ast::Stmt], upto: TextSize, inputs: &[&'a str]) -> bool {
    if inputs.len() < 2 {
        return true;
    }
    let mut made: Vec<(&'a str, Names<'a>)> = inputs.iter().map(|name| (*name, Names::new())).collect();
    // The second time with what is left from the turn of a loop before.
    for end in [None, Some(upto)] {
        walk(body, &mut |node| {
            let Node::Stmt(stmt @ (ast::Stmt::Assign(_) | ast::Stmt::AugAssign(_) | ast::Stmt::AnnAssign(_))) = node else { return };
            if end.is_some_and(|end| stmt.range().end() > end) {
                return;
            }
            let flow = Flow::of(std::slice::from_ref(stmt));
            for (input, names) in &mut made {
                let comes_from = flow.exposed.iter().any(|name| name == input || names.contains(name));
                match (flow.bound.contains(input), comes_from) {
                    (true, _) => names.clear(),
                    (false, true) => names.extend(&flow.bound),
                    (false, false) => names.retain(|name| !flow.bound.contains(name)),
                }
            }
        });
    }
    made.iter().all(|(_, names)| !inputs.iter().any(|other| names.contains(other)))
}

/// The names that are computed from the inputs elsewhere in the body.
pub(super) fn tainted<'a>(body: &'a [ast::Stmt], own: TextRange, inputs: &[&'a str]) -> Names<'a> {
    let mut assigned = Vec::new();
    walk(body, &mut |node| {
        if let Node::Stmt(stmt @ (ast::Stmt::Assign(_) | ast::Stmt::AugAssign(_) | ast::Stmt::AnnAssign(_))) = node
            && !own.contains_range(stmt.range())
        {
            assigned.extend(in_pairs(stmt).unwrap_or_else(|| vec![Flow::of(std::slice::from_ref(stmt))]));
        }
    });
    spread(&assigned, inputs)
}

/// `data, target = data.to(device), target.to(device)`: each name comes from its own value.
fn in_pairs(stmt: &ast::Stmt) -> Option<Vec<Flow<'_>>> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let ([ast::Expr::Tuple(targets)], ast::Expr::Tuple(values)) = (&assign.targets[..], &*assign.value) else { return None };
    let are_pairs = targets.elts.len() == values.elts.len()
        && targets.elts.iter().all(ast::Expr::is_name_expr)
        && !values.elts.iter().any(ast::Expr::is_starred_expr);
    let pair = |(target, value)| {
        let mut flow = Flow::default();
        flow.read(value);
        flow::targets(target, &mut flow.bound);
        flow
    };
    are_pairs.then(|| targets.elts.iter().zip(&values.elts).map(pair).collect())
}

/// The names that a run computes from the inputs, and the inputs.
pub(super) fn made_from<'a>(run: &'a [ast::Stmt], inputs: &[&'a str]) -> Names<'a> {
    let flows: Vec<Flow<'a>> = run.iter().map(|stmt| Flow::of(std::slice::from_ref(stmt))).collect();
    spread(&flows, inputs)
}

fn spread<'a>(flows: &[Flow<'a>], inputs: &[&'a str]) -> Names<'a> {
    let mut names: Names<'a> = inputs.iter().copied().collect();
    loop {
        let before = names.len();
        for flow in flows {
            if flow.exposed.intersection(&names).next().is_some() {
                names.extend(&flow.bound);
            }
        }
        if names.len() == before {
            return names;
        }
    }
}
