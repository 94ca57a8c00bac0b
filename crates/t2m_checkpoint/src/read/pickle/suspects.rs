//! Names that have no business in a checkpoint: they run programs, load code, or open files and connections. A file with one is refused, wherever the name stands.

/// Whole modules.
#[rustfmt::skip]
const MODULES: &[&str] = &[
    "os", "posix", "nt", "posixpath", "ntpath", "subprocess", "sys", "importlib", "imp", "runpy", "pickle", "_pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "shutil",
    "socket", "ssl", "ctypes", "_ctypes", "cffi", "code", "codeop", "pty", "commands", "popen2", "urllib", "urllib2", "http", "httplib", "requests", "ftplib", "smtplib", "telnetlib",
    "webbrowser", "pip", "setuptools", "distutils", "pkgutil", "zipimport", "pdb", "bdb", "atexit",
];

/// Single names.
const NAMES: &[(&str, &str)] = &[
    ("builtins", "eval"),
    ("builtins", "exec"),
    ("builtins", "execfile"),
    ("builtins", "compile"),
    ("builtins", "open"),
    ("builtins", "file"),
    ("builtins", "__import__"),
    ("builtins", "globals"),
    ("builtins", "locals"),
    ("builtins", "vars"),
    ("builtins", "input"),
    ("builtins", "breakpoint"),
    ("builtins", "setattr"),
    ("builtins", "delattr"),
    ("builtins", "apply"),
    ("builtins", "exit"),
    ("builtins", "quit"),
    ("torch", "load"),
    ("torch", "compile"),
    ("torch.serialization", "load"),
    ("torch.jit", "load"),
    ("torch.utils.cpp_extension", "load"),
    ("torch.utils.cpp_extension", "load_inline"),
    ("types", "FunctionType"),
    ("types", "CodeType"),
    ("io", "open"),
    ("io", "open_code"),
    ("io", "FileIO"),
    ("_io", "open"),
    ("_io", "open_code"),
    ("_io", "FileIO"),
    ("numpy", "load"),
    ("numpy", "memmap"),
    ("numpy.testing._private.utils", "runstring"),
    ("operator", "attrgetter"),
    ("operator", "methodcaller"),
    ("_operator", "attrgetter"),
    ("_operator", "methodcaller"),
];

/// Packages of PyTorch that fetch or run code.
const PACKAGES: &[&str] =
    &["torch.hub", "torch.package", "torch.utils.model_zoo", "torch.distributed.rpc", "torch._inductor", "torch._dynamo.eval_frame"];

/// What an honest file with such a name wants to hear.
pub(crate) fn advice(module: &str) -> Option<&'static str> {
    module.starts_with("torch._dynamo").then_some("a compiled model was saved whole: save `model._orig_mod.state_dict()`")
}

pub(crate) fn is_suspect(module: &str, name: &str) -> bool {
    let module = if module == "__builtin__" { "builtins" } else { module };
    let root = module.split('.').next().unwrap_or_default();
    // A dotted name reaches further: `torch.nn` and `Module.__init__.__globals__`.
    let dunder = name.contains('.') && name.split('.').any(|part| part.starts_with("__"));
    MODULES.contains(&root)
        || dunder
        || NAMES.iter().any(|&(m, n)| m == module && name.split('.').next() == Some(n))
        || PACKAGES.iter().any(|package| module.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

#[cfg(test)]
mod tests {
    use super::is_suspect;

    #[test]
    fn honest_names_pass() {
        for (module, name) in [
            ("collections", "OrderedDict"),
            ("builtins", "getattr"),
            ("torch._utils", "_rebuild_tensor_v2"),
            ("pathlib", "PosixPath"),
            ("argparse", "Namespace"),
            ("omegaconf.dictconfig", "DictConfig"),
            ("osmnx", "Graph"),
            ("types", "SimpleNamespace"),
            ("functools", "partial"),
        ] {
            assert!(!is_suspect(module, name), "{module}.{name}");
        }
        for (module, name) in [
            ("os", "system"),
            ("__builtin__", "eval"),
            ("os.path", "join"),
            ("torch.hub", "load"),
            ("torch", "load"),
            ("a", "B.__init__.__globals__"),
        ] {
            assert!(is_suspect(module, name), "{module}.{name}");
        }
    }
}
