//! The tree is the architecture: no module of a crate depends on itself by way of others.
//!
//! Cargo sees to it between crates. Within one, a module is a file beside `lib.rs` or `main.rs` with the folder of its name; its
//! unit tests do not count.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use syn::{Attribute, Item, ItemMod, ItemUse, UseTree, visit::Visit};

use crate::harness::root;

/// A crate's modules, and which of them each one names.
#[derive(Default)]
struct Modules(BTreeMap<String, BTreeSet<String>>);

/// Collects the paths in one file.
struct Paths<'a> {
    /// Where the items that are visited are, from the crate's root.
    module: Vec<String>,
    /// What the crate's root re-exports, and from which module.
    exported: &'a BTreeMap<String, String>,
    named: BTreeSet<String>,
}

impl Modules {
    fn of(source: &Path) -> Self {
        let exported = exported(source);
        let mut modules = Self::default();
        for file in files(source) {
            let place = file.strip_prefix(source).unwrap().with_extension("");
            let module: Vec<_> = place
                .iter()
                .map(|name| name.to_str().unwrap().to_owned())
                .collect();
            let first = module[0].clone();
            if ["lib", "main"].contains(&&*first) || module.iter().any(|name| name == "tests") {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            let mut paths = Paths {
                module,
                exported: &exported,
                named: BTreeSet::new(),
            };
            paths.visit_file(&syn::parse_file(&text).unwrap());
            modules.0.entry(first).or_default().extend(paths.named);
        }
        let known: BTreeSet<_> = modules.0.keys().cloned().collect();
        for (module, named) in &mut modules.0 {
            named.retain(|name| name != module && known.contains(name));
        }
        modules
    }

    /// The modules of a way from `module` back to it, if there is one.
    fn cycle<'a>(&'a self, module: &'a str) -> Option<Vec<&'a str>> {
        let mut from: BTreeMap<&str, &str> = BTreeMap::new();
        let mut next = vec![module];
        while let Some(here) = next.pop() {
            for named in &self.0[here] {
                if named == module {
                    let mut way = vec![module, here];
                    while let Some(&before) = from.get(way[way.len() - 1]) {
                        way.push(before);
                    }
                    way.reverse();
                    return Some(way);
                }
                if !from.contains_key(&**named) {
                    from.insert(&**named, here);
                    next.push(named);
                }
            }
        }
        None
    }
}

impl Paths<'_> {
    fn name(&mut self, path: &[String]) {
        let mut place = match path.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("super" | "self") => self.module.clone(),
            _ => return,
        };
        for segment in path {
            match &**segment {
                "crate" | "self" => {}
                "super" => drop(place.pop()),
                name => place.push(name.to_owned()),
            }
        }
        if let Some(name) = place.into_iter().next() {
            self.named
                .insert(self.exported.get(&name).unwrap_or(&name).clone());
        }
    }
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        for path in leaves(&item.tree) {
            self.name(&path);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter();
        let names: Vec<_> = segments.map(|segment| segment.ident.to_string()).collect();
        self.name(&names);
        syn::visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_for_tests(&item.attrs) {
            self.module.push(item.ident.to_string());
            syn::visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    let is_test = |attribute: &Attribute| {
        let cfg = attribute.meta.require_list();
        cfg.is_ok_and(|cfg| cfg.path.is_ident("cfg") && cfg.tokens.to_string() == "test")
    };
    attributes.iter().any(is_test)
}

/// The paths that a `use` brings in.
fn leaves(tree: &UseTree) -> Vec<Vec<String>> {
    match tree {
        UseTree::Path(path) => {
            let mut all = leaves(&path.tree);
            for leaf in &mut all {
                leaf.insert(0, path.ident.to_string());
            }
            all
        }
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
        UseTree::Name(name) => vec![vec![name.ident.to_string()]],
        UseTree::Rename(rename) => vec![vec![rename.ident.to_string()]],
        UseTree::Glob(_) => vec![vec![]],
    }
}

/// The names that a crate's root takes from its modules.
fn exported(source: &Path) -> BTreeMap<String, String> {
    let root = ["lib.rs", "main.rs"].map(|name| source.join(name));
    let root = root.into_iter().find(|root| root.exists()).unwrap();
    let mut exported = BTreeMap::new();
    for item in syn::parse_file(&fs::read_to_string(root).unwrap())
        .unwrap()
        .items
    {
        let Item::Use(item) = item else { continue };
        for mut leaf in leaves(&item.tree) {
            leaf.retain(|segment| !["crate", "self"].contains(&&**segment));
            if let [module, .., name] = &*leaf {
                exported.insert(name.clone(), module.clone());
            }
        }
    }
    exported
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut all = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push(path);
        }
    }
    all
}

#[test]
fn no_modules_depend_on_each_other_in_a_cycle() {
    let crates = fs::read_dir(root().join("runtime")).unwrap();
    let sources = crates.map(|each| each.unwrap().path().join("src"));
    let sources: Vec<_> = sources.filter(|source| source.is_dir()).collect();
    assert!(sources.len() > 5, "{sources:?}");
    for source in sources {
        let modules = Modules::of(&source);
        for module in modules.0.keys() {
            if let Some(cycle) = modules.cycle(module) {
                panic!("a cycle in {}: {}", source.display(), cycle.join(" → "));
            }
        }
    }
}
