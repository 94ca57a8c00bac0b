//! A parameter that is made first and given to a module then: `net.register_parameter("scale", scale)`. An optimizer of MLX puts a new array into the module, and the
//! first name keeps what it had.

use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::read_after_training::is_read_after_training;
use super::tied_weight::Stored;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::{receiver, views};

/// What a statement that gives a parameter to a module means for the name it had.
pub(super) enum Handed {
    /// It is read when the module has been trained.
    Read(Finding),
    /// Nobody reads it by the first name: the module alone holds it.
    Given,
}

pub(super) fn handed<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, stored: &Stored<'a>) -> Option<Handed> {
    match stored.value {
        ast::Expr::Name(name) => {
            let module = stored.object.as_name_expr()?;
            let is_one = cx.kind(stored.value) == t2m_semantic::Kind::Parameter
                && receiver::self_class(cx, stored.object).is_none()
                && receiver::is_module(cx, stored.object)
                && cx.may_change_models();
            let is_read = is_one && is_read_after_training(cx, stmt, stored.value, &name.id, &module.id, false);
            is_read.then(|| Handed::Read(finding(cx, stored, stmt)))
        }
        // `self.net.register_parameter("scale", self.scale)` in a class that is no module
        ast::Expr::Attribute(place) => {
            let class = receiver::self_class(cx, &place.value)?;
            let is_below = matches!(stored.object, ast::Expr::Attribute(of) if cx.source(&*of.value) == cx.source(&*place.value));
            if receiver::makes_modules(cx, class) || !is_below || !receiver::is_module(cx, stored.object) {
                return None;
            }
            let is_parameter = cx.kind(stored.value) == t2m_semantic::Kind::Parameter || !matches!(stmt, ast::Stmt::Assign(_));
            if !is_parameter {
                return None;
            }
            let is_read = cx.may_change_models() && is_read_in_class(cx, stmt, stored.value);
            Some(if is_read { Handed::Read(finding(cx, stored, stmt)) } else { Handed::Given })
        }
        _ => None,
    }
}

fn finding<'a>(cx: &Cx<'a>, stored: &Stored<'a>, stmt: &'a ast::Stmt) -> Finding {
    let (value, object) = (cx.snippet(stored.value), cx.snippet(stored.object));
    let place = format!("{object}.{}", stored.name);
    let reason = format!(
        "`{value}` is read beside `{place}`: PyTorch trains one parameter under both names, an optimizer of MLX puts a new array into `{object}`, and `{value}` stays what it is"
    );
    Finding::todo(codes::KEPT_ARRAYS, stmt.range(), reason).help(format!("read `{place}` wherever `{value}` is read"))
}

/// Whether another statement of the class reads the attribute for more than another parameter: `self.scale = nn.Parameter(self.scale)` comes before.
fn is_read_in_class<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, attribute: &'a ast::Expr) -> bool {
    let around = cx.ancestors(Node::Stmt(stmt)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::ClassDef(class)) => Some(&class.body),
        _ => None,
    });
    let text = cx.source(attribute);
    let own = views::enclosing_body(cx, attribute);
    let is_in_front =
        |read: &ast::Expr| own.iter().any(|own| own.range().contains_range(read.range())) && read.range().end() <= stmt.range().start();
    let mut found = false;
    for other in around.into_iter().flatten() {
        Node::Stmt(other).walk(&mut |node| {
            if let Node::Expr(read @ ast::Expr::Attribute(place)) = node {
                found |= place.ctx.is_load()
                    && cx.source(read) == text
                    && !stmt.range().contains_range(read.range())
                    && !is_in_front(read)
                    && !views::is_metadata(cx, read);
            }
        });
    }
    found
}
