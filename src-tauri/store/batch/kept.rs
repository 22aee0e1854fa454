//! What is kept of documents before they change, and how a damaged one comes back from that.

use std::io;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::super::contents::{make_folders, quarantine, read_text};
use super::super::replace::{copy_new, replace};
use super::super::schema::Document;
use super::super::{disk, json, splice};
use super::{Batch, Found, check_schema, parse, schema_of, stamp};
use crate::error::{Code, Error, Result};

/// The text of a copy that was kept; none if there is none, or it is not text either.
fn read_kept(backup: &Path) -> Result<Option<String>> {
    match read_text(backup) {
        Err(error) if error.code == Code::Corrupt => Ok(None),
        text => text,
    }
}

impl Batch {
    /// Brings the text of an older schema up to this one, after keeping it aside.
    pub(super) fn migrate<T: Document>(&mut self, name: &str, text: Arc<str>) -> Result<Arc<str>> {
        let Ok(old) = json::parse::<Value>(&text) else { return Ok(text) };
        let from = schema_of(&old);
        check_schema::<T>(&self.root.join(name), &text)?;
        if from == T::SCHEMA {
            return Ok(text);
        }
        let aside = self.root.join(".backup").join(format!("{name}.schema{from}"));
        let temps = self.root.join(".tmp");
        make_folders([aside.parent().unwrap_or(&temps), &temps])?;
        replace(&aside, &temps, text.as_bytes())?;
        let mut new = old.clone();
        for step in from..T::SCHEMA {
            T::migrate(step, &mut new)?;
        }
        stamp(&mut new, T::SCHEMA, old.get("rev").and_then(Value::as_u64).unwrap_or_default());
        let migrated: Arc<str> = splice::apply(&text, &splice::diff(&old, &new))?.into();
        self.set_text(name, migrated.clone())?;
        Ok(migrated)
    }

    pub(super) fn restore<T: Document>(&mut self, name: &str, cause: &str) -> Result<Option<T>> {
        let path = self.root.join(name);
        // A value of a newer version is no damage, and the last good copy would undo what that version did.
        if cause.starts_with("unknown variant") {
            let message = format!("{} holds something that this version does not know ({cause}). Update Backlot.", path.display());
            return Err(Error::new(Code::NewerSchema, message));
        }
        let backup = self.root.join(".backup").join(name);
        let good = read_kept(&backup)?.and_then(|text| parse::<T>(&text).ok().map(|document| (text, document)));
        let Some((good, document)) = good else {
            return Err(Error::new(
                Code::Corrupt,
                format!(
                    "{} cannot be understood ({cause}) and no good copy is kept. It was left as it is; mend it by hand or put it aside.",
                    path.display()
                ),
            ));
        };
        let aside = quarantine(&self.root, name)?;
        let temps = self.root.join(".tmp");
        make_folders([&temps])?;
        replace(&path, &temps, good.as_bytes())?;
        self.base.insert(name.to_owned(), Some(Found::Text(good.into())));
        tracing::warn!(path = %path.display(), aside = %aside.display(), cause, "a damaged document was put aside and its last good copy restored");
        Ok(Some(document))
    }

    /// Keeps the document as it stands as the last good copy. A link, not a copy: it costs no space until the next change.
    ///
    /// # Errors
    /// `NotWritable` for a link where backups are kept: a disk that only fails costs the backup, and not the change.
    pub(super) fn keep_backup(&self, name: &str) -> Result<()> {
        let is_good = match self.base.get(name) {
            // What was cut up was looked through before.
            Some(Some(Found::Text(text))) if self.cut.get(name).is_some_and(|cut| cut.is_text(text)) => true,
            Some(Some(Found::Text(text))) => json::parse::<serde::de::IgnoredAny>(text).is_ok(),
            _ => false,
        };
        if !is_good {
            return Ok(());
        }
        let (path, backup) = (self.root.join(name), self.root.join(".backup").join(name));
        let kept = backup
            .parent()
            .map_or(Ok(()), disk::create_dir_all)
            .and_then(|()| match disk::remove_file(&backup) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
                _ => Ok(()),
            })
            // Never over what is there: it may be a link to the document itself, made by who ignores the lock.
            .and_then(|()| disk::hard_link(&path, &backup).or_else(|_| copy_new(&path, &backup).map(drop)));
        match kept {
            Err(cause) if disk::is_link(&cause) => return Err(Error::io("keep a backup", &backup, &cause)),
            Err(cause) => tracing::warn!(name, error = %cause, "no backup could be kept"),
            Ok(()) => {}
        }
        Ok(())
    }
}
