//! Whether the last bits of numbers decide: what is computed of them is rounded, cast to integers or compared.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;
use t2m_semantic::Entity;
use t2m_semantic::tables::read_names;
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use crate::cx::Cx;
use crate::{receiver, views};

/// `torch.linspace(0, n, k).long()`, `steps = torch.linspace(0, 1, k)` and later `x >= steps`
pub(crate) fn decide<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let Some(Node::Expr(value)) = cx.parent(&*call.func) else { return false };
    // `(0, rate, depth)`: whatever is between, zero is zero, and the others are not.
    let begins_with_zero = receiver::argument(call, 0, "start").is_some_and(is_zero);
    Search { cx, begins_with_zero, seen: FxHashSet::default() }.steps(value)
}

/// Ex) `rate > 0.0`
fn is_compared_with_zero(compare: &ast::ExprCompare) -> bool {
    matches!(&compare.comparators[..], [other] if is_zero(other) || is_zero(&compare.left))
}

fn is_zero(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Constant(ast::ExprConstant { value, .. }) if match value {
        ast::Constant::Int(number) => number.to_string() == "0",
        ast::Constant::Float(number) => *number == 0.0,
        _ => false,
    })
}

#[derive(Debug, Default, Deserialize)]
struct LastBits {
    /// Functions and methods with steps.
    steps: FxHashSet<String>,
    /// What is asked of a tensor beside its numbers.
    aspects: FxHashSet<String>,
    /// Those that give the same bits of the same bits.
    exact: FxHashSet<String>,
}

static LAST_BITS: LazyLock<LastBits> = LazyLock::new(|| read_names("last_bits"));

struct Search<'c, 'a> {
    cx: &'c Cx<'a>,
    begins_with_zero: bool,
    seen: FxHashSet<String>,
}

impl<'a> Search<'_, 'a> {
    /// Follows a value up through its expression, to the names that it gets.
    fn steps(&mut self, value: &'a ast::Expr) -> bool {
        let mut at = value;
        loop {
            let up = match self.cx.parent(at) {
                Some(Node::Expr(up)) => up,
                Some(Node::Stmt(stmt)) => return self.is_kept_for_steps(stmt, at),
                None => return false,
            };
            let is_at = |expr: &ast::Expr| std::ptr::eq(expr, at);
            at = match up {
                ast::Expr::Compare(compare) => {
                    let is_identity = compare.ops.iter().any(|op| matches!(op, ast::CmpOp::Is | ast::CmpOp::IsNot));
                    let is_sure = is_identity || self.begins_with_zero && is_compared_with_zero(compare);
                    return !is_sure;
                }
                ast::Expr::BinOp(e) if matches!(e.op, ast::Operator::FloorDiv | ast::Operator::Mod) => return true,
                // The same value of the same bits, or of others.
                ast::Expr::BinOp(e) if matches!(e.op, ast::Operator::Pow | ast::Operator::MatMult) => return false,
                ast::Expr::Attribute(member) if LAST_BITS.aspects.contains(member.attr.as_str()) => return false,
                ast::Expr::Call(call) if is_at(&call.func) => match at {
                    ast::Expr::Attribute(method) if self.is_cast(method.attr.as_str(), call) => return true,
                    ast::Expr::Attribute(method) if !LAST_BITS.exact.contains(method.attr.as_str()) => return false,
                    _ => up,
                },
                ast::Expr::Call(call) => {
                    if let Some(steps) = self.is_taken_by(call) {
                        return steps;
                    }
                    up
                }
                ast::Expr::Subscript(subscript) if is_at(&subscript.slice) => return true,
                ast::Expr::ListComp(e) if !is_at(&e.elt) => return self.is_item_stepped(&e.generators, at),
                ast::Expr::GeneratorExp(e) if !is_at(&e.elt) => return self.is_item_stepped(&e.generators, at),
                ast::Expr::Lambda(_) | ast::Expr::Dict(_) | ast::Expr::DictComp(_) | ast::Expr::SetComp(_) => return false,
                up => up,
            };
        }
    }

    /// `t.long()`, `t.to(torch.int64)`
    fn is_cast(&self, method: &str, call: &'a ast::ExprCall) -> bool {
        let names_integers = || {
            let mut words = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value)).map(|arg| self.cx.source(arg));
            words.any(|word| [".int", ".long", ".uint8", ".short", "int64", "int32"].iter().any(|name| word.contains(name)))
        };
        LAST_BITS.steps.contains(method) || matches!(method, "to" | "type" | "astype") && names_integers()
    }

    /// Whether a function of numbers has steps, or keeps them for some; None where their values go on.
    fn is_taken_by(&mut self, call: &'a ast::ExprCall) -> Option<bool> {
        let name = match &*call.func {
            ast::Expr::Name(name) => name.id.as_str(),
            ast::Expr::Attribute(member) => member.attr.as_str(),
            _ => return Some(false),
        };
        if name == "register_buffer" {
            let kept = call.args.first().and_then(receiver::string);
            return Some(kept.is_some_and(|kept| self.is_attribute_stepped(kept)));
        }
        if LAST_BITS.steps.contains(name) {
            return Some(true);
        }
        let is_of_library = match self.cx.entity(&call.func) {
            Some(Entity::Library(name)) => name.as_str().starts_with("torch.") || name.as_str().starts_with("numpy."),
            Some(Entity::Builtin(_)) => true,
            _ => false,
        };
        if is_of_library && LAST_BITS.exact.contains(name) { None } else { Some(false) }
    }

    fn is_kept_for_steps(&mut self, stmt: &'a ast::Stmt, value: &'a ast::Expr) -> bool {
        match stmt {
            ast::Stmt::Assign(assign) => assign.targets.iter().any(|target| self.is_target_stepped(target)),
            ast::Stmt::AnnAssign(assign) => self.is_target_stepped(&assign.target),
            ast::Stmt::For(over) if std::ptr::eq(&*over.iter, value) => self.is_target_stepped(&over.target),
            ast::Stmt::Return(_) => self.is_call_stepped(value),
            _ => false,
        }
    }

    fn is_item_stepped(&mut self, generators: &'a [ast::Comprehension], iter: &'a ast::Expr) -> bool {
        let over = generators.iter().find(|generator| std::ptr::eq(&generator.iter, iter));
        over.is_some_and(|generator| self.is_target_stepped(&generator.target))
    }

    fn is_target_stepped(&mut self, target: &'a ast::Expr) -> bool {
        match target {
            ast::Expr::Name(name) => {
                let id = name.id.as_str();
                self.is_any_stepped(id.to_owned(), views::enclosing_body(self.cx, target), |read| views::is_same_name(read, id))
            }
            ast::Expr::Attribute(member) => self.is_attribute_stepped(&member.attr),
            ast::Expr::Tuple(tuple) => tuple.elts.iter().any(|target| self.is_target_stepped(target)),
            _ => false,
        }
    }

    fn is_attribute_stepped(&mut self, name: &str) -> bool {
        let is_read = |read: &ast::Expr| matches!(read, ast::Expr::Attribute(member) if member.attr.as_str() == name);
        self.is_any_stepped(format!(".{name}"), &self.cx.file.suite, is_read)
    }

    /// What a function of the file gives back, where it is called there.
    fn is_call_stepped(&mut self, value: &'a ast::Expr) -> bool {
        let function = self.cx.ancestors(Node::Expr(value)).find_map(|up| match up {
            Node::Stmt(ast::Stmt::FunctionDef(function)) => Some(function.name.as_str()),
            _ => None,
        });
        let Some(function) = function else { return false };
        let is_call = |read: &ast::Expr| {
            let ast::Expr::Call(call) = read else { return false };
            match &*call.func {
                ast::Expr::Name(name) => name.id.as_str() == function,
                ast::Expr::Attribute(method) => method.attr.as_str() == function,
                _ => false,
            }
        };
        self.is_any_stepped(format!("{function}()"), &self.cx.file.suite, is_call)
    }

    fn is_any_stepped(&mut self, key: String, body: &'a [ast::Stmt], is_read: impl Fn(&ast::Expr) -> bool) -> bool {
        let start = body.first().map_or(0, |first| first.range().start().to_u32());
        if !self.seen.insert(format!("{start} {key}")) {
            return false;
        }
        let mut reads = Vec::new();
        for stmt in body {
            Node::Stmt(stmt).walk(&mut |node| {
                if let Node::Expr(read) = node
                    && is_read(read)
                {
                    reads.push(read);
                }
            });
        }
        reads.into_iter().any(|read| self.steps(read))
    }
}
