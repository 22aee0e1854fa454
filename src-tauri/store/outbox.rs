//! What one store must tell another, or the world outside: a message posted inside a transaction, and delivered after it.
//!
//! A transaction touches one store. What crosses to another one, or starts something, goes by a message that is committed
//! together with what causes it, so that a crash in between loses neither. It is delivered at least once; its id is made from
//! what caused it, and the receiver makes its own effect depend on the id (a document of that name, say), so that it is applied
//! once. (The transactional outbox: Richardson, "Microservices Patterns", 2018, section 3.3.)

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::batch::Batch;
use super::disk;
use super::document::Store;
use super::schema::Document;
use crate::error::{Code, Error, Result};

/// Where messages wait, below the store's root.
const FOLDER: &str = "outbox";

/// Something to be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Made from what caused it, so that the same cause gives the same id: letters, digits and hyphens.
    pub id: String,
    /// What kind of message it is.
    pub kind: String,
    /// What it says.
    pub body: Value,
}

impl Document for Message {}

impl Batch {
    /// Posts a message with this transaction: both happen, or neither.
    ///
    /// # Errors
    /// `InvalidInput` for an id that is no plain file name.
    pub fn post(&mut self, message: &Message) -> Result<()> {
        if message.id.is_empty() || !message.id.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-') {
            return Err(Error::new(Code::InvalidInput, format!("“{}” is no id of a message. Nothing was changed.", message.id)));
        }
        self.put(&name(&message.id), message)
    }
}

impl Store {
    /// Hands every waiting message to `receive`, the oldest first by its id, and forgets those that it took. What it refuses
    /// waits for the next time. Answers how many were taken.
    ///
    /// # Errors
    /// The first error of `receive`, after all were tried; those of [`Store::transact`].
    pub fn deliver(&self, mut receive: impl FnMut(&Message) -> Result<()>) -> Result<usize> {
        self.recover()?;
        let mut ids: Vec<String> = disk::read_dir(self.root().join(FOLDER))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".json")?.to_owned()))
            .collect();
        ids.sort();
        let mut taken = Vec::new();
        let mut refused = None;
        for id in ids {
            let Some(message) = self.read::<Message>(&name(&id))? else { continue };
            // Without the lock: the receiver takes that of its own store.
            match receive(&message) {
                Ok(()) => taken.push(id),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        self.transact("forget delivered messages", |batch| taken.iter().try_for_each(|id| batch.remove(&name(id))))?;
        refused.map_or(Ok(taken.len()), Err)
    }
}

fn name(id: &str) -> String {
    format!("{FOLDER}/{id}.json")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Task {
        step: String,
    }

    impl Document for Task {}

    fn stores() -> (tempfile::TempDir, Store, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = |name: &str| Store::new(folder.path().join(name), &folder.path().join("locks"), name);
        let (sender, receiver) = (store("demo"), store("state"));
        (folder, sender, receiver)
    }

    fn start(sender: &Store, step: &str) -> Result<()> {
        sender.transact("start a step", |batch| {
            batch.put("workflow.json", &Task { step: step.to_owned() })?;
            batch.post(&Message { id: format!("start-{step}"), kind: "enqueue".to_owned(), body: step.into() })
        })
    }

    /// Applies a message once: the task is named by the message's id.
    fn enqueue(receiver: &Store, message: &Message) -> Result<()> {
        receiver.update(&format!("queued/{}.json", message.id), "enqueue", |known: Option<&Task>| {
            let task = Task { step: message.body.as_str().unwrap_or_default().to_owned() };
            Ok((known.is_none().then_some(task), ()))
        })
    }

    fn queued(folder: &Path) -> usize {
        fs::read_dir(folder.join("state/queued")).map_or(0, Iterator::count)
    }

    #[test]
    fn a_message_goes_with_its_transaction_and_is_applied_once_however_often_it_is_delivered() {
        let (folder, sender, receiver) = stores();
        start(&sender, "branding").unwrap();
        // Delivered, and the sender dies before it can forget the message.
        let message = sender.read::<Message>("outbox/start-branding.json").unwrap().unwrap();
        enqueue(&receiver, &message).unwrap();
        assert_eq!(sender.deliver(|message| enqueue(&receiver, message)).unwrap(), 1);
        assert_eq!(sender.deliver(|message| enqueue(&receiver, message)).unwrap(), 0);
        assert_eq!(queued(folder.path()), 1);
    }

    #[test]
    fn a_refused_message_waits_and_does_not_hold_up_the_others() {
        let (folder, sender, receiver) = stores();
        start(&sender, "a").unwrap();
        start(&sender, "b").unwrap();
        let refused =
            sender.deliver(
                |message| {
                    if message.id == "start-a" { Err(Error::new(Code::Locked, "not now")) } else { enqueue(&receiver, message) }
                },
            );
        assert_eq!((refused.unwrap_err().code, queued(folder.path())), (Code::Locked, 1));
        assert_eq!(sender.deliver(|message| enqueue(&receiver, message)).unwrap(), 1);
    }

    #[test]
    fn a_failed_transaction_posts_nothing() {
        let (_folder, sender, _receiver) = stores();
        let failed: Result<()> = sender.transact("fail", |batch| {
            batch.post(&Message { id: "m".to_owned(), kind: "x".to_owned(), body: Value::Null })?;
            Err(Error::new(Code::InvalidInput, "no"))
        });
        assert!(failed.is_err());
        assert_eq!(sender.deliver(|_| Ok(())).unwrap(), 0);
        let bad = sender.transact("post", |batch| batch.post(&Message { id: "../m".to_owned(), kind: "x".to_owned(), body: Value::Null }));
        assert_eq!(bad.unwrap_err().code, Code::InvalidInput);
    }
}
