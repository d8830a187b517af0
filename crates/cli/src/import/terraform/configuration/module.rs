//! A module: the declarations of all files of a folder.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use hcl_edit::Decorate;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block, Body, Structure};

use super::source::SourceFile;

/// The declarations of a module.
#[derive(Debug, Default)]
pub(in crate::import::terraform) struct Module {
    pub(in crate::import::terraform) files: Vec<SourceFile>,
    pub(in crate::import::terraform) variables: BTreeMap<String, Declaration>,
    pub(in crate::import::terraform) locals: BTreeMap<String, Local>,
    pub(in crate::import::terraform) outputs: BTreeMap<String, Declaration>,
    /// Resources and, with `data.` in front of their type, data sources, in the order of the source.
    pub(in crate::import::terraform) resources: Vec<ResourceBlock>,
    /// The indexes of `resources`, by type and name.
    by_address: HashMap<String, usize>,
    pub(in crate::import::terraform) calls: Vec<Call>,
    /// Values of variables from files such as `terraform.tfvars`. The last one counts.
    pub(in crate::import::terraform) values: BTreeMap<String, Local>,
}

/// A block and its file.
#[derive(Debug)]
pub(in crate::import::terraform) struct Declaration {
    /// An index of [`Module::files`].
    pub(in crate::import::terraform) file: usize,
    pub(in crate::import::terraform) block: Block,
}

/// An attribute and its file.
#[derive(Debug)]
pub(in crate::import::terraform) struct Local {
    /// An index of [`Module::files`].
    pub(in crate::import::terraform) file: usize,
    pub(in crate::import::terraform) attribute: Attribute,
}

/// The declaration of a resource or a data source.
#[derive(Debug)]
pub(in crate::import::terraform) struct ResourceBlock {
    pub(in crate::import::terraform) kind: String,
    pub(in crate::import::terraform) name: String,
    pub(in crate::import::terraform) declaration: Declaration,
    /// Comments directly above the block, without their markers.
    pub(in crate::import::terraform) comments: Vec<String>,
}

/// A call of another module.
#[derive(Debug)]
pub(in crate::import::terraform) struct Call {
    pub(in crate::import::terraform) name: String,
    pub(in crate::import::terraform) declaration: Declaration,
    pub(in crate::import::terraform) target: Target,
}

/// The module that a call names.
#[derive(Debug)]
pub(in crate::import::terraform) enum Target {
    /// An index of the loaded modules.
    Loaded(usize),
    /// Another module than a local one, with its source.
    Remote(String),
}

impl Declaration {
    /// The expression of an attribute.
    pub(in crate::import::terraform) fn expression(&self, key: &str) -> Option<&Expression> {
        let attribute = self.block.body.get_attribute(key)?;
        Some(&attribute.value)
    }
}

impl Module {
    /// Adds the declarations of a file.
    pub(in crate::import::terraform) fn add(&mut self, file: SourceFile, body: Body) {
        let index = self.files.len();
        self.files.push(file);
        for structure in body {
            let comments = comments(structure.decor().prefix().map(|prefix| &**prefix));
            if let Structure::Block(block) = structure {
                let declaration = Declaration { file: index, block };
                self.declare(declaration, comments);
            }
        }
    }

    /// Adds the values of a file of values.
    pub(in crate::import::terraform) fn add_values(&mut self, file: SourceFile, body: Body) {
        let file_index = self.files.len();
        self.files.push(file);
        for structure in body {
            if let Structure::Attribute(attribute) = structure {
                let local = Local {
                    file: file_index,
                    attribute,
                };
                self.values.insert(local.attribute.key.to_string(), local);
            }
        }
    }

    fn declare(&mut self, declaration: Declaration, comments: Vec<String>) {
        let block = &declaration.block;
        let labels: Vec<String> = block
            .labels
            .iter()
            .map(|label| label.as_str().to_owned())
            .collect();
        match (block.ident.as_str(), labels.as_slice()) {
            ("variable", [name]) => {
                self.variables.insert(name.clone(), declaration);
            }
            ("output", [name]) => {
                self.outputs.insert(name.clone(), declaration);
            }
            ("locals", []) => {
                for structure in declaration.block.body {
                    if let Structure::Attribute(attribute) = structure {
                        let local = Local {
                            file: declaration.file,
                            attribute,
                        };
                        self.locals.insert(local.attribute.key.to_string(), local);
                    }
                }
            }
            ("resource" | "data", [kind, name]) => {
                let prefix = if block.ident.as_str() == "data" {
                    "data."
                } else {
                    ""
                };
                let kind = format!("{prefix}{kind}");
                let address = address(&kind, name);
                self.by_address.insert(address, self.resources.len());
                self.resources.push(ResourceBlock {
                    kind,
                    name: name.clone(),
                    declaration,
                    comments,
                });
            }
            ("module", [name]) => self.calls.push(Call {
                name: name.clone(),
                declaration,
                target: Target::Remote(String::new()),
            }),
            _ => {}
        }
    }

    /// The position of an expression or a block in one of the files.
    pub(in crate::import::terraform) fn position(
        &self,
        file: usize,
        span: Option<Range<usize>>,
    ) -> String {
        self.files[file].position(span)
    }

    /// The first resource or call whose address another one has, and the address.
    pub(super) fn repeated(&self) -> Option<(String, &Declaration)> {
        let resources = self.resources.iter().map(|resource| {
            let address = address(&resource.kind, &resource.name);
            (address, &resource.declaration)
        });
        let calls = self.calls.iter();
        let calls = calls.map(|call| (format!("module.{}", call.name), &call.declaration));
        let mut known = HashSet::new();
        let mut all = resources.chain(calls);
        all.find(|(address, _)| !known.insert(address.clone()))
    }

    /// The declaration of a resource or a data source.
    pub(in crate::import::terraform) fn resource(
        &self,
        kind: &str,
        name: &str,
    ) -> Option<&ResourceBlock> {
        let index = self.by_address.get(&address(kind, name))?;
        self.resources.get(*index)
    }
}

/// The address of a resource in its module.
fn address(kind: &str, name: &str) -> String {
    format!("{kind}.{name}")
}

/// Whether a block declares something that expressions or the import refer to.
pub(super) fn is_declaration(block: &Block) -> bool {
    let kinds = ["variable", "output", "locals", "resource", "data", "module"];
    kinds.contains(&block.ident.as_str())
}

/// The comments at the end of the text in front of a block, if no line lies between them and the block.
fn comments(before: Option<&str>) -> Vec<String> {
    let lines = before.unwrap_or_default().lines().rev();
    // The last line is the indentation of the block if the text does not end with a line break.
    let marked = lines.map(str::trim).map_while(|line| {
        let comment = line.strip_prefix('#').or_else(|| line.strip_prefix("//"))?;
        Some(comment.trim_matches(['#', ' ', '/']).to_owned())
    });
    let mut comments: Vec<String> = marked.collect();
    comments.reverse();
    comments.retain(|comment| comment.chars().any(char::is_alphanumeric));
    comments
}
