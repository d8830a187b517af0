//! Atomic replacement of a file.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
#[cfg(unix)]
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::CliError;

/// A temporary file next to the file that it will replace. Dropping it deletes the temporary file.
///
/// The file has its old or its new text at any time, and never a part of it, even if the disk is full.
pub(super) struct Replacement {
    /// The path that the user gave.
    path: PathBuf,
    /// The same path with links resolved.
    target: PathBuf,
    text: NamedTempFile,
}

impl Replacement {
    /// Writes the new text of the existing file at `path`, with the permissions and the owner of that file.
    pub(super) fn write(path: &Path, text: &[u8]) -> Result<Self, CliError> {
        let written = || {
            let target = fs::canonicalize(path)?;
            // Check write access: renaming would also replace a read-only file.
            let file = OpenOptions::new().write(true).open(&target)?;
            let folder = target.parent().unwrap_or(Path::new("."));
            let mut temporary = NamedTempFile::new_in(folder)?;
            temporary.write_all(text)?;
            let (copy, before) = (temporary.as_file(), file.metadata()?);
            keep_owner(copy, &before)?;
            copy.set_permissions(before.permissions())?;
            copy.sync_all()?;
            Ok((target, temporary))
        };
        let (target, text) = written().map_err(|source| unwritable(path, source))?;
        let path = path.to_owned();
        Ok(Self { path, target, text })
    }

    /// Replaces the file.
    pub(super) fn persist(self) -> Result<(), CliError> {
        let Self { path, target, text } = self;
        match text.persist(target) {
            Ok(_) => Ok(()),
            Err(error) => Err(unwritable(&path, error.error)),
        }
    }
}

/// Sets the group of a new file to that of the old one, and its owner if that is allowed.
#[cfg(unix)]
fn keep_owner(new: &File, before: &Metadata) -> io::Result<()> {
    fchown(new, None, Some(before.gid()))?;
    if before.uid() == new.metadata()?.uid() {
        return Ok(());
    }
    match fchown(new, Some(before.uid()), None) {
        // Only root may change the owner.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        result => result,
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

fn unwritable(path: &Path, source: io::Error) -> CliError {
    CliError::WriteFile {
        path: path.display().to_string(),
        source,
    }
}
