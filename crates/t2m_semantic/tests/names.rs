//! What names mean: every expression statement says in its comment what it stands for; `-` is nothing.

use t2m_semantic::tables::Tables;
use t2m_semantic::{Entity, Facts, Project, ProjectFile};
use t2m_syntax::stack::with_deep_stack;
use t2m_syntax::{Node, SourceFile, ast};

fn project(root_package: Option<&str>, files: &[(&str, &str)]) -> Project {
    let files = files
        .iter()
        .map(|(path, text)| ProjectFile { source: SourceFile::parse(*path, *text).expect("parses"), path: (*path).to_owned() })
        .collect();
    Project { files, root_package: root_package.map(str::to_owned), others: Vec::new() }
}

fn shown(project: &Project, entity: Option<&Entity>) -> String {
    match entity {
        Some(Entity::Library(name)) => name.to_string(),
        Some(Entity::Class(_)) => "a class".to_owned(),
        Some(Entity::Function(_)) => "a function".to_owned(),
        Some(Entity::File(file)) => project.file(*file).path.clone(),
        Some(Entity::Builtin(name)) => format!("builtin {name}"),
        None => "-".to_owned(),
    }
}

/// Checks the expression statements of all files; returns how many.
fn check_project(project: &Project) -> usize {
    let facts = Facts::new(project, &Tables::default());
    let mut checked = 0;
    for id in project.ids() {
        let source = &project.file(id).source;
        for stmt in &source.suite {
            Node::Stmt(stmt).walk(&mut |node| {
                let Node::Stmt(ast::Stmt::Expr(stmt)) = node else { return };
                let line = source.line_column(stmt.range.end()).line;
                let text = source.text.lines().nth(line - 1).unwrap_or_default();
                let Some((_, expected)) = text.split_once("# ") else { return };
                assert_eq!(shown(project, facts.file(id).entity(&stmt.value)), expected, "{}:{line}: {text}", source.path);
                checked += 1;
            });
        }
    }
    checked
}

fn check(files: &[(&str, &str)]) {
    with_deep_stack(|| assert!(check_project(&project(None, files)) > 0, "nothing was checked"));
}

#[test]
fn every_spelling_of_an_import() {
    check(&[(
        "a.py",
        "import torch
import torch as th
import torch.nn as nn
import torch.nn.functional as F
from torch import nn as tnn, Tensor
from torch.nn import Linear as L
from torch.nn.modules.conv import Conv2d
import torch.optim.lr_scheduler
import numpy as np
torch.cat  # torch.cat
th.nn.Linear  # torch.nn.Linear
nn.Linear  # torch.nn.Linear
tnn.Linear  # torch.nn.Linear
L  # torch.nn.Linear
Tensor  # torch.Tensor
Conv2d  # torch.nn.Conv2d
F.softmax  # torch.nn.functional.softmax
torch.optim.lr_scheduler.StepLR  # torch.optim.lr_scheduler.StepLR
np.sqrt  # numpy.sqrt
isinstance  # builtin isinstance
",
    )]);
}

#[test]
fn a_local_or_parameter_shadows() {
    check(&[(
        "a.py",
        "import torch
from torch.nn import functional as F
def f(F):
    F.relu  # -
def g():
    for torch in []:
        torch.cat  # -
def h():
    F.relu  # torch.nn.functional.relu
class C:
    F = 1
    def m(self):
        F.relu  # torch.nn.functional.relu
def w(xs):
    [(F := x) for x in xs]
    F  # -
def k():
    global torch
    torch.cat  # torch.cat
def n(x):
    match x:
        case [F, *_]:
            F  # -
def lam():
    (lambda F: F)(1)
    F.relu  # torch.nn.functional.relu
",
    )]);
}

#[test]
fn bindings_that_disagree_are_unknown() {
    check(&[(
        "a.py",
        "try:
    from torch.nn.functional import relu
except ImportError:
    from torch import relu
try:
    from torch.nn import GELU
except ImportError:
    GELU = None
try:
    import torch.nn as nn
except ImportError:
    import torch.nn as nn
if x:
    act = nn.ReLU
else:
    act = nn.GELU
norm = nn.LayerNorm
relu  # -
GELU  # torch.nn.GELU
nn.ReLU  # torch.nn.ReLU
act  # -
norm  # torch.nn.LayerNorm
def f():
    from torch.nn import Linear
    Linear  # torch.nn.Linear
Linear  # -
",
    )]);
}

#[test]
fn star_imports_bind_what_the_module_exports() {
    check(&[
        ("a.py", "from torch.nn import *\nfrom b import *\nLinear  # torch.nn.Linear\nBlock  # a class\n_hidden  # -\neinsum  # -\n"),
        ("b.py", "class Block: pass\ndef _hidden(): pass\n"),
    ]);
}

#[test]
fn imports_between_files() {
    check(&[
        ("pkg/__init__.py", "from .layers import Block as B, helper\nfrom . import layers\nfrom .layers import np\n"),
        ("pkg/layers.py", "import numpy as np\nclass Block: pass\ndef helper(): pass\n"),
        ("pkg/sub/__init__.py", ""),
        ("pkg/sub/m.py", "from ..layers import Block\nfrom ... import x\nfrom pkg import B\nBlock  # a class\nB  # a class\nx  # -\n"),
        (
            "train.py",
            "import pkg\nimport pkg.sub.m\nfrom pkg import np\nimport scripts.tool as t\npkg.B  # a class\npkg.layers.helper  # a function\npkg.layers  # pkg/layers.py\n\
             pkg.sub.m  # pkg/sub/m.py\nnp.abs  # numpy.abs\nt.go  # a function\n",
        ),
        ("scripts/tool.py", "import other\ndef go(): pass\nother.Z  # a class\n"),
        ("scripts/other.py", "class Z: pass\n"),
        (
            "own.py",
            "import sys\nme = sys.modules[__name__]\nclass A: pass\nto = lambda x: x\ndef go(name):\n    me.A  # a class\n    me.to  # -\n    sys.modules[name]  # -\n",
        ),
    ]);
}

#[test]
fn the_root_can_be_a_package_itself() {
    with_deep_stack(|| {
        let files = [
            ("__init__.py", "from .layers import Block\n"),
            ("layers/__init__.py", "from .block import *\n"),
            ("layers/block.py", "__all__ = ['Block']\nclass Block: pass\nclass Other: pass\n"),
            (
                "use.py",
                "from timm.layers import Block, Other\nimport layers\nimport timm\nBlock  # a class\nOther  # -\nlayers  # layers\ntimm.Block  # a class\n",
            ),
        ];
        assert_eq!(check_project(&project(Some("timm"), &files)), 4);
    });
}

#[test]
fn imported_names_know_their_loads() {
    with_deep_stack(|| {
        let project = project(
            None,
            &[
                (
                    "a.py",
                    "import torch\nimport torch.nn as nn\nfrom torch import cat as c\n__all__ = ['c']\ndef f(nn):\n    return nn + torch.abs(torch.pi)\n",
                ),
                ("b.py", "from a import nn\n"),
            ],
        );
        let facts = Facts::new(&project, &Tables::default());
        let file = facts.file(project.ids().next().expect("a file"));
        let seen: Vec<_> = file.imports().iter().map(|name| (name.local.as_str(), name.loads.len(), name.reexported)).collect();
        assert_eq!(seen, [("torch", 2, false), ("nn", 0, true), ("c", 0, true)]);
    });
}

#[test]
fn names_of_a_module_that_is_a_value_may_be_looked_up() {
    with_deep_stack(|| {
        let losses = "import torch.nn as nn\nfrom torch.nn import MSELoss, L1Loss as _l1\ndef f():\n    from torch import cat\n";
        let uses = "import losses, other\nfrom pack import more\nother.f()\ndef make(name):\n    return getattr(losses, name), more\n";
        let project = project(
            None,
            &[
                ("losses.py", losses),
                ("other.py", "from torch.nn import MSELoss\ndef f(): pass\n"),
                ("pack/__init__.py", ""),
                ("pack/more.py", "from torch import cat\n"),
                ("train.py", uses),
            ],
        );
        let facts = Facts::new(&project, &Tables::default());
        let found = project.ids().flat_map(|id| facts.file(id).imports()).filter(|name| name.looked_up).map(|name| name.local.as_str());
        assert_eq!(found.collect::<Vec<_>>(), ["MSELoss", "cat"]);
    });
}

#[test]
fn module_classes_are_found_through_files_mixins_and_generics() {
    with_deep_stack(|| {
        let project = project(
            None,
            &[
                (
                    "base.py",
                    "import torch.nn as nn\nclass Mixin: pass\nclass Base(Mixin, nn.Module):\n    def reset(self): pass\nclass Norm(nn.LayerNorm): pass\n",
                ),
                (
                    "model.py",
                    "from base import *\nfrom typing import Generic, TypeVar\nT = TypeVar('T')\nclass Model(Base[T], Generic[T]):\n    def forward(self, x): pass\n\
                     class Config: pass\nclass Loop(Loop): pass\n",
                ),
            ],
        );
        let facts = Facts::new(&project, &Tables::default());
        let modules: Vec<_> = facts.classes().filter(|(_, class)| class.is_module).map(|(_, class)| class.name.as_str()).collect();
        assert_eq!(modules, ["Base", "Norm", "Model"]);
        let find = |name: &str| facts.classes().find(|(_, class)| class.name == name).map(|(id, _)| id).expect("a class");
        assert_eq!(facts.torch_base(find("Norm")), Some("torch.nn.LayerNorm"));
        assert_eq!(facts.class(find("Mixin")).subclasses, [find("Base"), find("Model")]);
        let reset = facts.lookup_method(find("Model"), "reset").expect("a method");
        assert_eq!(facts.function(reset).class, Some(find("Base")));
        assert_eq!(facts.enclosing_function(facts.function(reset).file, facts.function(reset).range), Some(reset));
    });
}

#[test]
fn a_folder_named_torch_is_not_the_library() {
    check(&[("torch/a.py", "import torch\ntorch.zeros  # torch.zeros\n"), ("b.py", "from torch import nn\nnn  # torch.nn\n")]);
}

#[test]
fn packages_without_init_are_found_from_above() {
    let files = [("code/app/use.py", "from app.nets.m import M\nM  # a class\n"), ("code/app/nets/m.py", "class M:\n    pass\n")];
    check(&files);
}
