//! Collections: many records of one kind, listed by the `collection` filter, each with a page of its own if the theme says so.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::files::{Read, Seen};
use super::model::is_name;
use super::settings::{Fields, Filler};

/// How a list can be sorted.
const SORTS: [&str; 7] = ["manual", "created_desc", "created_asc", "title_asc", "title_desc", "date_desc", "date_asc"];

/// A kind of records.
pub(super) struct Collection {
    /// The name of its folder.
    pub kind: String,
    /// Its items have pages.
    pub has_pages: bool,
    /// The items that are complete, newest first.
    pub items: Vec<Item>,
    /// The folder of its items' pages.
    prefix: String,
    /// How it is sorted when nobody says so.
    sort: String,
    /// What `_order.json` says.
    order: Vec<String>,
    fields: Fields,
    schema: Value,
}

/// One record.
pub(super) struct Item {
    pub slug: String,
    pub uuid: String,
    title: String,
    created: String,
    date: Option<Date>,
    document: Arc<Read>,
}

impl Collection {
    /// Every collection of a site.
    pub fn all(seen: &Seen<'_>) -> Vec<Self> {
        seen.folders("collection-types").iter().filter_map(|kind| Self::load(seen, kind)).collect()
    }

    fn load(seen: &Seen<'_>, kind: &str) -> Option<Self> {
        let mut schema = seen.value(&format!("collection-types/{kind}/schema.json"))?;
        let text = |key: &str| schema.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        // Beside the pages and not among the files of the site.
        let is_free = |prefix: &String| is_name(prefix) && !["assets", "uploads", "widgets"].contains(&prefix.as_str());
        let prefix = text("slugPrefix").filter(is_free).unwrap_or_else(|| kind.to_owned());
        let sort = text("defaultSort").filter(|sort| SORTS.contains(&sort.as_str())).unwrap_or_else(|| "manual".to_owned());
        let has_pages = schema.get("hasItemPages") == Some(&Value::Bool(true));
        schema.as_object_mut()?.insert("slugPrefix".to_owned(), prefix.as_str().into());
        let order = seen.value(&format!("collections/{kind}/_order.json"));
        let order = order.as_ref().and_then(|order| order.get("order")?.as_array()).into_iter().flatten();
        let order = order.filter_map(Value::as_str).map(str::to_owned).collect();
        let fields = Fields::of(&schema);
        let mut collection = Self { kind: kind.to_owned(), has_pages, items: Vec::new(), prefix, sort, order, fields, schema };
        let slugs = seen.names(&format!("collections/{kind}"), ".json").into_iter().filter(|slug| slug != "_order");
        collection.items = slugs.filter_map(|slug| collection.item(seen, slug)).collect();
        collection.items.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.slug.cmp(&b.slug)));
        Some(collection)
    }

    /// A record; none if it cannot be read or a field is empty that must not be.
    fn item(&self, seen: &Seen<'_>, slug: String) -> Option<Item> {
        let document = seen.json(&format!("collections/{}/{slug}.json", self.kind))?;
        let value = document.as_ref().as_ref().ok()?;
        let set = |id: &str| value.pointer("/settings")?.get(id);
        let fields = self.schema.get("settings").and_then(Value::as_array).into_iter().flatten();
        let field = |flag: &str| {
            let mut marked = fields.clone().filter(|field| field.get(flag) == Some(&Value::Bool(true)));
            marked.find_map(|field| field.get("id")?.as_str())
        };
        let is_missing = |field: &Value| {
            let id = field.get("id").and_then(Value::as_str).unwrap_or_default();
            let is_needed = field.get("required") == Some(&Value::Bool(true)) && field.get("type") != Some(&"header".into());
            is_needed && set(id).or(field.get("default")).is_none_or(is_empty)
        };
        if fields.clone().any(is_missing) {
            return None;
        }
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let title = field("usedAsTitle").and_then(set).and_then(Value::as_str).filter(|title| !title.is_empty());
        let date = field("usedAsDate").and_then(set).and_then(Value::as_str).and_then(|date| date.parse().ok());
        let (title, uuid, created) = (title.unwrap_or(&slug).to_owned(), text("uuid"), text("created"));
        Some(Item { uuid, title, created, date, slug, document: document.clone() })
    }

    /// The file that an item's page becomes.
    pub fn file(&self, slug: &str) -> String {
        format!("{}/{slug}.html", self.prefix)
    }

    /// The item of that name.
    pub fn find(&self, slug: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.slug == slug)
    }

    /// What an item's template sees as `collection`.
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// An item as templates see it.
    pub fn shown(&self, item: &Item, filler: &Filler<'_>) -> Value {
        let none = Map::new();
        let document = item.document.as_ref().as_ref().ok().and_then(Value::as_object).unwrap_or(&none);
        let of = |key: &str| document.get(key).cloned().unwrap_or_default();
        json!({
            "id": document.get("id").cloned().unwrap_or_else(|| item.slug.as_str().into()),
            "uuid": item.uuid,
            "slug": item.slug,
            "title": item.title,
            "url": self.has_pages.then(|| format!("{}{}", filler.links.root(), self.file(&item.slug))),
            "created": of("created"),
            "updated": of("updated"),
            "settings": filler.settings(&self.fields, document.get("settings")),
        })
    }

    /// What the layout sees as the page that an item is.
    pub fn page(&self, item: &Item, site_url: &str) -> Value {
        let none = Map::new();
        let document = item.document.as_ref().as_ref().ok().and_then(Value::as_object).unwrap_or(&none);
        let of = |key: &str| document.get(key).cloned().unwrap_or_default();
        let mut seo = document.get("seo").and_then(Value::as_object).cloned().unwrap_or_default();
        seo.entry("og_type").or_insert_with(|| "article".into());
        let is_set = seo.get("canonical_url").and_then(Value::as_str).is_some_and(|url| !url.trim().is_empty());
        if !is_set && !site_url.is_empty() {
            seo.insert("canonical_url".to_owned(), format!("{}/{}", site_url.trim_end_matches('/'), self.file(&item.slug)).into());
        }
        json!({
            "id": format!("{}-{}", self.prefix, item.slug),
            "uuid": item.uuid,
            "slug": format!("{}/{}", self.prefix, item.slug),
            "name": item.title,
            "created": of("created"),
            "updated": of("updated"),
            "seo": seo,
        })
    }

    fn sorted(&self, sort: &str) -> Vec<usize> {
        // The items stand newest first, which is what decides between equals.
        let mut order: Vec<usize> = (0..self.items.len()).collect();
        let by = |compare: &dyn Fn(&Item, &Item) -> Ordering, order: &mut Vec<usize>| {
            order.sort_by(|a, b| compare(&self.items[*a], &self.items[*b]));
        };
        match sort {
            "created_asc" => order.reverse(),
            "title_asc" => by(&|a, b| of_title(a).cmp(&of_title(b)), &mut order),
            "title_desc" => by(&|a, b| of_title(b).cmp(&of_title(a)), &mut order),
            // What has no date stands last either way.
            "date_asc" => by(&|a, b| (a.date.is_none(), a.date).cmp(&(b.date.is_none(), b.date)), &mut order),
            "date_desc" => by(&|a, b| (a.date.is_none(), b.date).cmp(&(b.date.is_none(), a.date)), &mut order),
            "manual" => {
                let place = |item: &Item| self.order.iter().position(|slug| *slug == item.slug).unwrap_or(usize::MAX);
                order.sort_by_key(|at| place(&self.items[*at]));
            }
            _ => {}
        }
        order
    }
}

fn of_title(item: &Item) -> (String, &str) {
    (item.title.to_lowercase(), &item.title)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(link) => link.get("href").is_some_and(|href| href == ""),
        _ => false,
    }
}

/// What the `collection` filter chooses from: by kind the items, and their places for each way to sort.
pub(super) fn listed(collections: &[Collection], filler: &Filler<'_>) -> Value {
    let listed = collections.iter().map(|collection| {
        let items: Vec<Value> = collection.items.iter().map(|item| collection.shown(item, filler)).collect();
        let orders: Map<String, Value> = SORTS.iter().map(|sort| ((*sort).to_owned(), collection.sorted(sort).into())).collect();
        (collection.kind.clone(), json!({ "items": items, "orders": orders, "sort": collection.sort }))
    });
    Value::Object(listed.collect())
}

/// The collection and item that a source names.
pub(super) fn find<'a>(collections: &'a [Collection], kind: &str, slug: &str) -> Option<(&'a Collection, &'a Item)> {
    let collection = collections.iter().find(|collection| collection.kind == kind && collection.has_pages)?;
    Some((collection, collection.find(slug)?))
}
