//! Loads a configuration: the files of its root module, and the local modules that it calls.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use hcl_edit::Span;
use hcl_edit::expr::Expression;

use super::module::{Declaration, Module, Target, is_declaration};
use super::source::SourceFile;
use crate::error::CliError;
use crate::import::document::{self, Node};
use crate::import::terraform::SHOW;
use crate::input;

/// The largest number of modules, and the deepest chain of calls.
const MAX_MODULES: usize = 200;
const MAX_DEPTH: usize = 16;

/// The loaded modules. The first one is the root module.
#[derive(Debug, Default)]
pub(in crate::import::terraform) struct Configuration {
    pub(in crate::import::terraform) modules: Vec<Module>,
}

/// The root module: a folder, or files.
#[derive(Debug)]
pub(in crate::import) enum Root<'r> {
    Folder(&'r Path),
    Files(Vec<(&'r Path, String)>),
}

/// Loads a root module and the modules that it calls.
///
/// `value_files` are files of values that are read after those of the folder.
pub(in crate::import::terraform) fn load(
    root: &Root<'_>,
    value_files: &[PathBuf],
) -> Result<Configuration, CliError> {
    let mut loader = Loader::default();
    let mut module = Module::default();
    let folder = match root {
        Root::Folder(folder) => {
            add_folder(&mut module, folder)?;
            if module.files.is_empty() {
                let reason = "it has no `.tf` or `.tf.json` file";
                return Err(unreadable(folder, io::Error::other(reason)));
            }
            for path in automatic_value_files(folder)? {
                add_values(&mut module, &path)?;
            }
            folder.to_path_buf()
        }
        Root::Files(files) => {
            for (path, text) in files {
                add_file(&mut module, path, text)?;
            }
            let first = files.first().and_then(|(path, _)| path.parent());
            first.unwrap_or(Path::new("")).to_path_buf()
        }
    };
    for path in value_files {
        add_values(&mut module, path)?;
    }
    check_addresses(&module)?;
    loader.configuration.modules.push(module);
    loader.installed = installed(&folder)?;
    loader.calls(0, &folder, &[])?;
    Ok(loader.configuration)
}

#[derive(Default)]
struct Loader {
    configuration: Configuration,
    /// The modules of the folders that have been read.
    loaded: BTreeMap<PathBuf, usize>,
    /// The folders of modules that `terraform init` has downloaded, by the names of the calls.
    installed: BTreeMap<String, PathBuf>,
}

impl Loader {
    /// Loads the modules that a module calls. `names` are the names of the calls that lead to it.
    fn calls(&mut self, module: usize, folder: &Path, names: &[&str]) -> Result<(), CliError> {
        for call in 0..self.configuration.modules[module].calls.len() {
            let caller = &self.configuration.modules[module];
            let declaration = &caller.calls[call].declaration;
            let name = caller.calls[call].name.clone();
            let names = [names, &[&name]].concat();
            let source = match declaration.expression("source") {
                Some(Expression::String(text)) => text.value().clone(),
                _ => String::new(),
            };
            let is_local = source.starts_with("./") || source.starts_with("../");
            let local = is_local.then(|| folder.join(&source));
            let target = match local.or_else(|| self.installed.get(&names.join(".")).cloned()) {
                Some(_)
                    if names.len() > MAX_DEPTH
                        || self.configuration.modules.len() >= MAX_MODULES =>
                {
                    return Err(too_many(caller, declaration));
                }
                Some(path) => Target::Loaded(self.module(&path, &names)?),
                None => Target::Remote(source),
            };
            self.configuration.modules[module].calls[call].target = target;
        }
        Ok(())
    }

    fn module(&mut self, folder: &Path, names: &[&str]) -> Result<usize, CliError> {
        let key = folder
            .canonicalize()
            .map_err(|source| unreadable(folder, source))?;
        if let Some(&known) = self.loaded.get(&key) {
            return Ok(known);
        }
        let mut module = Module::default();
        add_folder(&mut module, folder)?;
        check_addresses(&module)?;
        let index = self.configuration.modules.len();
        self.configuration.modules.push(module);
        self.calls(index, folder, names)?;
        // Not known before, so that a module that calls itself reaches the deepest level.
        self.loaded.insert(key, index);
        Ok(index)
    }
}

fn too_many(caller: &Module, declaration: &Declaration) -> CliError {
    let reason = format!(
        "the modules call each other more than {MAX_DEPTH} levels deep, or there are more than {MAX_MODULES}; {SHOW}"
    );
    at(caller, declaration, reason)
}

/// Checks that each address has one declaration.
fn check_addresses(module: &Module) -> Result<(), CliError> {
    match module.repeated() {
        Some((address, declaration)) => {
            let reason = format!(
                "`{address}` is declared twice; import each folder in a command of its own, or {SHOW}"
            );
            Err(at(module, declaration, reason))
        }
        None => Ok(()),
    }
}

/// An error about a declaration.
fn at(module: &Module, declaration: &Declaration, reason: String) -> CliError {
    let file = &module.files[declaration.file];
    CliError::Line {
        path: file.path.clone(),
        line: file.line(declaration.block.span()).unwrap_or(1),
        reason,
    }
}

fn unreadable(folder: &Path, source: io::Error) -> CliError {
    CliError::Read {
        path: folder.display().to_string(),
        source,
    }
}

/// The modules that `terraform init` has downloaded, from its list.
fn installed(folder: &Path) -> Result<BTreeMap<String, PathBuf>, CliError> {
    let list = folder.join(".terraform/modules/modules.json");
    if !list.is_file() {
        return Ok(BTreeMap::new());
    }
    let document = document::parse(&input::text(&list)?).map_err(|error| CliError::Line {
        path: list.display().to_string(),
        line: error.line,
        reason: error.reason,
    })?;
    let modules = document.get("Modules").and_then(Node::items);
    let installed = modules.unwrap_or_default().iter().filter_map(|module| {
        let key = module.get("Key")?.text()?;
        let path = module.get("Dir")?.text()?;
        let path = folder.join(path);
        path.is_dir().then(|| (key.to_owned(), path))
    });
    Ok(installed.collect())
}

/// Adds the `*.tf` and `*.tf.json` files of a folder.
fn add_folder(module: &mut Module, folder: &Path) -> Result<(), CliError> {
    for path in files(folder, &[".tf", ".tf.json"])? {
        add_file(module, &path, &input::text(&path)?)?;
    }
    Ok(())
}

/// Adds the declarations of a file. Terraform merges those of an override file into the ones of other files.
fn add_file(module: &mut Module, path: &Path, text: &str) -> Result<(), CliError> {
    let name = path.display().to_string();
    let (file, body) = SourceFile::parse(&name, text)?;
    let declaration = body.blocks().find(|block| is_declaration(block));
    if let Some(block) = declaration.filter(|_| is_override(path)) {
        return Err(CliError::Line {
            line: file.line(block.span()).unwrap_or(1),
            path: name,
            reason: format!(
                "an override file changes declarations of other files, which import does not do; {SHOW}"
            ),
        });
    }
    module.add(file, body);
    Ok(())
}

/// Whether Terraform reads the file after the others: `override.tf`, or a name that ends in `_override.tf`, also with `.json`.
fn is_override(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".json").unwrap_or(&name);
    let stem = name.strip_suffix(".tf");
    stem.is_some_and(|stem| stem == "override" || stem.ends_with("_override"))
}

fn add_values(module: &mut Module, path: &Path) -> Result<(), CliError> {
    let (file, body) = SourceFile::parse(&path.display().to_string(), &input::text(path)?)?;
    module.add_values(file, body);
    Ok(())
}

/// The files of values that Terraform reads by itself, in its order.
fn automatic_value_files(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let named = ["terraform.tfvars", "terraform.tfvars.json"];
    let named = named
        .iter()
        .map(|name| folder.join(name))
        .filter(|path| path.is_file());
    let automatic = files(folder, &[".auto.tfvars", ".auto.tfvars.json"])?;
    Ok(named.chain(automatic).collect())
}

/// The files of a folder whose names end like this, by name.
fn files(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, CliError> {
    let mut found = Vec::new();
    for entry in folder
        .read_dir()
        .map_err(|source| unreadable(folder, source))?
    {
        let path = entry.map_err(|source| unreadable(folder, source))?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let is_wanted = endings.iter().any(|ending| name.ends_with(ending));
        if is_wanted && !name.starts_with('.') && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
