//! Rewrites that tables can't say: one file each, with its manual page beside it, which is also its test.
//!
//! The order of [`RULES`] is the precedence: the first claim on a node wins, and every rule comes before the table rows.

use t2m_syntax::ast;

use crate::claim::{Claim, StmtClaim};
use crate::cx::Cx;

mod annotation;
mod array_attribute;
mod array_bound;
mod asked_parameter;
pub(crate) mod attribute_name;
mod augmented_dtype;
mod bit_operator;
mod buffer_in_branch;
mod builtin_dtype;
mod cached_method;
mod caught_error;
mod caught_index;
mod chained_write;
mod class_default;
mod class_function;
mod class_name;
mod complex_optimizer;
mod complex_part;
mod computed_argument;
mod computed_data;
mod computed_name;
mod contains;
mod context_value;
mod contexts;
mod counted_parameters;
mod data;
mod dataclass_module;
mod device;
mod diagonal_item;
mod dict_check;
mod dtype_copy;
mod dtype_identity;
mod dtype_text;
mod edge_gradient;
mod erased_context;
mod erased_decorator;
mod evaluated_text;
mod extra_repr;
mod feature_probe;
mod floor_division;
mod fold;
pub(crate) mod foreign_package;
mod forward;
mod forward_assignment;
mod forward_call;
mod forward_name;
mod forwarded_attribute;
mod freeze_loop;
mod frozen_meanwhile;
mod function_input;
mod function_values;
mod gathered;
mod given_state;
mod given_value;
mod handed_parameter;
mod hard_use;
mod held_parameters;
mod held_values;
mod hidden_modules;
mod hidden_scores;
mod hook_module;
mod idle_step;
pub(crate) mod index;
mod indexed_class;
mod initialised_view;
mod inplace_layer;
mod instance_check;
mod integer_matmul;
mod integer_power;
mod kept_arrays;
mod kept_cast;
mod kept_parameter;
pub(crate) mod kept_values;
mod known_names;
mod law_constraints;
mod layer_dict;
mod layer_setting;
mod layer_view;
mod learning_rate;
mod listed_names;
mod made_parameter;
mod masked_targets;
mod member_on_path;
mod missing_bias;
mod module_array;
mod module_class;
mod module_copy;
mod module_equality;
mod module_evidence;
mod module_key;
mod module_length;
mod module_override;
mod module_registry;
mod module_text;
mod module_truth;
mod named_data;
mod named_field;
mod named_import;
mod named_member;
mod nested_write;
mod no_grad;
mod no_op;
mod none_equality;
mod numpy_scalar;
mod numpy_write;
mod open_members;
mod optimizer_class;
mod optimizer_state;
mod outside_dtype;
mod own_cast;
mod package_probe;
mod parallel_keys;
mod parallel_wrapper;
mod parameter;
mod parameter_check;
mod parameter_in_branch;
mod parameter_or_tensor;
mod places;
mod plain_before;
mod property_setter;
mod range_data;
mod read_after_training;
mod read_data;
mod register_buffer;
mod replaced_forward;
mod requires_grad;
mod resized_new;
mod returned_arrays;
mod safe_names;
mod set_by_name;
mod set_member;
mod set_outside;
mod setup_requirements;
mod several_targets;
mod shape;
mod shared_memory;
mod size_numel;
mod stale_view;
mod statement_parens;
mod stored_argument;
mod summed;
mod super_call;
mod taken_weight;
mod tensor_class;
pub(crate) mod tied_parts;
pub(crate) mod tied_weight;
mod to;
mod training_flag;
mod training_mode;
mod training_step;
mod unknown_list;
mod unported;
mod unread_index;
mod view_argument;
mod weight_as_tensor;
mod weight_data;
mod wide_product;
mod wide_statement;
mod written_back;
mod written_items;
mod zero_dim;
mod zero_grad;
mod zero_power;

/// A rewrite.
pub struct Rule {
    /// Kebab-case, named after what it matches: `in-place-index`.
    pub name: &'static str,
    /// The manual page, and the tests.
    pub doc: &'static str,
    pub hook: Hook,
}

/// When a rule is asked. Statements and expressions are asked children first.
pub enum Hook {
    /// Asked of expressions of these shapes.
    Expr(&'static [Shape], ExprHook),
    Stmt(StmtHook),
    /// A run of statements in one suite, asked before all others, outer suites first. Each claim belongs to one statement of the suite.
    Suite(SuiteHook),
}

pub type StmtHook = for<'a> fn(&Cx<'a>, &'a ast::Stmt) -> Option<StmtClaim<'a>>;

pub type SuiteHook = for<'a> fn(&Cx<'a>, &'a [ast::Stmt]) -> SuiteClaims<'a>;

pub type ExprHook = for<'a> fn(&Cx<'a>, &'a ast::Expr) -> Option<Claim<'a>>;

/// Claims on statements of one suite.
pub type SuiteClaims<'a> = Vec<(&'a ast::Stmt, StmtClaim<'a>)>;

/// All rules, by precedence.
pub const RULES: &[Rule] = &[
    // Lines in front of a statement, whoever speaks for it.
    chained_write::RULE,
    // Regions.
    training_step::BACKWARD_GRADIENT,
    training_step::RULE,
    training_step::INPUT_GRADIENT,
    training_step::GRADIENT_FUNCTION,
    training_step::OPTIMIZER_WRAPPER,
    training_step::REST,
    training_step::UPDATE_FUNCTION,
    training_step::LATE_LAYER,
    zero_grad::RULE,
    idle_step::RULE,
    optimizer_class::RULE,
    optimizer_state::STMT,
    optimizer_state::EXPR,
    learning_rate::STMT,
    learning_rate::EXPR,
    parallel_keys::RULE,
    parallel_wrapper::RULE,
    erased_context::RULE,
    erased_decorator::RULE,
    context_value::RULE,
    // Places and answers that are known: before what they leave empty.
    kept_cast::RULE,
    complex_optimizer::RULE,
    to::RULE,
    device::RULE,
    data::READ,
    data::WRITE,
    module_registry::READ,
    module_registry::WRITE,
    feature_probe::RULE,
    feature_probe::ABSENT,
    setup_requirements::RULE,
    size_numel::RULE,
    module_copy::RULE,
    module_copy::SHALLOW,
    dtype_copy::RULE,
    fold::EXPR,
    fold::STMT,
    requires_grad::ITEM,
    // In front of what drops `p.requires_grad_(True)` of arrays that are no parameters.
    frozen_meanwhile::RULE,
    freeze_loop::RULE,
    requires_grad::WRITE,
    no_op::RULE,
    weight_as_tensor::RULE,
    weight_data::RULE,
    no_grad::RULE,
    // Classes.
    replaced_forward::RULE,
    forward::RULE,
    forward::NAME,
    forward_assignment::RULE,
    forward_call::RULE,
    forward_name::RULE,
    module_override::RULE,
    training_flag::RULE,
    training_mode::RULE,
    unknown_list::RULE,
    extra_repr::RULE,
    super_call::RULE,
    super_call::BY_NAME,
    tied_weight::RULE,
    hidden_modules::RULE,
    stored_argument::RULE,
    module_array::RULE,
    hook_module::RULE,
    class_default::RULE,
    dataclass_module::RULE,
    class_function::RULE,
    register_buffer::RULE,
    parameter::RULE,
    attribute_name::RULE,
    module_key::RULE,
    module_equality::RULE,
    module_length::RULE,
    module_truth::STMT,
    module_truth::EXPR,
    missing_bias::RULE,
    layer_setting::RULE,
    layer_setting::PROBE,
    layer_dict::READ,
    class_name::RULE,
    listed_names::RULE,
    counted_parameters::RULE,
    requires_grad::READ,
    array_attribute::RULE,
    builtin_dtype::RULE,
    tensor_class::RULE,
    range_data::RULE,
    contains::RULE,
    dtype_identity::RULE,
    dtype_text::RULE,
    bit_operator::RULE,
    outside_dtype::RULE,
    floor_division::EXPR,
    floor_division::STMT,
    integer_matmul::RULE,
    integer_power::RULE,
    zero_power::RULE,
    resized_new::RULE,
    law_constraints::RULE,
    wide_product::RULE,
    edge_gradient::RULE,
    numpy_scalar::RULE,
    none_equality::RULE,
    zero_dim::CONSTANT,
    zero_dim::CAST,
    array_bound::RULE,
    diagonal_item::RULE,
    function_input::RULE,
    own_cast::RULE,
    nested_write::RULE,
    index::EXPR,
    index::STMT,
    caught_index::STMT,
    masked_targets::RULE,
    wide_statement::RULE,
    augmented_dtype::RULE,
    cached_method::RULE,
    indexed_class::RULE,
    property_setter::RULE,
    caught_error::STMT,
    caught_error::EXPR,
    caught_index::EXPR,
    annotation::RULE,
    parameter_check::RULE,
    instance_check::RULE,
    dict_check::RULE,
    forwarded_attribute::RULE,
    module_class::RULE,
    package_probe::RULE,
    named_import::RULE,
    named_field::RULE,
    computed_name::RULE,
    evaluated_text::RULE,
    member_on_path::RULE,
    named_member::RULE,
    set_member::RULE,
    foreign_package::RULE,
    statement_parens::RULE,
    module_text::RULE,
    hard_use::RULE,
    // Memory that PyTorch shares and MLX copies.
    kept_arrays::RULE,
    kept_parameter::RULE,
    held_parameters::RULE,
    stale_view::RULE,
    complex_part::RULE,
    unread_index::RULE,
    numpy_write::RULE,
    view_argument::RULE,
    written_back::RULE,
    initialised_view::RULE,
    inplace_layer::RULE,
];

pub(crate) use annotation::type_member;
pub(crate) use asked_parameter::is_stored_anywhere as stores_parameters;
pub(crate) use contexts::{GradMode, NO_GRAD, grad_mode, is_no_grad, own_manager};
pub(crate) use edge_gradient::behind_edge;
pub(crate) use missing_bias::{is_configuration, may_lack_arrays};
pub(crate) use module_array::holds_tensors;
pub(crate) use no_grad::{is_creating_method, is_creation, is_like, is_off_at, stored_value};
pub(crate) use open_members::OpenMembers;
pub(crate) use own_cast::stands_before as is_cast_before;
pub(crate) use places::{is_device, last_name, new_text};
pub(crate) use requires_grad::is_array_for_sure;
pub use shape::Shape;
pub(crate) use shape::{ABOUT_STATEMENTS, ABOUT_SUITES, rules_for};
pub(crate) use stale_view::stale_name;
pub(crate) use super_call::{is_of_torch, own_name};
pub(crate) use training_step::{
    Holder, Switchers, TrainedModels, is_optimizer_class, norm_of_all, owner_elsewhere, passed_whole, trained_by,
};
pub(crate) use unported::{
    computes, only_tensors_have, paths_have, tensors_have, unmapped, unported_member, unported_name, unported_tensor_call,
};
pub(crate) use weight_data::{is_own as is_own_weight, weight as weight_without_gradient};
pub(crate) use wide_product::{is_claimed as is_wide_product, is_wide};
