//! What is written from the table: the reference, and the TypeScript client.

use std::fmt::Write as _;

use schemars::SchemaGenerator;

use super::{Operation, operations};

/// The reference of all operations, in Markdown: `docs/reference/operations.md`.
pub fn reference() -> String {
    let mut text = "# Operations\n\n\
        Generated from the table in `src-tauri/api`. Every caller does what it does through these: the window, the command line \
        (`backlot api <name> [<json>]`), and agents. A demo is named by its slug or its id.\n"
        .to_owned();
    for operation in operations() {
        let callers: Vec<&str> = operation.callers.iter().map(|caller| caller.name()).collect();
        let about = operation.about.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        let _ = write!(text, "\n## `{}`\n\n{about}\n\n*{}*, for {}.\n", operation.name, operation.kind.name(), callers.join(", "));
        let fields = fields(operation);
        if !fields.is_empty() {
            text.push_str("\n| field | type | |\n| --- | --- | --- |\n");
            for Field { name, kind, about } in fields {
                let _ = writeln!(text, "| `{name}` | {kind} | {about} |");
            }
        }
    }
    text
}

/// A field of a request.
struct Field {
    name: String,
    kind: String,
    about: String,
}

fn fields(operation: &Operation) -> Vec<Field> {
    let mut generator = SchemaGenerator::default();
    let schema = (operation.request)(&mut generator);
    let definitions = generator.definitions();
    let schema = serde_json::Value::from(schema);
    let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    let schema = definitions.get(name).unwrap_or(&schema);
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(|name| name.as_str()).collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let field = |(name, property): (&String, &serde_json::Value)| Field {
        kind: format!("{}{}", kind(property), if required.contains(&name.as_str()) { "" } else { ", optional" }),
        about: property["description"].as_str().unwrap_or_default().replace('\n', " "),
        name: name.clone(),
    };
    properties.map(field).collect()
}

/// A type in a word or two.
fn kind(schema: &serde_json::Value) -> String {
    if let Some(path) = schema["$ref"].as_str() {
        let name = path.rsplit('/').next().unwrap_or_default();
        return if name == "DemoRef" { "slug or id".to_owned() } else { name.to_owned() };
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        return choices.iter().find(|one| one["type"] != "null").map(kind).unwrap_or_default();
    }
    match &schema["type"] {
        serde_json::Value::String(name) if name == "array" => format!("list of {}", kind(&schema["items"])),
        serde_json::Value::String(name) => name.clone(),
        serde_json::Value::Array(names) => {
            names.iter().filter_map(|name| name.as_str()).find(|name| *name != "null").unwrap_or_default().to_owned()
        }
        _ => "any JSON".to_owned(),
    }
}

#[cfg(test)]
pub(super) use client::Types;

#[cfg(test)]
mod client {
    use std::collections::BTreeMap;

    use ts_rs::{Config, TS, TypeVisitor};

    use super::*;
    use crate::api::Request;

    /// The TypeScript types of an operation.
    #[derive(Debug, Clone, Copy)]
    pub struct Types {
        /// Its request; none if it needs nothing.
        request: fn(&Config) -> Option<Named>,
        response: fn(&Config) -> String,
        imports: fn(&Config, &mut BTreeMap<String, String>),
    }

    /// A type by its name, and its declaration if that is nowhere else.
    struct Named {
        name: String,
        declaration: Option<String>,
    }

    impl Types {
        pub const fn of<R: Request>() -> Self {
            Self {
                request: |config| {
                    let declaration = (!R::IS_SHARED).then(|| R::decl(config));
                    (!fields(&Operation::of::<R>()).is_empty()).then(|| Named { name: R::name(config), declaration })
                },
                response: |config| {
                    let name = R::Response::name(config);
                    if name == "null" { "void".to_owned() } else { name }
                },
                imports: |config, imports| {
                    let mut imports = Imports(config, imports);
                    imports.visit::<R::Response>();
                    if R::IS_SHARED {
                        imports.visit::<R>();
                    } else {
                        R::visit_dependencies(&mut imports);
                    }
                },
            }
        }
    }

    /// Collects the types that have files of their own.
    struct Imports<'a>(&'a Config, &'a mut BTreeMap<String, String>);

    impl TypeVisitor for Imports<'_> {
        fn visit<T: TS + 'static + ?Sized>(&mut self) {
            if let Some(path) = T::output_path() {
                self.1.insert(T::ident(self.0), path.with_extension("").display().to_string());
            }
            T::visit_generics(self);
        }
    }

    /// The client: the requests, and a function for each operation.
    fn client() -> String {
        let config = Config::from_env();
        let (mut imports, mut requests, mut functions) = (BTreeMap::new(), String::new(), String::new());
        for operation in operations() {
            let Types { request, response, imports: imported } = operation.types;
            imported(&config, &mut imports);
            let about = operation.about.lines().map(str::trim).collect::<Vec<_>>().join(" ");
            let (given, passed) = match request(&config) {
                Some(Named { name, declaration }) => {
                    requests.extend(declaration.map(|declaration| format!("\nexport {declaration}\n")));
                    (format!("request: {name}"), "request")
                }
                None => (String::new(), "{}"),
            };
            let (camel, response) = (camel(operation.name), response(&config));
            let _ = write!(
                functions,
                "  /** {} */\n  {camel}: ({given}): Promise<{response}> => call('{}', {passed}),\n",
                about.trim(),
                operation.name
            );
        }
        let imports = imports.iter().fold(String::new(), |mut text, (name, path)| {
            let _ = writeln!(text, "import type {{ {name} }} from './{path}';");
            text
        });
        format!(
            "// This file was generated by [ts-rs] from the table in `src-tauri/api`. Do not edit this file manually.\n{imports}{requests}\n\
             /** Calls the operation of that name. */\n\
             export type Call = <T>(operation: string, request: object) => Promise<T>;\n\n\
             /** Every operation of the host. */\n\
             export const operations = (call: Call) => ({{\n{functions}}});\n\n\
             export type Operations = ReturnType<typeof operations>;\n"
        )
    }

    fn camel(name: &str) -> String {
        let mut words = name.split('_');
        let first = words.next().unwrap_or_default().to_owned();
        words.fold(first, |name, word| {
            let (head, rest) = word.split_at(1);
            name + &head.to_uppercase() + rest
        })
    }

    #[test]
    fn export_bindings_operations() {
        let config = Config::from_env();
        std::fs::create_dir_all(config.out_dir()).unwrap();
        std::fs::write(config.out_dir().join("operations.ts"), client()).unwrap();
    }
}
