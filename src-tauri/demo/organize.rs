//! Puts the brief and the assets into a clone, as ordinary changes that nobody has committed yet.
//!
//! Only content goes into the site: the brief fills settings that the site has, by their ids, and the assets become media
//! items. What the site's layout has no place for stays in `demo.json` alone.

use std::fs;
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::model::Brief;
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::progress::{OnProgress, Phase, Progress};
use crate::site::kind::{HEAD, Kind};
use crate::site::{file, media, name};
use crate::store::splice::{self, Edit};
use crate::store::{copy_open, disk, is_there, json, write_staged};

/// Looks at the assets before anything is begun.
///
/// # Errors
/// `InvalidInput` for the field `assets`, naming the file.
#[expect(clippy::disallowed_methods, reason = "assets are outside the workspace")]
pub(super) fn check_assets(assets: &[PathBuf]) -> Result<()> {
    for asset in assets {
        let metadata = fs::metadata(asset).map_err(|cause| unusable(asset, &cause))?;
        if !metadata.is_file() {
            return Err(refused(asset, "is not a file"));
        }
        if asset.to_str().is_none() {
            return Err(refused(asset, "has a name that is not UTF-8"));
        }
        fs::File::open(asset).map_err(|cause| unusable(asset, &cause))?;
    }
    Ok(())
}

fn unusable(asset: &Path, cause: &io::Error) -> Error {
    refused(asset, if cause.kind() == io::ErrorKind::NotFound { "is not there" } else { "cannot be read" })
}

fn refused(asset: &Path, why: &str) -> Error {
    Error::new(Code::InvalidInput, format!("{} {why}. Nothing was created; take it off the list or put it back.", asset.display()))
        .field("assets")
}

/// Fills the brief into the site's settings and copies the assets to its media.
///
/// # Errors
/// `Cancelled`, or what the disk or an asset refuses with.
pub(super) fn organize(
    site: &Path,
    brief: &Brief,
    assets: &[PathBuf],
    now: Timestamp,
    on_progress: OnProgress<'_>,
    cancel: &Cancel,
) -> Result<()> {
    let start = Progress { files_total: assets.len() as u64, ..Progress::start(Phase::Organizing) };
    on_progress(start.clone());
    apply_brief(site, brief, cancel)?;
    let mut items = Vec::new();
    let mut bytes = 0;
    for (done, asset) in assets.iter().enumerate() {
        let item = add_asset(site, asset, now, cancel)?;
        bytes += item["size"].as_u64().unwrap_or_default();
        items.push(item);
        on_progress(Progress { files: done as u64 + 1, bytes, ..start.clone() });
    }
    list_media(site, items)
}

fn apply_brief(site: &Path, brief: &Brief, cancel: &Cancel) -> Result<()> {
    if brief.filled().is_empty() {
        return Ok(());
    }
    edit_json(site, "theme.json", |theme| theme_edits(theme, brief))?;
    for name in ["header", "footer"] {
        edit_json(site, &format!("pages/global/{name}.json"), |document| settings_edits(document, &["settings"], brief, true))?;
    }
    let pages = file::entries(site, "pages")?;
    let mut pages: Vec<String> = pages.into_iter().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    pages.sort();
    for page in pages.iter().filter(|page| Path::new(page).extension().is_some_and(|kind| kind == "json")) {
        cancel.check()?;
        edit_json(site, &format!("pages/{page}"), |document| {
            let widgets = document.get("widgets").and_then(Value::as_object).into_iter().flatten();
            widgets.flat_map(|(id, _)| settings_edits(document, &["widgets", id, "settings"], brief, false)).collect()
        })?;
    }
    Ok(())
}

/// Makes the edits in the file's text, if there is such a file, of the site's own, and it is JSON.
fn edit_json(site: &Path, path: &str, edits: impl FnOnce(&Value) -> Vec<Edit>) -> Result<()> {
    let Some(text) = file::read_text(site, path)? else { return Ok(()) };
    let Ok(document) = json::parse::<Value>(&text) else { return Ok(()) };
    let edits = edits(&document);
    if edits.is_empty() {
        return Ok(());
    }
    write_staged(&site.join(path), &splice::apply(&text, &edits)?)
}

/// Theme settings stand in `settings.global.<group>[]`; a `value` beside the `default` is what the site uses.
fn theme_edits(theme: &Value, brief: &Brief) -> Vec<Edit> {
    let groups = theme.pointer("/settings/global").and_then(Value::as_object).into_iter().flatten();
    groups
        .flat_map(|(group, settings)| {
            settings.as_array().into_iter().flatten().enumerate().map(move |(index, setting)| (group, index, setting))
        })
        .filter_map(|(group, index, setting)| {
            let value = match normal(setting.get("id")?.as_str()?).as_str() {
                "primarycolor" | "primary" | "brandcolor" => non_empty(&brief.primary_color)?.into(),
                "accentcolor" | "accent" => non_empty(&brief.accent_color)?.into(),
                "headingfont" | "bodyfont" | "font" => with_font(setting, non_empty(&brief.font)?),
                _ => return None,
            };
            let path = ["settings", "global", group.as_str(), index.to_string().as_str(), "value"].map(str::to_owned).to_vec();
            Some(Edit { path, value: Some(value) })
        })
        .collect()
}

/// A font setting holds a stack, alone or in an object with a weight; the new family goes in front of what was there.
fn with_font(setting: &Value, font: &str) -> Value {
    let old = setting.get("value").or_else(|| setting.get("default"));
    let prepend = |stack: &str| format!("\"{}\", {stack}", font.replace(['"', '\\'], ""));
    match old {
        Some(Value::Object(old)) => {
            let mut new = old.clone();
            let stack = old.get("stack").and_then(Value::as_str).unwrap_or("sans-serif");
            new.insert("stack".to_owned(), prepend(stack).into());
            Value::Object(new)
        }
        Some(Value::String(stack)) if !stack.is_empty() => prepend(stack).into(),
        _ => prepend("sans-serif").into(),
    }
}

/// Sets those of the settings at `at` that are there already and mean something the brief tells.
fn settings_edits(document: &Value, at: &[&str], brief: &Brief, is_global: bool) -> Vec<Edit> {
    let settings = at.iter().try_fold(document, |value, key| value.get(key)).and_then(Value::as_object);
    settings
        .into_iter()
        .flatten()
        .filter(|(_, old)| old.is_string())
        .filter_map(|(id, _)| {
            let value = match normal(id).as_str() {
                "logotext" | "business" | "businessname" | "sitename" | "companyname" | "brandname" if is_global => &brief.business,
                "tagline" | "slogan" if is_global => &brief.tagline,
                "description" if is_global => &brief.description,
                "email" => &brief.email,
                "phone" => &brief.phone,
                "address" => &brief.address,
                _ => return None,
            };
            let path = at.iter().copied().chain([id.as_str()]).map(str::to_owned).collect();
            Some(Edit { path, value: Some(non_empty(value)?.into()) })
        })
        .collect()
}

/// Copies one asset to the folder of its kind, under a free name, and describes it as `media.json` does.
#[expect(clippy::disallowed_methods, reason = "assets are outside the workspace")]
fn add_asset(site: &Path, asset: &Path, now: Timestamp, cancel: &Cancel) -> Result<Value> {
    let original = asset.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut source = fs::File::open(asset).map_err(|cause| unusable(asset, &cause))?;
    let mut head = Vec::new();
    let read = (&mut source).take(HEAD as u64).read_to_end(&mut head).and_then(|_| source.rewind());
    read.map_err(|cause| unusable(asset, &cause))?;
    let kind = Kind::sniff(&head, &original).ok();
    let (mime, folder) = kind.map_or(("application/octet-stream", "uploads/files"), |kind| (kind.mime(), kind.folder()));
    let ending = original.rsplit_once('.').map_or_else(|| "bin".to_owned(), |(_, ending)| name::stem(ending));
    let place = file::place(site, folder).map_err(|cause| Error::io("make the folder", &site.join(folder), &cause))?;
    disk::create_dir_all(&place).map_err(|cause| Error::io("make the folder", &place, &cause))?;
    for filename in media::names(&original, kind.map_or(&ending, |kind| kind.extension())) {
        let target = place.join(&filename);
        match copy_open(&mut source, &target, cancel) {
            Ok(size) => {
                cancel.check()?;
                let size_of = |size: imagesize::ImageSize| Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?));
                let dimensions = imagesize::size(&target).ok().and_then(size_of);
                let new = media::New { mime, folder, filename: &filename, original: &original, size, dimensions, sizes: json!({}) };
                return Ok(media::item(crate::clock::new_id(), &new, now));
            }
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(Error::io("copy the asset", &target, &cause)),
        }
    }
    Err(Error::new(Code::Internal, "No free name was found for an asset."))
}

/// Adds the items to `uploads/media.json`, where the site keeps one or is of the layout that does.
fn list_media(site: &Path, items: Vec<Value>) -> Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let path = site.join(media::CATALOGUE);
    if is_there(&path)? {
        let Some(text) = file::read_text(site, media::CATALOGUE)? else { return Ok(()) };
        let is_list = json::parse::<Value>(&text).is_ok_and(|document| document.get("files").is_some_and(Value::is_array));
        if !is_list {
            // Not ours to mend: the media doctor lists files that are in no document.
            return Ok(());
        }
        return write_staged(&path, &splice::apply(&text, &media::appended(items))?);
    }
    if file::is_dir(site, "pages")? {
        return write_staged(&path, &media::catalogue(items));
    }
    Ok(())
}

/// An id without case, hyphens and underscores: `logoText`, `logo_text` and `logo-text` are one.
fn normal(id: &str) -> String {
    id.chars().filter(|c| !matches!(c, '_' | '-')).collect::<String>().to_ascii_lowercase()
}

fn non_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> tempfile::TempDir {
        let site = tempfile::tempdir().unwrap();
        for (path, text) in [
            (
                "theme.json",
                r##"{"settings": {"global": {"colors": [{"id": "primary_color", "default": "#111111"}], "typography": [{"id": "body_font", "default": {"stack": "serif", "weight": 400}}]}}, "n": 1.50}"##,
            ),
            ("pages/global/header.json", r#"{"type": "header", "settings": {"logoText": "Old", "sticky": true}}"#),
            (
                "pages/contact.json",
                r#"{"widgets": {"w": {"type": "contact", "settings": {"email": "old@example.com", "description": "keep"}}}}"#,
            ),
            ("uploads/media.json", "{\"files\": []}"),
        ] {
            fs::create_dir_all(site.path().join(path).parent().unwrap()).unwrap();
            fs::write(site.path().join(path), text).unwrap();
        }
        site
    }

    fn run(site: &Path, brief: &Brief, assets: &[PathBuf]) -> Result<()> {
        organize(site, brief, assets, Timestamp::UNIX_EPOCH, &|_| (), &Cancel::new())
    }

    #[test]
    fn the_brief_fills_settings_that_are_there_and_nothing_else() {
        let site = site();
        let brief = Brief {
            business: "Rye & Co".into(),
            email: "hi@rye.example".into(),
            description: "Bread.".into(),
            primary_color: "#aa5500".into(),
            font: "Lora".into(),
            ..Brief::default()
        };
        run(site.path(), &brief, &[]).unwrap();
        let read = |path: &str| fs::read_to_string(site.path().join(path)).unwrap();
        assert!(read("theme.json").contains(r##""default": "#111111", "value": "#aa5500"}"##), "{}", read("theme.json"));
        assert!(read("theme.json").contains(r#""stack": "\"Lora\", serif", "weight": 400"#), "{}", read("theme.json"));
        assert!(read("theme.json").contains("1.50"));
        assert_eq!(read("pages/global/header.json"), r#"{"type": "header", "settings": {"logoText": "Rye & Co", "sticky": true}}"#);
        assert!(read("pages/contact.json").contains(r#""email": "hi@rye.example", "description": "keep""#));
    }

    #[test]
    fn assets_get_free_names_in_the_folder_of_their_kind_and_are_listed() {
        let site = site();
        let source = tempfile::tempdir().unwrap();
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x03\x08\x06\0\0\0";
        let assets: Vec<PathBuf> = [("My Logo.PNG", png.as_slice()), ("my-logo.png", png), ("notes.txt", b"x")]
            .iter()
            .map(|(name, bytes)| {
                let path = source.path().join(name);
                fs::write(&path, bytes).unwrap();
                path
            })
            .collect();
        run(site.path(), &Brief::default(), &assets).unwrap();
        let media: Value = serde_json::from_str(&fs::read_to_string(site.path().join("uploads/media.json")).unwrap()).unwrap();
        let paths: Vec<_> = media["files"].as_array().unwrap().iter().map(|item| item["path"].as_str().unwrap()).collect();
        assert_eq!(paths, ["/uploads/images/my-logo.png", "/uploads/images/my-logo-2.png", "/uploads/files/notes.txt"]);
        assert_eq!((media["files"][0]["width"].as_u64(), media["files"][0]["height"].as_u64()), (Some(2), Some(3)));
        assert!(paths.iter().all(|path| site.path().join(&path[1..]).is_file()));
    }

    #[test]
    fn a_missing_asset_is_named_before_anything_is_begun() {
        let error = check_assets(&["/nowhere/logo.png".into()]).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (Code::InvalidInput, Some("assets")));
        assert!(error.message.contains("/nowhere/logo.png"));
    }
}
