//! Reads a source file with `syn`: what its modules define and which paths they name, without test code.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, Meta, UseTree, Visibility};

use crate::files::read_file;

/// A path as its segments; the first is empty where it begins with `::`.
pub(crate) type Segments = Vec<String>;

#[derive(Default)]
pub(crate) struct Module {
    /// The file it is written in, from the root of the repository.
    pub(crate) file: String,
    /// The modules it declares, in order, but for `#[doc(hidden)]` ones.
    pub(crate) children: Vec<String>,
    /// The names it defines, and whether each is a struct, enum, trait or alias.
    pub(crate) definitions: BTreeMap<String, bool>,
    pub(crate) uses: Vec<Use>,
    /// The methods it calls.
    pub(crate) methods: BTreeSet<String>,
    /// Whether a condition asks for `test`, other than to leave out an item.
    pub(crate) asks_for_test: bool,
}

/// A path that the code names: in a `use`, an expression, a type, a macro or an attribute.
pub(crate) struct Use {
    pub(crate) path: Segments,
    /// The name a `use` gives to the path, or `*`.
    pub(crate) import: Option<String>,
    pub(crate) is_public: bool,
}

/// Adds the module in `file`, and those written inside it, to `modules`. Returns the names of those it declares that have
/// files of their own.
pub(crate) fn read_items(
    file: &str,
    path: &[String],
    modules: &mut BTreeMap<Segments, Module>,
) -> Vec<String> {
    let syntax = syn::parse_file(&read_file(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    modules.insert(path.to_vec(), Module { file: file.to_owned(), ..Module::default() });
    let mut reader = Reader { modules, at: path.to_vec(), declared: Vec::new() };
    reader.visit_file(&syntax);
    reader.declared
}

pub(crate) fn join(path: &[String], name: &dyn ToString) -> Segments {
    path.iter().cloned().chain([name.to_string()]).collect()
}

/// Collects what the modules of a file define and name.
struct Reader<'a> {
    modules: &'a mut BTreeMap<Segments, Module>,
    /// The module being read.
    at: Segments,
    /// Modules that have files of their own.
    declared: Vec<String>,
}

impl Reader<'_> {
    fn module(&mut self) -> &mut Module {
        self.modules.get_mut(&self.at).expect("a module is entered before it is read")
    }

    fn add_imports(&mut self, tree: &UseTree, before: &[String], is_public: bool) {
        let (name, alias) = match tree {
            UseTree::Path(tree) => {
                return self.add_imports(&tree.tree, &join(before, &tree.ident), is_public);
            }
            UseTree::Group(tree) => {
                return tree
                    .items
                    .iter()
                    .for_each(|tree| self.add_imports(tree, before, is_public));
            }
            UseTree::Glob(_) => ("self".to_owned(), Some("*".to_owned())),
            UseTree::Name(tree) => (tree.ident.to_string(), None),
            UseTree::Rename(tree) => (tree.ident.to_string(), Some(tree.rename.to_string())),
        };
        let path = if name == "self" { before.to_vec() } else { join(before, &name) };
        let import = alias.or(path.last().cloned());
        self.module().uses.push(Use { path, import, is_public });
    }

    fn add_path(&mut self, path: Segments) {
        // One word in lower case is a variable, a field or a keyword.
        if path.len() > 1 || path.iter().any(|name| name.starts_with(char::is_uppercase)) {
            self.module().uses.push(Use { path, import: None, is_public: false });
        }
    }

    /// Reads what `syn` leaves unparsed, the arguments of macros and attributes: words joined by `::` are a path.
    fn read_tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut marks) = (Segments::new(), String::new());
        for token in tokens {
            match token {
                TokenTree::Punct(mark) => {
                    marks.push(mark.as_char());
                    continue;
                }
                TokenTree::Ident(name) if marks == "::" => path.push(name.to_string()),
                TokenTree::Ident(name) if marks.ends_with('.') && !marks.ends_with("..") => {
                    self.module().methods.insert(name.to_string());
                }
                TokenTree::Ident(name) => {
                    self.add_path(std::mem::replace(&mut path, vec![name.to_string()]));
                }
                TokenTree::Group(group) => self.read_tokens(group.stream()),
                TokenTree::Literal(_) => {}
            }
            marks.clear();
        }
        self.add_path(path);
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, name, is_type) = match item {
            Item::Const(item) => (&item.attrs, Some(&item.ident), false),
            Item::Enum(item) => (&item.attrs, Some(&item.ident), true),
            Item::Fn(item) => (&item.attrs, Some(&item.sig.ident), false),
            Item::Impl(item) => (&item.attrs, None, false),
            Item::Macro(item) => (&item.attrs, item.ident.as_ref(), false),
            Item::Mod(item) => (&item.attrs, None, false),
            Item::Static(item) => (&item.attrs, Some(&item.ident), false),
            Item::Struct(item) => (&item.attrs, Some(&item.ident), true),
            Item::Trait(item) => (&item.attrs, Some(&item.ident), true),
            Item::Type(item) => (&item.attrs, Some(&item.ident), true),
            Item::Use(item) => (&item.attrs, None, false),
            _ => return visit::visit_item(self, item),
        };
        if !has_attribute(attributes, "cfg", "test") {
            let name = name.map(ToString::to_string);
            self.module().definitions.extend(name.map(|name| (name, is_type)));
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !has_attribute(&item.attrs, "cfg", "test") {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        for attribute in &item.attrs {
            self.visit_attribute(attribute);
        }
        let name = item.ident.to_string();
        if !has_attribute(&item.attrs, "doc", "hidden") {
            self.module().children.push(name.clone());
        }
        let Some((_, items)) = &item.content else { return self.declared.push(name) };
        let inner = Module { file: self.module().file.clone(), ..Module::default() };
        self.at.push(name);
        self.modules.insert(self.at.clone(), inner);
        for item in items {
            self.visit_item(item);
        }
        self.at.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let before: Segments = item.leading_colon.iter().map(|_| String::new()).collect();
        self.add_imports(&item.tree, &before, !matches!(item.vis, Visibility::Inherited));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let colon = path.leading_colon.iter().map(|_| String::new());
        let names = path.segments.iter().map(|segment| segment.ident.to_string());
        self.add_path(colon.chain(names).collect());
        visit::visit_path(self, path);
    }

    // `pub(super)` names a module without using it.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(function) = &*call.func
            && let Some(name) = function.path.get_ident()
        {
            let path = vec![name.to_string()];
            self.module().uses.push(Use { path, import: None, is_public: false });
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.module().methods.insert(call.method.to_string());
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.module().asks_for_test |=
            call.path.is_ident("cfg") && contains_word(&call.tokens, "test");
        self.read_tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            let is_condition = list.path.is_ident("cfg") || list.path.is_ident("cfg_attr");
            self.module().asks_for_test |= is_condition && contains_word(&list.tokens, "test");
            self.read_tokens(list.tokens.clone());
        }
        visit::visit_attribute(self, attribute);
    }
}

/// Whether `#[name(argument)]` is among the attributes.
fn has_attribute(attributes: &[Attribute], name: &str, argument: &str) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident(name) && list.tokens.to_string() == argument,
        _ => false,
    })
}

fn contains_word(tokens: &TokenStream, word: &str) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(name) => name == word,
        TokenTree::Group(group) => contains_word(&group.stream(), word),
        _ => false,
    })
}
