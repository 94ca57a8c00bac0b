//! Which file an import means: packages, `src/` layouts, scripts beside each other, folders without `__init__.py`.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::project::{FileId, Project, is_torch_family};

/// A module of the project.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Module {
    File(FileId),
    /// A folder without `__init__.py`, by its path.
    Folder(String),
}

#[derive(Debug)]
pub(crate) struct Graph<'p> {
    /// By path without `.py`.
    files: FxHashMap<&'p str, FileId>,
    folders: FxHashSet<&'p str>,
    /// Folders from which absolute imports start: the parents of top packages.
    roots: Vec<&'p str>,
    paths: Vec<&'p str>,
    /// Python that does not parse, by path without `.py`.
    broken: FxHashSet<&'p str>,
    root_package: Option<&'p str>,
}

impl<'p> Graph<'p> {
    pub(crate) fn new(project: &'p Project) -> Self {
        let mut graph = Self {
            files: FxHashMap::default(),
            folders: FxHashSet::default(),
            roots: vec!["", "src"],
            paths: Vec::new(),
            broken: project.others.iter().filter_map(|path| path.strip_suffix(".py")).collect(),
            root_package: project.root_package.as_deref(),
        };
        for (id, file) in project.ids().zip(&project.files) {
            let path = file.path.strip_suffix(".py").unwrap_or(&file.path);
            graph.files.insert(path, id);
            graph.paths.push(path);
            let mut folder = parent(path);
            while let Some(path) = folder {
                graph.folders.insert(path);
                folder = parent(path);
            }
        }
        for path in project.files.iter().map(|file| &file.path).chain(&project.others).filter_map(|path| path.strip_suffix(".py")) {
            if path.strip_suffix("__init__").is_some_and(|rest| rest.ends_with('/')) {
                let package = parent(path).unwrap_or("");
                let above = parent(package).unwrap_or("");
                if !graph.is_package(above) && !graph.roots.contains(&above) {
                    graph.roots.push(above);
                }
            }
        }
        graph
    }

    fn is_package(&self, folder: &str) -> bool {
        if folder.is_empty() {
            return self.root_package.is_some();
        }
        // One whose `__init__.py` does not parse is a package all the same.
        let init = format!("{folder}/__init__");
        self.files.contains_key(init.as_str()) || self.broken.contains(init.as_str())
    }

    pub(crate) fn is_init(&self, file: FileId) -> bool {
        let path = self.paths[file.0 as usize];
        path == "__init__" || path.ends_with("/__init__")
    }

    /// The names of the submodules of each package, by its `__init__.py`.
    pub(crate) fn submodules(&self) -> FxHashMap<FileId, FxHashSet<&'p str>> {
        let mut all: FxHashMap<FileId, FxHashSet<&'p str>> = FxHashMap::default();
        #[allow(clippy::iter_over_hash_type, reason = "fills sets")]
        for path in self.files.keys().chain(&self.folders) {
            let Some(folder) = parent(path) else { continue };
            if let Some(init) = self.files.get(join(folder, "__init__").as_str()) {
                all.entry(*init).or_default().insert(path.rsplit('/').next().unwrap_or(path));
            }
        }
        all
    }

    /// The module at a path below the project's root.
    fn at(&self, path: &str) -> Option<Module> {
        let init = join(path, "__init__");
        if let Some(file) = self.files.get(init.as_str()).or_else(|| self.files.get(path)) {
            return Some(Module::File(*file));
        }
        self.folders.contains(path).then(|| Module::Folder(path.to_owned()))
    }

    /// A submodule of a package or folder.
    pub(crate) fn submodule(&self, module: &Module, name: &str) -> Option<Module> {
        match module {
            Module::Folder(path) => self.at(&join(path, name)),
            Module::File(file) if self.is_init(*file) => {
                let folder = parent(self.paths[file.0 as usize]).unwrap_or("");
                self.at(&join(folder, name))
            }
            Module::File(_) => None,
        }
    }

    /// `from ..a.b import`: `level` dots, then a dotted name.
    pub(crate) fn relative(&self, from: FileId, level: usize, dotted: &str) -> Option<Module> {
        let mut folder = parent(self.paths[from.0 as usize])?;
        for _ in 1..level {
            folder = parent(folder)?;
        }
        let path = if dotted.is_empty() { folder.to_owned() } else { join(folder, &dotted.replace('.', "/")) };
        self.at(&path)
    }

    /// `import a.b`: `None` if it is not of this project.
    pub(crate) fn absolute(&self, from: FileId, dotted: &str) -> Option<Module> {
        if let Some(package) = self.root_package
            && let Some(rest) = dotted.strip_prefix(package)
            && (rest.is_empty() || rest.starts_with('.'))
        {
            return self.at(&rest.trim_start_matches('.').replace('.', "/"));
        }
        if is_torch_family(dotted) {
            return None;
        }
        let path = dotted.replace('.', "/");
        // A script finds what lies beside it; a package's modules find what lies beside the package.
        let mut folder = parent(self.paths[from.0 as usize]).unwrap_or("");
        while self.is_package(folder) {
            match parent(folder) {
                Some(above) => folder = above,
                None => break,
            }
        }
        let beside = (!self.is_package(folder)).then_some(folder);
        let mut found: Option<Module> = None;
        for root in beside.into_iter().chain(self.roots.iter().copied()) {
            if self.root_package.is_some() && root.is_empty() {
                continue;
            }
            match self.at(&join(root, &path)) {
                Some(Module::File(file)) => return Some(Module::File(file)),
                Some(folder) => found = found.or(Some(folder)),
                None => {}
            }
        }
        if found.is_none() && dotted.contains('.') && self.root_package.is_none() {
            // Folders without `__init__.py`: the import starts somewhere above the file.
            let above = std::iter::successors(beside, |folder| parent(folder)).skip(1);
            found = above.filter(|folder| !self.is_package(folder)).find_map(|folder| self.at(&join(folder, &path)));
        }
        found
    }
}

fn parent(path: &str) -> Option<&str> {
    if path.is_empty() {
        return None;
    }
    Some(path.rsplit_once('/').map_or("", |(folder, _)| folder))
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() || name.is_empty() { format!("{folder}{name}") } else { format!("{folder}/{name}") }
}
