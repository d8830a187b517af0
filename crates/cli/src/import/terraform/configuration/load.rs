//! Loads a configuration: the files of its root module, and the local modules that it calls.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hcl_edit::Span;
use hcl_edit::expr::Expression;

use super::module::{Module, Target};
use super::source::SourceFile;
use crate::error::CliError;
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
            for path in automatic_value_files(folder)? {
                add_values(&mut module, &path)?;
            }
            folder.to_path_buf()
        }
        Root::Files(files) => {
            for (path, text) in files {
                let (file, body) = SourceFile::parse(&path.display().to_string(), text)?;
                module.add(file, body);
            }
            let first = files.first().and_then(|(path, _)| path.parent());
            first.unwrap_or(Path::new("")).to_path_buf()
        }
    };
    for path in value_files {
        add_values(&mut module, path)?;
    }
    loader.configuration.modules.push(module);
    loader.calls(0, &folder, 0)?;
    Ok(loader.configuration)
}

#[derive(Default)]
struct Loader {
    configuration: Configuration,
    /// The modules of the folders that have been read.
    loaded: BTreeMap<PathBuf, usize>,
}

impl Loader {
    /// Loads the modules that a module calls.
    fn calls(&mut self, module: usize, folder: &Path, depth: usize) -> Result<(), CliError> {
        for call in 0..self.configuration.modules[module].calls.len() {
            let caller = &self.configuration.modules[module];
            let declaration = &caller.calls[call].declaration;
            let source = match declaration.expression("source") {
                Some(Expression::String(text)) => text.value().clone(),
                _ => String::new(),
            };
            let is_local = source.starts_with("./") || source.starts_with("../");
            let target = if is_local {
                let position = || {
                    let line = caller.files[declaration.file].line(declaration.block.span());
                    (
                        caller.files[declaration.file].path.clone(),
                        line.unwrap_or(1),
                    )
                };
                if depth >= MAX_DEPTH || self.configuration.modules.len() >= MAX_MODULES {
                    let (path, line) = position();
                    let reason = format!(
                        "the modules call each other more than {MAX_DEPTH} levels deep, or there are more than \
                         {MAX_MODULES}; import the output of `terraform show -json`"
                    );
                    return Err(CliError::Line { path, line, reason });
                }
                Target::Loaded(self.module(&folder.join(&source), depth + 1)?)
            } else {
                Target::Remote(source)
            };
            self.configuration.modules[module].calls[call].target = target;
        }
        Ok(())
    }

    fn module(&mut self, folder: &Path, depth: usize) -> Result<usize, CliError> {
        let unreadable = |source| CliError::Read {
            path: folder.display().to_string(),
            source,
        };
        let key = folder.canonicalize().map_err(unreadable)?;
        if let Some(&known) = self.loaded.get(&key) {
            return Ok(known);
        }
        let mut module = Module::default();
        add_folder(&mut module, folder)?;
        let index = self.configuration.modules.len();
        self.configuration.modules.push(module);
        self.calls(index, folder, depth)?;
        // Not known before, so that a module that calls itself reaches the deepest level.
        self.loaded.insert(key, index);
        Ok(index)
    }
}

/// Adds the `*.tf` and `*.tf.json` files of a folder.
fn add_folder(module: &mut Module, folder: &Path) -> Result<(), CliError> {
    for path in files(folder, &[".tf", ".tf.json"])? {
        let (file, body) = SourceFile::parse(&path.display().to_string(), &input::text(&path)?)?;
        module.add(file, body);
    }
    Ok(())
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
    let unreadable = |source| CliError::Read {
        path: folder.display().to_string(),
        source,
    };
    let mut found = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
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
