//! What a workspace holds at the start. The same scenario always gives the same demos.
//!
//! The starters are cloned once, by creating a demo of each; a session gets copies of those under other names.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use backlot::api::{Api, Caller, NoHost};
use backlot::cancel::Cancel;
use backlot::demo::slug;
use backlot::error::{Code, Error, Result};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::session::{failed, open};

const STARTERS: &[&str] = &["bakery", "portfolio", "saas"];
/// A template from elsewhere, of which only a demo says that it is there.
const ADDED: &str = "harbour";
const ADDED_URL: &str = "https://git.example.com/agency/harbour-agency-theme.git";
/// Name, template and tags of the demos, in turn.
const DEMOS: &[(&str, &str, &[&str])] = &[
    ("Nordlicht Bäckerei", "bakery", &["client", "berlin"]),
    ("Ida Holm, Ceramics", "portfolio", &["client", "pitch"]),
    ("Ledgerline", "saas", &["product"]),
    ("Café Mélange", "bakery", &["pitch"]),
    ("Studio Okonkwo", "portfolio", &["client"]),
    ("Harbour & Sons", ADDED, &["client", "redesign"]),
    ("Quillstack", "saas", &["product", "pitch"]),
    ("The Rye House", "bakery", &["client"]),
    ("Marta Lindqvist Photography", "portfolio", &["archive"]),
    ("Tidewater Analytics", "saas", &["redesign"]),
];
const LONG_NAME: &str =
    "Internationale Gesellschaft für handwerkliche Sauerteigbrote und Konditoreiwaren am Gendarmenmarkt, Zweigniederlassung Süd";
/// So many demos have the whole site of their starter; of more, nobody looks at the pages.
const WHOLE: usize = 12;

/// What a session begins with.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// How many demos there are.
    demos: usize,
    /// Their names are as long as names get.
    long: bool,
    /// A template that was added is there as well.
    added: bool,
}

/// The starters' demos, made when the first session needs them.
#[derive(Debug, Default)]
pub struct Prepared(Mutex<Option<TempDir>>);

impl Prepared {
    /// Makes the workspace at `root` as the scenario says.
    ///
    /// # Errors
    /// What a creation or a copy fails with.
    pub fn fill(&self, root: &Path, scenario: &Scenario) -> Result<()> {
        let prepared = self.root()?;
        let made = |what: &'static str| move |cause: std::io::Error| failed(what, &cause);
        copy(&prepared.join("templates"), &root.join("templates")).map_err(made("the templates"))?;
        if scenario.added {
            add_template(root).map_err(made("a template"))?;
        }
        let now = Timestamp::now();
        for index in 0..scenario.demos {
            seed(&prepared, root, index, scenario.long, now).map_err(made("a demo"))?;
        }
        Ok(())
    }

    fn root(&self) -> Result<PathBuf> {
        let mut prepared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if prepared.is_none() {
            let folder = tempfile::tempdir().map_err(|cause| failed("a folder", &cause))?;
            create(folder.path())?;
            *prepared = Some(folder);
        }
        let folder = prepared.as_ref().ok_or_else(|| Error::new(Code::Internal, "No demos were prepared."))?;
        Ok(folder.path().to_owned())
    }
}

/// Creates a demo of each starter.
fn create(root: &Path) -> Result<()> {
    let app = open(root)?;
    let api = Api::new(app.clone(), std::sync::Arc::new(NoHost), Caller::Cli);
    for starter in STARTERS {
        let request = json!({"slug": starter, "name": starter, "template": starter, "request_id": Uuid::now_v7().to_string()});
        api.dispatch("create_demo", request, &|_| (), &Cancel::new())?;
    }
    app.close();
    Ok(())
}

/// A demo, or, as of every fortieth, one whose creation did not end well.
fn seed(prepared: &Path, root: &Path, index: usize, is_long: bool, now: Timestamp) -> std::io::Result<()> {
    let (business, key, tags) = DEMOS[index % DEMOS.len()];
    let round = index / DEMOS.len();
    let name = match round {
        _ if is_long => format!("{LONG_NAME} {}", index + 1),
        0 => business.to_owned(),
        round => format!("{business} {}", round + 1),
    };
    let named = if is_long { format!("{business}-mit-einem-sehr-langen-ordnernamen-{}", index + 1) } else { name.clone() };
    let slug = slug::suggest(&named, |_| false);
    let steps = i64::try_from(index).unwrap_or_default();
    let created = now - SignedDuration::from_secs((steps + 1) * 19_080 + steps * steps * 60);
    let starter = if key == ADDED { STARTERS[0] } else { key };
    let template: Value = if key == ADDED {
        json!({"key": ADDED, "url": ADDED_URL, "branch": "main", "commit": "0".repeat(40)})
    } else {
        let known = fs::read(prepared.join("demos").join(starter).join("demo.json"))?;
        serde_json::from_slice::<Value>(&known).map(|known| known["template"].clone())?
    };
    let brief = json!({
        "business": business,
        "tagline": "Made by hand, close to home",
        "email": format!("hello@{}.example", slug::suggest(business, |_| false)),
        "primary_color": "#7a3e1d",
        "accent_color": "#e0a458",
    });
    let id = Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + index as u128);
    let demo = json!({
        "schema": 1,
        "rev": 1,
        "id": id,
        "slug": slug,
        "name": name,
        "tags": tags,
        "brief": brief,
        "template": template,
        "version_id": template["commit"],
        "request_id": format!("seed-{index}"),
        "created_at": created,
    });
    let status = |state: Value, message: &str| {
        let mut status = json!({"schema": 1, "rev": 1, "message": message, "updated_at": created});
        if let (Some(status), Some(state)) = (status.as_object_mut(), state.as_object()) {
            status.extend(state.clone());
        }
        status
    };
    let unmade = match index % 40 {
        11 => {
            let message = "The host git.example.com could not be reached. Nothing was created. Check the connection and retry.";
            Some(status(json!({"state": "failed", "error": {"code": "NoNetwork", "message": message}}), message))
        }
        23 => {
            let message = "Backlot ended while this demo was being created. Nothing of it is left behind.";
            Some(status(json!({"state": "interrupted"}), message))
        }
        _ => None,
    };
    if let Some(status) = unmade {
        let request = json!({
            "slug": slug, "name": name, "template": key, "branch": null, "tags": tags, "brief": brief, "assets": [],
            "request_id": format!("seed-{index}"),
        });
        let folder = root.join("state/creations");
        fs::create_dir_all(&folder)?;
        return write(
            &folder.join(format!("seed-{index}.json")),
            &json!({"schema": 1, "rev": 1, "request": request, "demo": demo, "status": status}),
        );
    }
    let folder = root.join("demos").join(&slug);
    if index < WHOLE {
        copy(&prepared.join("demos").join(starter).join("site"), &folder.join("site"))?;
    } else {
        fs::create_dir_all(folder.join("site"))?;
        fs::write(folder.join("site/index.html"), "<!doctype html><title>A demo</title>")?;
    }
    write(&folder.join("demo.json"), &demo)?;
    write(&folder.join("demo.status.json"), &status(json!({"state": "ready"}), "Ready."))
}

fn add_template(root: &Path) -> std::io::Result<()> {
    let ago = |days: u64| Timestamp::now() - Duration::from_secs(days * 86_400);
    let template = json!({
        "schema": 1, "rev": 1,
        "key": ADDED, "name": "harbour-agency-theme", "description": "", "kind": "url", "url": ADDED_URL, "branch": "main",
        "commit": "41d7b09ce5f2".repeat(4)[..40], "added_at": ago(40), "refreshed_at": ago(3), "left_out": [], "contents": "",
    });
    let folder = root.join("templates").join(ADDED);
    copy(&root.join("templates").join(STARTERS[0]), &folder)?;
    write(&folder.join("template.json"), &template)
}

fn write(path: &Path, value: &Value) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, serde_json::to_vec_pretty(value)?)
}

/// Copies a folder with what is in it; nothing if there is none.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.exists() {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, place) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &place)?;
        } else {
            fs::copy(entry.path(), place)?;
        }
    }
    Ok(())
}
