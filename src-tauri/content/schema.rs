//! What a theme says of its widgets and settings: `widgets/<type>/schema.json`, and the groups in `theme.json`.
//!
//! A schema that cannot be understood takes only its own widget with it, and says why.

use std::collections::HashSet;
use std::ops::Deref;
use std::path::Path;

use serde_json::{Map, Value};

use super::model::{BlockType, Choice, DocumentName, Setting, ThemeGroup, WidgetType};
use super::name::GLOBALS;
use crate::site::locale::{Locale, readable};
use crate::site::{builtin, copies, documents, file, input};
use crate::store::disk;

/// The types of widgets that a site knows.
#[derive(Debug, Clone, Default)]
pub struct Types(Vec<WidgetType>);

impl Deref for Types {
    type Target = [WidgetType];

    fn deref(&self) -> &[WidgetType] {
        &self.0
    }
}

impl Types {
    /// Reads every schema of a site: its widgets by name, those that Widgetizer brings, header and footer. A theme may say that
    /// it does without the ones that Widgetizer brings; those that a page uses all the same are still known.
    pub fn load(site: &Path) -> Self {
        Self::load_with(site, &Locale::load(site))
    }

    pub(super) fn load_with(site: &Path, locale: &Locale) -> Self {
        let mut types: Vec<WidgetType> = folders(site)
            .into_iter()
            .filter_map(|kind| Some(understand(&kind, false, read(site, &format!("widgets/{kind}/schema.json"))?, locale)))
            .collect();
        let takes_core = takes_core_widgets(site);
        for (kind, schema) in builtin::schemas() {
            if types.iter().all(|known| known.kind != kind) && (takes_core || is_used(site, kind)) {
                types.push(understand(kind, false, Ok(schema), locale));
            }
        }
        for kind in GLOBALS {
            types.extend(read(site, &format!("widgets/global/{kind}/schema.json")).map(|schema| understand(kind, true, schema, locale)));
        }
        Self(types)
    }
}

/// The type of that name, of a page's widgets or of the global ones.
pub(super) fn find<'a>(types: &'a [WidgetType], kind: &str, global: bool) -> Option<&'a WidgetType> {
    types.iter().find(|known| known.kind == kind && known.global == global)
}

/// The groups of a theme's settings: of `theme.json`, which fits.
pub(super) fn theme_groups(theme: &Value, locale: &Locale) -> Vec<ThemeGroup> {
    let groups = theme.pointer("/settings/global").and_then(Value::as_object).into_iter().flatten();
    groups
        .map(|(key, settings)| {
            let word = ["name", "label"].iter().find_map(|last| locale.get(&format!("global.{key}.{last}")));
            let mut settings = settings.clone();
            locale.resolve(&mut settings);
            // One for each element, so that its place in the list is its place in the document.
            let settings = settings.as_array().into_iter().flatten().map(|raw| setting(raw).unwrap_or_else(|_| unknown(raw))).collect();
            ThemeGroup { key: key.clone(), label: word.map_or_else(|| readable(key), str::to_owned), settings }
        })
        .collect()
}

/// The folders of the page's widgets.
fn folders(site: &Path) -> Vec<String> {
    let mut names: Vec<String> = file::entries(site, "widgets")
        .unwrap_or_default()
        .into_iter()
        .filter(|entry| entry.file_type().is_ok_and(disk::Kind::is_dir))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name != "global" && !name.starts_with('.') && !copies::is_copy(name))
        .collect();
    names.sort();
    names
}

/// A schema, or why it cannot be read; none if there is none.
fn read(site: &Path, path: &str) -> Option<Result<Value, String>> {
    input::document(site, path).map_err(|damage| damage.to_string()).transpose()
}

/// Whether the theme takes the widgets that Widgetizer brings: only a plain `false` in its `theme.json` says that it does not.
fn takes_core_widgets(site: &Path) -> bool {
    let theme = read(site, input::THEME).and_then(Result::ok).unwrap_or_default();
    theme.get("useCoreWidgets") != Some(&Value::Bool(false))
}

/// Whether a page has a widget of this type, by a look at its text alone.
fn is_used(site: &Path, kind: &str) -> bool {
    let quoted = format!("\"{kind}\"");
    let is_page = |path: &String| DocumentName::at(path).is_some_and(|document| document.slug().is_some());
    documents::list(site)
        .unwrap_or_default()
        .iter()
        .filter(|path| is_page(path))
        .any(|path| file::read_text(site, path).ok().flatten().is_some_and(|text| text.contains(&quoted)))
}

fn understand(kind: &str, global: bool, schema: Result<Value, String>, locale: &Locale) -> WidgetType {
    let mut widget = WidgetType { kind: kind.to_owned(), label: readable(kind), global, ..WidgetType::default() };
    let read = schema.and_then(|mut schema| {
        locale.resolve(&mut schema);
        fill(&mut widget, &schema)
    });
    widget.problem = read.err();
    widget
}

fn fill(widget: &mut WidgetType, schema: &Value) -> Result<(), String> {
    let Value::Object(schema) = schema else { return Err("The schema is no JSON object.".to_owned()) };
    if let Some(name) = text(schema, "displayName").or_else(|| text(schema, "name")) {
        widget.label = name;
    }
    widget.description = text(schema, "description");
    let aliases = schema.get("aliases").and_then(Value::as_array).into_iter().flatten();
    widget.aliases = aliases.filter_map(Value::as_str).map(str::to_owned).collect();
    let most = schema.get("maxBlocks").and_then(Value::as_u64).filter(|most| *most > 0);
    widget.max_blocks = most.and_then(|most| usize::try_from(most).ok());
    widget.settings = settings(schema, "the widget")?;
    for block in list(schema, "blocks", "the widget")? {
        let Value::Object(block) = block else { return Err("One of its blocks is no object.".to_owned()) };
        let kind = text(block, "type").ok_or("One of its blocks has no type.")?;
        if widget.blocks.iter().any(|known| known.kind == kind) {
            return Err(format!("Two of its blocks have the type “{kind}”."));
        }
        let label = text(block, "displayName").or_else(|| text(block, "name")).unwrap_or_else(|| readable(&kind));
        let settings = settings(block, &format!("the block “{kind}”"))?;
        widget.blocks.push(BlockType { kind, label, settings });
    }
    for block in list(schema, "defaultBlocks", "the widget")? {
        let kind = block.get("type").and_then(Value::as_str).ok_or("One of its default blocks has no type.")?;
        let settings = block.get("settings").and_then(Value::as_object).cloned().unwrap_or_default();
        widget.default_blocks.push((kind.to_owned(), settings));
    }
    Ok(())
}

fn settings(owner: &Map<String, Value>, of: &str) -> Result<Vec<Setting>, String> {
    let mut ids = HashSet::new();
    let mut settings = Vec::new();
    for raw in list(owner, "settings", of)? {
        let setting = setting(raw).map_err(|why| format!("A setting of {of} {why}."))?;
        if setting.kind != "header" && !ids.insert(setting.id.clone()) {
            return Err(format!("Two settings of {of} have the id “{}”.", setting.id));
        }
        settings.push(setting);
    }
    Ok(settings)
}

fn list<'a>(owner: &'a Map<String, Value>, key: &str, of: &str) -> Result<&'a [Value], String> {
    match owner.get(key) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(values)) => Ok(values),
        Some(_) => Err(format!("The “{key}” of {of} is no list.")),
    }
}

/// One field of a form; the words of the refusal follow on “A setting of …”.
fn setting(raw: &Value) -> Result<Setting, String> {
    let Value::Object(members) = raw else { return Err("is no object".to_owned()) };
    let kind = text(members, "type").ok_or("has no type")?;
    let id = text(members, "id").unwrap_or_default();
    if id.is_empty() && kind != "header" {
        return Err("has no id".to_owned());
    }
    let number = |key: &str| members.get(key).and_then(Value::as_f64);
    let choice = |option: &Value| {
        let value = option.get("value").unwrap_or(option).clone();
        let label = option.get("label").and_then(Value::as_str).map_or_else(|| plain(&value), str::to_owned);
        Choice { value, label }
    };
    Ok(Setting {
        label: text(members, "label").unwrap_or_else(|| readable(&id)),
        id: if kind == "header" { String::new() } else { id },
        kind,
        description: text(members, "description"),
        placeholder: text(members, "placeholder"),
        default: members.get("default").cloned(),
        options: members.get("options").and_then(Value::as_array).into_iter().flatten().map(choice).collect(),
        min: number("min"),
        max: number("max"),
        step: number("step"),
        unit: text(members, "unit"),
        raw: raw.clone(),
    })
}

/// A theme's setting that is none a form could show, so that those after it keep their places.
fn unknown(raw: &Value) -> Setting {
    let kind = raw.get("type").and_then(Value::as_str).unwrap_or("unknown").to_owned();
    let label = raw.get("label").and_then(Value::as_str).unwrap_or_default().to_owned();
    Setting {
        kind,
        id: String::new(),
        label,
        description: None,
        placeholder: None,
        default: None,
        options: Vec::new(),
        min: None,
        max: None,
        step: None,
        unit: None,
        raw: raw.clone(),
    }
}

/// A member that is a text and not empty.
fn text(members: &Map<String, Value>, key: &str) -> Option<String> {
    members.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use serde_json::json;

    fn starter(name: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("starters").join(name)
    }

    fn of(schema: Value) -> WidgetType {
        understand("my-widget", false, Ok(schema), &Locale::default())
    }

    #[test]
    fn every_schema_of_the_starters_is_understood() {
        for name in ["bakery", "portfolio", "saas"] {
            let types = Types::load(&starter(name));
            assert!(types.len() > 10 && types.iter().all(|known| known.problem.is_none()), "{name}: {types:?}");
            assert_eq!(types.iter().filter(|known| known.global).count(), 2);
            let theme: Value = serde_json::from_slice(&fs::read(starter(name).join("theme.json")).unwrap()).unwrap();
            let groups = theme_groups(&theme, &Locale::default());
            assert!(!groups.is_empty() && groups.iter().all(|group| !group.settings.is_empty()), "{name}");
        }
        let types = Types::load(&starter("bakery"));
        let hero = find(&types, "hero", false).unwrap();
        assert_eq!((hero.label.as_str(), hero.blocks[0].kind.as_str(), hero.default_blocks.len()), ("Opening", "fact", 3));
        assert_eq!((hero.settings[0].kind.as_str(), hero.settings[0].id.as_str()), ("header", ""));
        let width = find(&types, "header", true).unwrap().settings.iter().find(|setting| setting.id == "logoWidth").unwrap().clone();
        assert_eq!((width.min, width.max, width.step, width.unit.as_deref()), (Some(60.0), Some(320.0), Some(10.0), Some("px")));
    }

    #[test]
    fn a_broken_schema_says_why_and_keeps_its_widget() {
        for (schema, why) in [
            (json!([]), "no JSON object"),
            (json!({"settings": {}}), "no list"),
            (json!({"settings": [7]}), "no object"),
            (json!({"settings": [{"id": "a"}]}), "has no type"),
            (json!({"settings": [{"type": "text"}]}), "has no id"),
            (json!({"settings": [{"type": "text", "id": "a"}, {"type": "text", "id": "a"}]}), "“a”"),
            (json!({"blocks": [{"displayName": "x"}]}), "no type"),
            (json!({"blocks": [{"type": "x"}, {"type": "x"}]}), "“x”"),
            (json!({"blocks": [{"type": "x", "settings": [1]}]}), "block “x”"),
            (json!({"defaultBlocks": [1]}), "default blocks"),
        ] {
            let widget = of(schema.clone());
            assert!(widget.problem.as_ref().is_some_and(|problem| problem.contains(why)), "{schema}: {:?}", widget.problem);
            assert_eq!((widget.kind.as_str(), widget.label.as_str()), ("my-widget", "My widget"));
        }
    }

    #[test]
    fn what_is_not_known_is_kept_and_what_is_not_said_is_read_from_the_keys() {
        let raw = json!({"type": "table", "id": "openingHours", "columns": [{"id": "a"}], "options": ["x", {"value": 2}]});
        let widget = of(json!({"settings": [raw], "blocks": [{"type": "call-out"}], "maxBlocks": 0}));
        let setting = &widget.settings[0];
        assert_eq!((setting.kind.as_str(), setting.label.as_str(), &setting.raw), ("table", "Opening hours", &raw));
        let labels: Vec<_> = setting.options.iter().map(|choice| choice.label.as_str()).collect();
        assert_eq!((labels, widget.blocks[0].label.as_str(), widget.max_blocks), (vec!["x", "2"], "Call out", None));
    }

    #[test]
    fn the_widgets_that_widgetizer_brings_are_offered_unless_the_theme_does_without() {
        let site = tempfile::tempdir().unwrap();
        let core = |theme: Option<&str>| {
            let path = site.path().join("theme.json");
            theme.map_or_else(|| drop(fs::remove_file(&path)), |theme| fs::write(&path, theme).unwrap());
            Types::load(site.path()).iter().map(|known| known.kind.clone()).collect::<Vec<_>>()
        };
        let all = ["core-divider", "core-spacer", "core-form"];
        for theme in [None, Some("{"), Some("{}"), Some(r#"{"useCoreWidgets": true}"#), Some(r#"{"useCoreWidgets": "no"}"#)] {
            assert_eq!(core(theme), all, "{theme:?}");
        }
        assert!(core(Some(r#"{"useCoreWidgets": false}"#)).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn schemas_come_from_the_site_alone_and_damaged_ones_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let (site, out) = (folder.path().join("site"), folder.path().join("out"));
        for name in ["site/widgets/good", "site/widgets/bad", "site/widgets/linked", "site/widgets/empty", "site/pages", "out"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        fs::write(site.join("widgets/good/schema.json"), r#"{"displayName": "tTheme:good.name"}"#).unwrap();
        fs::write(site.join("widgets/bad/schema.json"), "{").unwrap();
        fs::write(out.join("schema.json"), "{}").unwrap();
        std::os::unix::fs::symlink(out.join("schema.json"), site.join("widgets/linked/schema.json")).unwrap();
        std::os::unix::fs::symlink(&out, site.join("widgets/folder")).unwrap();
        fs::write(site.join("pages/index.json"), r#"{"widgets": {"a": {"type": "core-spacer"}}}"#).unwrap();
        // A theme that does without the widgets of Widgetizer still knows those that a page uses.
        fs::write(site.join("theme.json"), r#"{"useCoreWidgets": false}"#).unwrap();
        let types = Types::load(&site);
        let shown: Vec<_> = types.iter().map(|known| (known.kind.as_str(), known.label.as_str(), known.problem.is_some())).collect();
        assert_eq!(shown, [("bad", "Bad", true), ("good", "Good", false), ("linked", "Linked", true), ("core-spacer", "Spacer", false)]);
    }
}
