//! A file's new text, written beside it before it takes the file's place.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
#[cfg(unix)]
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::CliError;

/// A text that waits beside the file which it replaces, and goes if it does not. The file has its old text or the new
/// one at any time, and never a part of it, as a full disk would leave.
pub(super) struct Replacement {
    /// The file, as the user calls it.
    path: PathBuf,
    /// The same where it is a link: what the link leads to.
    target: PathBuf,
    text: NamedTempFile,
}

impl Replacement {
    /// Writes what is to replace the file at `path`, which there is, with the permissions and the owner of that file.
    pub(super) fn write(path: &Path, text: &[u8]) -> Result<Self, CliError> {
        let written = || {
            let target = fs::canonicalize(path)?;
            // A new name in the folder could replace a file too that nobody may write to.
            let file = OpenOptions::new().write(true).open(&target)?;
            let folder = target.parent().unwrap_or(Path::new("."));
            let mut beside = NamedTempFile::new_in(folder)?;
            beside.write_all(text)?;
            let (copy, before) = (beside.as_file(), file.metadata()?);
            keep_owner(copy, &before)?;
            copy.set_permissions(before.permissions())?;
            copy.sync_all()?;
            Ok((target, beside))
        };
        let (target, text) = written().map_err(|source| unwritable(path, source))?;
        let path = path.to_owned();
        Ok(Self { path, target, text })
    }

    /// Puts it in the place of the file.
    pub(super) fn put_in_place(self) -> Result<(), CliError> {
        let Self { path, target, text } = self;
        match text.persist(target) {
            Ok(_) => Ok(()),
            Err(error) => Err(unwritable(&path, error.error)),
        }
    }
}

/// Gives a new file the group of the one before, and its owner too where that is allowed.
#[cfg(unix)]
fn keep_owner(new: &File, before: &Metadata) -> io::Result<()> {
    fchown(new, None, Some(before.gid()))?;
    if before.uid() == new.metadata()?.uid() {
        return Ok(());
    }
    match fchown(new, Some(before.uid()), None) {
        // Whoever may write to another's file in a shared folder may not give files away.
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
