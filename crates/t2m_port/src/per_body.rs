//! What is found once for each body of a file, and asked for many times.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use t2m_syntax::ast;

/// By the first statement of the body, which no other body begins with.
pub(crate) struct PerBody<T>(RefCell<FxHashMap<*const ast::Stmt, Rc<T>>>);

impl<T> Default for PerBody<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T: Default> PerBody<T> {
    pub(crate) fn get(&self, body: &[ast::Stmt], find: impl FnOnce() -> T) -> Rc<T> {
        let Some(first) = body.first() else { return Rc::default() };
        if let Some(known) = self.0.borrow().get(&std::ptr::from_ref(first)) {
            return known.clone();
        }
        let found = Rc::new(find());
        self.0.borrow_mut().insert(first, found.clone());
        found
    }
}
