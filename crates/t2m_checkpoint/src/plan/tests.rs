use super::*;
use crate::checkpoint::{Checkpoint, Kind, Tensor};
use crate::dtype::Dtype;
use crate::optimizer::{Group, Kept, Optimizer};
use crate::view::{Storage, View};

const PLAN: &str = r#"{
  "schema": 1,
  "classes": {
    "net.Net": {
      "members": {
        "emb": { "is": "torch.nn.Embedding", "required": true, "holds": ["weight"] },
        "keys": { "is": "torch.nn.Linear", "name": "keys_", "required": true, "holds": ["weight", "bias"] },
        "_scale": { "is": "buffer", "name": "scale_" },
        "blocks": { "is": { "list": "net.Block" } },
        "heads": { "is": { "dict": "unknown" } },
        "stem": { "is": { "children": { "0": "torch.nn.Conv2d", "1": "torch.nn.BatchNorm2d" } } },
        "branch*": { "is": "torch.nn.Linear" },
        "attn": { "is": "torch.nn.MultiheadAttention" },
        "cache": { "is": "unsaved" },
        "out": { "is": "torch.nn.Linear", "required": true, "holds": ["weight"] },
        "last": { "is": "torch.nn.Linear" },
        "deep": { "is": { "children": { "embedding": "torch.nn.Embedding" } } },
        "to": { "is": "torch.nn.Linear" },
        "down": { "is": { "children": { "-1": "torch.nn.Identity", "0": "torch.nn.Linear" }, "names": { "0": "0_" } } }
      },
      "ties": { "out.weight": "emb.weight" },
      "possible_ties": { "last.weight": "emb.weight", "to.weight": "deep.embedding.weight" }
    },
    "net.Block": { "members": { "w": { "is": "parameter", "required": true } } },
    "net.Attn": {
      "members": {
        "mask": { "is": "buffer", "required": true },
        "proj": { "is": "torch.nn.Linear", "required": true, "holds": ["weight"] }
      }
    },
    "lit.Net": { "open": true, "members": { "net": { "is": "net.Net" } } }
  },
  "layers": {
    "torch.nn.Embedding": { "weight": {} },
    "torch.nn.Linear": { "weight": {}, "bias": {} },
    "torch.nn.BatchNorm2d": { "weight": {}, "bias": {}, "running_mean": {}, "running_var": {}, "num_batches_tracked": {} },
    "torch.nn.Conv2d": { "weight": { "axes": [0, 2, 3, 1] }, "bias": {} },
    "torch.nn.MultiheadAttention": {
      "in_proj_weight": { "split": ["query_proj.weight", "key_proj.weight", "value_proj.weight"] },
      "kv.weight": { "join": ["k.weight", "v.weight"] },
      "gone": { "drop": true }
    }
  }
}"#;

fn tensor(name: &str, shape: &[u64]) -> Tensor {
    let count: u64 = shape.iter().product();
    let bytes = (0..count).flat_map(|i| (i as f32).to_le_bytes()).collect();
    Tensor { name: name.into(), view: View::contiguous(Storage::of_bytes(bytes), Dtype::F32, shape.to_vec()).expect("fits") }
}

fn whole() -> Vec<Tensor> {
    [
        ("emb.weight", &[5, 3][..]),
        ("keys.weight", &[3, 3]),
        ("keys.bias", &[3]),
        ("_scale", &[3]),
        ("blocks.0.w", &[2]),
        ("blocks.1.w", &[2]),
        ("heads.a.0.weight", &[2, 2]),
        ("stem.0.weight", &[4, 2, 3, 3]),
        ("stem.1.weight", &[4]),
        ("stem.1.running_mean", &[4]),
        ("stem.1.running_var", &[4]),
        ("branch0.weight_g", &[3, 1]),
        ("branch0.weight_v", &[3, 3]),
        ("attn.in_proj_weight", &[6, 2]),
        ("attn.k.weight", &[2, 2]),
        ("attn.v.weight", &[2, 2]),
        ("out.weight", &[5, 3]),
        ("deep.embedding.weight", &[4, 3]),
        ("to.weight", &[4, 3]),
        ("down.0.weight", &[2, 2]),
    ]
    .map(|(name, shape)| tensor(name, shape))
    .into()
}

fn apply(class: &str, tensors: &[Tensor], direction: Direction, strictness: Strictness) -> Result<Planned> {
    Plan::parse(PLAN)?.apply(class, tensors, direction, strictness)
}

fn names(planned: &Planned) -> Vec<&str> {
    let mut names: Vec<&str> = planned.outputs.iter().map(|output| output.name.as_str()).collect();
    names.sort_unstable();
    names
}

fn error(tensors: &[Tensor]) -> String {
    apply("net.Net", tensors, Direction::ToMlx, Strictness::default()).expect_err("does not fit").to_string()
}

#[test]
fn names_are_renamed_split_joined_and_untied() {
    let planned = apply("net.Net", &whole(), Direction::ToMlx, Strictness::default()).expect("fits");
    let expected = [
        "attn.key_proj.weight",
        "attn.kv.weight",
        "attn.query_proj.weight",
        "attn.value_proj.weight",
        "blocks.0.w",
        "blocks.1.w",
        "branch0.weight_g",
        "branch0.weight_v",
        "deep.embedding.weight",
        "down.0_.weight",
        "emb.weight",
        "heads.a.0.weight",
        "keys_.bias",
        "keys_.weight",
        "scale_",
        "stem.0.weight",
        "stem.1.num_batches_tracked",
        "stem.1.running_mean",
        "stem.1.running_var",
        "stem.1.weight",
    ];
    assert_eq!(names(&planned), expected);
    let shape = |name: &str| planned.outputs.iter().find(|output| output.name == name).map(|output| output.shape.clone());
    assert_eq!(shape("stem.0.weight"), Some(vec![4, 3, 3, 2]));
    assert_eq!(shape("attn.key_proj.weight"), Some(vec![2, 2]));
    assert_eq!(shape("attn.kv.weight"), Some(vec![4, 2]));
}

/// What is wrong with the shapes of a class, by the parts of its plan.
fn shapes(fc: &str, more: &str, tensors: &[(&str, &[u64])]) -> Option<String> {
    let plan = format!(
        r#"{{ "schema": 1, {more} "classes": {{ "net.Net": {{ "members": {{
            "fc": {{ "is": "torch.nn.Linear", "required": true, "holds": ["weight"], {fc} }},
            "items": {{ "is": {{ "list": "torch.nn.Linear" }}, "required": true, "holds": ["*.weight"], "shapes": {{ "*.weight": "2, ?" }} }} }} }} }},
          "layers": {{ "torch.nn.Linear": {{ "weight": {{ "rank": 2 }}, "bias": {{ "rank": 1 }} }} }} }}"#
    );
    let tensors: Vec<Tensor> = tensors.iter().map(|(name, shape)| tensor(name, shape)).collect();
    let planned = Plan::parse(&plan).and_then(|plan| plan.apply("net.Net", &tensors, Direction::ToMlx, Strictness::default()));
    planned.err().map(|error| error.to_string())
}

#[test]
fn shapes_are_compared_where_they_are_certain() {
    let known = r#""shapes": { "weight": "4, 3" }"#;
    let open = r#""shapes": {}"#;
    assert_eq!(shapes(known, "", &[("fc.weight", &[4, 3])]), None);
    let said = "one name of another shape: `fc.weight` (expected [4, 3], found [3, 4])";
    assert_eq!(shapes(known, "", &[("fc.weight", &[3, 4])]).as_deref(), Some(said));
    assert_eq!(shapes(open, "", &[("fc.weight", &[3, 4])]), None);
    let said = "2 names of another shape: `fc.bias` (expected 1 axis, found []), `fc.weight` (expected 2 axes, found [3, 4, 1, 1])";
    assert_eq!(shapes(open, "", &[("fc.weight", &[3, 4, 1, 1]), ("fc.bias", &[])]).as_deref(), Some(said));
    let said = "one name of another shape: `items.1.weight` (expected [2, ?], found [3, 7])";
    let items: &[(&str, &[u64])] = &[("fc.weight", &[4, 3]), ("items.0.weight", &[2, 5]), ("items.1.weight", &[3, 7])];
    assert_eq!(shapes(known, "", items).as_deref(), Some(said));
    // Under a norm it has another name, and another shape.
    assert_eq!(shapes(known, "", &[("fc.weight_g", &[4, 1]), ("fc.weight_v", &[4, 3]), ("fc.bias", &[4])]), None);
    // Others put something in its place.
    assert_eq!(shapes(known, r#""set_from_outside": ["fc"],"#, &[("fc.weight", &[3, 3, 3])]), None);
    assert_eq!(shapes(known, r#""reshaped": ["fc"],"#, &[("fc.weight", &[3, 3, 3])]), None);
    assert_eq!(shapes(known, r#""reshaped": ["*"],"#, &[("fc.weight", &[3, 3])]), None);
    assert!(shapes(known, r#""reshaped": ["*"],"#, &[("fc.weight", &[3, 3, 3])]).is_some());
}

/// MLX hides names with an underscore in front, whatever holds them.
#[test]
fn hidden_keys_get_their_underscore_behind() {
    let mut tensors = whole();
    tensors.extend(["heads._b.weight", "heads._b._c.bias", "heads.update_.weight"].map(|name| tensor(name, &[2, 2])));
    let planned = apply("net.Net", &tensors, Direction::ToMlx, Strictness::default()).expect("fits");
    let heads: Vec<&str> = names(&planned).into_iter().filter(|name| name.starts_with("heads.")).collect();
    assert_eq!(heads, ["heads.a.0.weight", "heads.b_.c_.bias", "heads.b_.weight", "heads.update_.weight"]);
}

/// What was written, read again.
fn reread(planned: &Planned) -> Vec<Tensor> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.safetensors");
    crate::write(&planned.outputs, &path, &crate::WriteOptions::default()).expect("is written");
    crate::Checkpoint::from_bytes(std::fs::read(&path).expect("is there"), &crate::OpenOptions::default()).expect("is read").tensors
}

#[test]
fn there_and_back_again_gives_the_same_bytes() {
    let before = whole();
    let there = reread(&apply("net.Net", &before, Direction::ToMlx, Strictness::default()).expect("fits"));
    let back = reread(&apply("net.Net", &there, Direction::ToPytorch, Strictness::default()).expect("fits"));
    for tensor in &before {
        let again = back.iter().find(|other| other.name == tensor.name).unwrap_or_else(|| panic!("{} is lost", tensor.name));
        assert_eq!(again.view.shape(), tensor.view.shape(), "{}", tensor.name);
        assert_eq!(again.view.read().expect("reads"), tensor.view.read().expect("reads"), "{}", tensor.name);
    }
    assert_eq!(back.len(), before.len() + 2, "the count of batches, and what may be tied");
}

const OPTIMIZERS: &str = r#"{ "optimizer": [
    { "is": ["Adam"], "state": { "exp_avg": "m", "exp_avg_sq": "v" } },
    { "is": ["SGD"], "state": { "momentum_buffer": "v" }, "set": { "started": true }, "counts": false },
    { "is": ["Adagrad"], "state": { "sum": "v" } }
] }"#;

/// Adam's state of these parameters, a group each list: moments that are the numbers of the parameter.
fn adam(tensors: &[Tensor], groups: &[&[&str]]) -> Optimizer {
    let mut optimizer = Optimizer { groups: Vec::new(), state: Default::default(), place: String::new(), notes: Vec::new(), size: 0 };
    for group in groups {
        let mut keys = Vec::new();
        for name in *group {
            let key = optimizer.state.len().to_string();
            let tensor = tensors.iter().find(|tensor| tensor.name == *name).expect("is there");
            let moment = |name: &str| (name.to_owned(), Kept::Tensor(tensor.view.clone()));
            let step = ("step".to_owned(), Kept::Number(7.0));
            optimizer.state.insert(key.clone(), vec![step, moment("exp_avg"), moment("exp_avg_sq")]);
            keys.push(key);
        }
        optimizer.groups.push(Group { rate: Some(0.5), parameters: keys, names: Vec::new(), settings: Default::default() });
    }
    optimizer
}

fn state(tensors: &[Tensor], groups: &[&[&str]]) -> Result<Planned> {
    state_of("net.Net", tensors, groups)
}

fn state_of(class: &str, tensors: &[Tensor], groups: &[&[&str]]) -> Result<Planned> {
    let model = Checkpoint { kind: Kind::TorchZip, tensors: tensors.to_vec(), optimizer: None, tree: None, notes: Vec::new(), size: 0 };
    let table = serde_json::from_str(OPTIMIZERS).expect("a table");
    Plan::parse(PLAN)?.optimizer(class, &model, &adam(tensors, groups), &table)
}

/// All that is trained, in the model's order.
const TRAINED: &[&str] = &[
    "emb.weight",
    "keys.weight",
    "keys.bias",
    "blocks.0.w",
    "blocks.1.w",
    "heads.a.0.weight",
    "stem.0.weight",
    "stem.1.weight",
    "branch0.weight_g",
    "branch0.weight_v",
    "attn.in_proj_weight",
    "attn.k.weight",
    "attn.v.weight",
    "deep.embedding.weight",
    "down.0.weight",
];

#[test]
fn moments_go_the_way_of_their_weights() {
    let tensors = whole();
    let planned = state(&tensors, &[TRAINED]).expect("fits");
    let weights = apply("net.Net", &tensors, Direction::ToMlx, Strictness::default()).expect("fits");
    let (state, weights) = (reread(&planned), reread(&weights));
    let mut moments = 0;
    for weight in &weights {
        let Some(moment) = state.iter().find(|tensor| tensor.name == format!("{}.m", weight.name)) else { continue };
        assert_eq!(moment.view.shape(), weight.view.shape(), "{}", weight.name);
        assert_eq!(moment.view.read().expect("reads"), weight.view.read().expect("reads"), "{}", weight.name);
        moments += 1;
    }
    assert_eq!(moments, TRAINED.len() + 1, "one is split in three, two are joined");
    assert!(
        state.iter().any(|tensor| tensor.name == "attn.query_proj.weight.v") && !state.iter().any(|tensor| tensor.name.contains("running"))
    );
    let step = state.iter().find(|tensor| tensor.name == "step").expect("is there");
    assert_eq!(step.view.read_f64().expect("reads"), [7.0]);
}

/// The state of a port's optimizer for PyTorch.
fn back(state: &[Tensor], is: Option<&str>) -> Result<Planned> {
    let table = serde_json::from_str(OPTIMIZERS).expect("a table");
    Plan::parse(PLAN)?.optimizer_for_pytorch("net.Net", state, &table, is)
}

#[test]
fn moments_come_back_as_they_were() {
    let tensors = whole();
    for groups in [vec![TRAINED], vec![&TRAINED[..3], &TRAINED[3..]]] {
        let there = reread(&state(&tensors, &groups).expect("fits"));
        let again = reread(&back(&there, None).expect("fits"));
        for tensor in tensors.iter().filter(|tensor| TRAINED.contains(&tensor.name.as_str())) {
            let moment = again.iter().find(|other| other.name == format!("{}.exp_avg", tensor.name));
            let moment = moment.unwrap_or_else(|| panic!("{} is lost", tensor.name));
            assert_eq!(moment.view.shape(), tensor.view.shape(), "{}", tensor.name);
            assert_eq!(moment.view.read().expect("reads"), tensor.view.read().expect("reads"), "{}", tensor.name);
            let step = again.iter().find(|other| other.name == format!("{}.step", tensor.name)).expect("is there");
            assert_eq!(step.view.read_f64().expect("reads"), [7.0]);
        }
        let rates: Vec<&str> = again.iter().map(|tensor| tensor.name.as_str()).filter(|name| name.starts_with("param_groups.")).collect();
        assert_eq!(rates, (0..groups.len()).map(|group| format!("param_groups.{group}.lr")).collect::<Vec<_>>());
    }
}

#[test]
fn a_state_that_may_be_of_several_optimizers_is_not_guessed() {
    let state = [tensor("emb.weight.v", &[11, 4]), tensor("step", &[])];
    let said = back(&state, None).expect_err("either").to_string();
    assert!(said.contains("`v` may be the state of SGD, of Adagrad; --optimizer-class says which"), "{said}");
    assert!(names(&back(&state, Some("Adagrad")).expect("fits")).contains(&"emb.weight.sum"));
    assert!(!names(&back(&state, Some("SGD")).expect("fits")).contains(&"emb.weight.step"), "it counts nothing");
    let said = back(&state, Some("Adam")).expect_err("keeps m").to_string();
    assert!(said.contains("the port of Adam keeps something else"), "{said}");
    let said = back(&state, Some("Lion")).expect_err("not known").to_string();
    assert!(said.contains("known are Adam, SGD, Adagrad"), "{said}");
    let said = back(&[tensor("other.weight.v", &[3])], Some("SGD")).expect_err("no such parameter").to_string();
    assert!(said.contains("`other.weight`, which `net.Net` does not have"), "{said}");
    assert!(back(&[tensor("emb.weight", &[3])], None).is_err() && back(&[tensor("step", &[])], None).is_err());
}

#[test]
fn running_statistics_are_no_parameters_where_nothing_is_known() {
    let names_of = ["net.emb.weight", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"];
    let tensors = names_of.map(|name| tensor(name, if name.starts_with("net") { &[5, 3] } else { &[4] }));
    let planned = state_of("lit.Net", &tensors, &[&names_of[..3]]).expect("fits");
    assert!(names(&planned).contains(&"bn.bias.m") && !names(&planned).contains(&"bn.running_mean.m"));
}

#[test]
fn numbers_of_a_state_are_not_guessed() {
    let tensors = whole();
    let matrices: Vec<&str> =
        TRAINED.iter().copied().filter(|name| !["keys.bias", "blocks.0.w", "blocks.1.w", "stem.1.weight"].contains(name)).collect();
    let planned =
        state(&tensors, &[&matrices, &["keys.bias", "blocks.0.w", "blocks.1.w", "stem.1.weight"]]).expect("shapes tell the groups");
    assert!(names(&planned).contains(&"1.blocks.1.w.m") && names(&planned).contains(&"0.stem.0.weight.v"));
    let rest: Vec<&str> = TRAINED.iter().copied().filter(|name| *name != "blocks.0.w").collect();
    let said = state(&tensors, &[&rest, &["blocks.0.w"]]).expect_err("either block").to_string();
    assert!(said.contains("in more than one way"), "{said}");
    let mut turned = TRAINED.to_vec();
    turned.reverse();
    let said = state(&tensors, &[&turned]).expect_err("another order").to_string();
    assert!(said.contains("which are not the 17 of the checkpoint in their order"), "{said}");
}

#[test]
fn what_does_not_fit_is_listed() {
    let mut tensors = whole();
    tensors.retain(|tensor| !["keys.bias", "blocks.1.w"].contains(&tensor.name.as_str()));
    tensors.push(tensor("blocks.1.x", &[1]));
    tensors.push(tensor("cache", &[1]));
    let said = error(&tensors);
    assert!(said.contains("2 names that `net.Net` does not have: `blocks.1.x`, `cache`"), "{said}");
    assert!(said.contains("2 names of `net.Net` that the checkpoint lacks: `keys.bias`, `blocks.1.w`"), "{said}");
    let lenient = Strictness { allow_missing: true, allow_extra: true };
    let planned = apply("net.Net", &tensors, Direction::ToMlx, lenient).expect("is allowed");
    assert!(!names(&planned).contains(&"cache"));
    assert!(planned.notes.iter().any(|note| note.contains("left out 2 names")), "{:?}", planned.notes);
}

#[test]
fn buffers_that_the_model_makes_are_named() {
    let notes = |more: &[&str]| {
        let tensors: Vec<Tensor> = whole().into_iter().chain(more.iter().map(|name| tensor(name, &[2, 2]))).collect();
        let planned = apply("net.Net", &tensors, Direction::ToMlx, Strictness::default()).expect("fits");
        planned.notes.into_iter().filter(|note| note.contains("to lack buffers")).collect::<Vec<_>>()
    };
    let lacking = notes(&["heads.b.0.proj.weight", "heads.b.1.proj.weight", "heads.b.1.mask"]);
    assert!(matches!(&lacking[..], [note] if note.contains(": `heads.b.0.mask`;")), "{lacking:?}");
    assert!(notes(&["heads.b.0.proj.weight", "heads.b.0.mask", "heads.c.weight"]).is_empty());
}

#[test]
fn a_tied_weight_may_be_there_under_either_name() {
    let mut tensors = whole();
    tensors.retain(|tensor| tensor.name != "emb.weight");
    let planned = apply("net.Net", &tensors, Direction::ToMlx, Strictness::default()).expect("fits");
    assert!(names(&planned).contains(&"emb.weight") && !names(&planned).contains(&"out.weight"));
}

#[test]
fn what_may_be_tied_is_if_its_values_are_the_same() {
    let mut tensors = whole();
    tensors.push(tensor("last.weight", &[5, 3]));
    let planned = apply("net.Net", &tensors, Direction::ToMlx, Strictness::default()).expect("fits");
    assert!(!names(&planned).contains(&"last.weight"));
    let bytes = vec![1; 60];
    let other = View::contiguous(Storage::of_bytes(bytes), Dtype::F32, vec![5, 3]).expect("fits");
    *tensors.last_mut().expect("one is there") = Tensor { name: "last.weight".into(), view: other };
    let planned = apply("net.Net", &tensors, Direction::ToMlx, Strictness::default()).expect("fits");
    assert!(names(&planned).contains(&"last.weight"));
}

#[test]
fn a_prefix_of_lightning_is_matched_against_the_class() {
    let lightning: Vec<Tensor> = whole().into_iter().map(|tensor| Tensor { name: format!("net.{}", tensor.name), ..tensor }).collect();
    let planned = apply("net.Net", &lightning, Direction::ToMlx, Strictness::default()).expect("fits");
    assert!(names(&planned).contains(&"keys_.weight"));
    let planned = apply("lit.Net", &lightning, Direction::ToMlx, Strictness::default()).expect("fits");
    assert!(names(&planned).contains(&"net.keys_.weight"));
    let mut more = lightning;
    more.push(tensor("loss.weight", &[1]));
    assert!(error(&more).contains("`loss.weight`"));
}

#[test]
fn classes_are_named_as_users_do() {
    let plan = Plan::parse(PLAN).expect("is a plan");
    assert_eq!(plan.class_named("net.Block"), Ok("net.Block"));
    assert_eq!(plan.class_named("Block"), Ok("net.Block"));
    assert_eq!(plan.class_named("package.net.Net"), Ok("net.Net"));
    assert!(plan.class_named("Net").expect_err("two have the name").to_string().contains("`lit.Net`"));
    assert!(plan.class_named("net.Nothing").expect_err("none").to_string().contains("`net.Block`"));
    assert!(Plan::parse(&PLAN.replace("\"schema\": 1", "\"schema\": 2")).is_err());
}
