//! Static site generators: programs that make a site of sources, such as Hugo and Jekyll. Which one a folder is for is told by
//! its files.
//!
//! Such sources are no site yet: their pages hold template code, and many of them are no HTML at all. They are neither handed
//! over nor taken for finished; their own command serves and builds them.

use std::cell::RefCell;
use std::path::Path;

use serde_json::Value;

use super::{file, package, shown};
use crate::error::{Error, Result};

/// Stands for the port in a command that serves a site; it is filled in when the command starts.
pub const PORT: &str = "{port}";

/// A generator whose sources a folder holds, and how to use it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generator {
    /// What people call it.
    pub name: &'static str,
    /// The file or folder that it was recognized by.
    pub found_by: String,
    /// The command that builds the site, word by word.
    pub build: Vec<String>,
    /// The folder that the command builds the site into, as usual.
    pub output: &'static str,
    /// The command that serves the site while it is worked on, with [`PORT`] for the port; none if it has none.
    pub serve: Option<Vec<String>>,
    /// Where to get the program.
    pub install: &'static str,
    /// The file that fixes the versions of what it needs, besides those of package managers.
    pub lockfile: Option<&'static str>,
}

/// How a generator's program is run.
#[derive(Clone, Copy)]
enum Runner {
    /// It is a program of its own.
    Program,
    /// It is a package of `package.json`.
    Package,
    /// It is a gem: by Bundler if there is a `Gemfile`.
    Gem,
}

/// A row of the table: what is known of a generator.
struct Known {
    name: &'static str,
    /// Gives the file or folder that the generator is recognized by.
    by: fn(&Site<'_>) -> Option<String>,
    runner: Runner,
    /// Each command as its words, behind what the runner puts in front.
    build: &'static str,
    output: &'static str,
    serve: &'static str,
    install: &'static str,
    lockfile: Option<&'static str>,
}

/// Every generator that is recognized. The first that fits is taken, so those with the more certain signs come first.
const TABLE: &[Known] = &[
    js("Astro", |site| site.config("astro.config").or_else(|| site.package("astro")), "astro build", "dist")
        .serve("astro dev --host 127.0.0.1 --port {port}"),
    js(
        "Eleventy",
        |site| site.first(&[".eleventy.js"]).or_else(|| site.config("eleventy.config")).or_else(|| site.package("@11ty/eleventy")),
        "eleventy",
        "_site",
    )
    .serve("eleventy --serve --port={port}"),
    js("Docusaurus", |site| site.config("docusaurus.config"), "docusaurus build", "build")
        .serve("docusaurus start --host 127.0.0.1 --port {port} --no-open"),
    js("Next.js", |site| site.config("next.config").or_else(|| site.package("next")), "next build", "out")
        .serve("next dev --hostname 127.0.0.1 --port {port}"),
    js("Gatsby", |site| site.config("gatsby-config").or_else(|| site.package("gatsby")), "gatsby build", "public")
        .serve("gatsby develop --host 127.0.0.1 --port {port}"),
    js("Nuxt", |site| site.config("nuxt.config").or_else(|| site.package("nuxt")), "nuxt generate", ".output/public")
        .serve("nuxt dev --host 127.0.0.1 --port {port}"),
    js("SvelteKit", |site| site.package("@sveltejs/kit"), "vite build", "build").serve("vite dev --host 127.0.0.1 --port {port}"),
    js("VitePress", |site| site.folder(&[".vitepress"]), "vitepress build", ".vitepress/dist")
        .serve("vitepress dev --host 127.0.0.1 --port {port}"),
    js("VitePress", |site| site.folder(&["docs/.vitepress"]), "vitepress build docs", "docs/.vitepress/dist")
        .serve("vitepress dev docs --host 127.0.0.1 --port {port}"),
    js("VuePress", |site| site.folder(&[".vuepress"]), "vuepress build", ".vuepress/dist")
        .serve("vuepress dev --host 127.0.0.1 --port {port}"),
    js("VuePress", |site| site.folder(&["docs/.vuepress"]), "vuepress build docs", "docs/.vuepress/dist")
        .serve("vuepress dev docs --host 127.0.0.1 --port {port}"),
    js("Gridsome", |site| site.config("gridsome.config"), "gridsome build", "dist")
        .serve("gridsome develop --host 127.0.0.1 --port {port}"),
    js("Angular", |site| site.first(&["angular.json"]), "ng build", "dist").serve("ng serve --host 127.0.0.1 --port {port}"),
    js(
        "Hexo",
        |site| site.package("hexo").or_else(|| site.folder(&["scaffolds"]).filter(|_| site.has("_config.yml"))),
        "hexo generate",
        "public",
    )
    .serve("hexo server --ip 127.0.0.1 --port {port}"),
    program("Zola", zola, "zola build", "public", "https://www.getzola.org/documentation/getting-started/installation/")
        .serve("zola serve --interface 127.0.0.1 --port {port}"),
    program("Hugo", hugo, "hugo", "public", "https://gohugo.io/installation/").serve("hugo server --bind 127.0.0.1 --port {port}"),
    gem("Middleman", |site| site.gem("middleman"), "middleman build", "build", "https://middlemanapp.com/basics/install/")
        .serve("middleman server --bind-address 127.0.0.1 --port {port}"),
    gem("Bridgetown", |site| site.gem("bridgetown"), "bridgetown build", "output", "https://www.bridgetownrb.com/docs/installation")
        .serve("bridgetown start --bind tcp://127.0.0.1:{port}"),
    gem("Jekyll", jekyll, "jekyll build", "_site", "https://jekyllrb.com/docs/installation/")
        .serve("jekyll serve --host 127.0.0.1 --port {port}"),
    program(
        "MkDocs",
        |site| site.first(&["mkdocs.yml", "mkdocs.yaml"]),
        "mkdocs build",
        "site",
        "https://www.mkdocs.org/user-guide/installation/",
    )
    .serve("mkdocs serve --dev-addr 127.0.0.1:{port}")
    .lockfile("requirements.txt"),
    program(
        "Pelican",
        |site| site.first(&["pelicanconf.py"]),
        "pelican content",
        "output",
        "https://docs.getpelican.com/en/latest/install.html",
    )
    .serve("pelican content --listen --autoreload --bind 127.0.0.1 --port {port}")
    .lockfile("requirements.txt"),
    program(
        "mdBook",
        |site| site.first(&["book.toml"]),
        "mdbook build",
        "book",
        "https://rust-lang.github.io/mdBook/guide/installation.html",
    )
    .serve("mdbook serve --hostname 127.0.0.1 --port {port}"),
    program(
        "Quarto",
        |site| site.first(&["_quarto.yml", "_quarto.yaml"]),
        "quarto render",
        "_site",
        "https://quarto.org/docs/get-started/",
    )
    .serve("quarto preview --host 127.0.0.1 --port {port} --no-browser"),
    program("Sphinx", sphinx, "sphinx-build . _build/html", "_build/html", "https://www.sphinx-doc.org/en/master/usage/installation.html")
        .lockfile("requirements.txt"),
];

/// The generator whose sources are in the folder `site`; none for a site of finished files, or one that Backlot renders.
///
/// # Errors
/// `NotWritable` or `Io` if a file that identifies a generator cannot be read: an unreadable site does not count as finished.
pub fn recognize(site: &Path) -> Result<Option<Generator>> {
    if shown::is_rendered(site) {
        return Ok(None);
    }
    let site = Site { root: site, package: package::read(site)?, unread: RefCell::default() };
    let found = TABLE.iter().find_map(|known| Some(known.at(&site, (known.by)(&site)?)));
    site.unread.into_inner().map_or(Ok(found), Err)
}

/// The folder that is looked at.
struct Site<'a> {
    root: &'a Path,
    package: Value,
    /// Why the first of the files could not be read that could not.
    unread: RefCell<Option<Error>>,
}

impl Site<'_> {
    /// What was read; nothing if it could not be, which is noted.
    fn read<T: Default>(&self, read: Result<T>) -> T {
        read.unwrap_or_else(|error| {
            self.unread.borrow_mut().get_or_insert(error);
            T::default()
        })
    }

    fn has(&self, path: &str) -> bool {
        self.read(file::is_file(self.root, path))
    }

    /// The first of these files that is there.
    fn first(&self, paths: &[&str]) -> Option<String> {
        paths.iter().find(|path| self.has(path)).map(|path| (*path).to_owned())
    }

    /// The first of these folders that is there.
    fn folder(&self, paths: &[&str]) -> Option<String> {
        let is_folder = |path: &str| self.read(file::is_dir(self.root, path));
        paths.iter().find(|path| is_folder(path)).map(|path| (*path).to_owned())
    }

    /// A settings file in JavaScript or TypeScript.
    fn config(&self, name: &str) -> Option<String> {
        ["js", "mjs", "cjs", "ts", "mts", "cts"].iter().map(|ending| format!("{name}.{ending}")).find(|path| self.has(path))
    }

    /// A package that `package.json` names.
    fn package(&self, name: &str) -> Option<String> {
        let is_named = ["dependencies", "devDependencies"].iter().any(|kind| self.package[*kind][name].is_string());
        is_named.then(|| package::PACKAGE.to_owned())
    }

    /// A gem that the `Gemfile` names.
    fn gem(&self, name: &str) -> Option<String> {
        let text = self.read(file::read_text(self.root, "Gemfile"))?;
        let is_named = |line: &str| {
            line.trim_start()
                .strip_prefix("gem")
                .is_some_and(|rest| rest.contains(&format!("\"{name}")) || rest.contains(&format!("'{name}")))
        };
        text.lines().any(is_named).then(|| "Gemfile".to_owned())
    }

    /// Whether a settings file has a line that sets `key`.
    fn sets(&self, path: &str, key: &str) -> bool {
        let is_set = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(['=', ':']));
        self.read(file::read_text(self.root, path)).is_some_and(|text| text.lines().any(is_set))
    }
}

fn hugo(site: &Site<'_>) -> Option<String> {
    let endings = ["toml", "yaml", "yml", "json"];
    let named = |stem: &str| endings.iter().map(|ending| format!("{stem}.{ending}")).find(|path| site.has(path));
    named("hugo").or_else(|| {
        site.folder(&["layouts", "themes", "archetypes"])?;
        named("config").or_else(|| named("config/_default/hugo")).or_else(|| named("config/_default/config"))
    })
}

fn zola(site: &Site<'_>) -> Option<String> {
    site.folder(&["templates", "content", "themes", "sass"])?;
    ["config.toml", "zola.toml"].iter().find(|path| site.sets(path, "base_url")).map(|path| (*path).to_owned())
}

fn jekyll(site: &Site<'_>) -> Option<String> {
    let config = site.first(&["_config.yml", "_config.yaml", "_config.toml"]);
    let folder = site.folder(&["_layouts", "_includes", "_posts"]);
    match (config, folder) {
        (Some(config), Some(_)) => Some(config),
        // A theme of a gem brings the layouts; beside a first page that is finished, the settings alone say little.
        (Some(config), None) if !site.has("index.html") && ["theme", "remote_theme"].iter().any(|key| site.sets(&config, key)) => {
            Some(config)
        }
        (config, folder) => {
            let gem = ["jekyll", "github-pages"].iter().find_map(|name| site.gem(name));
            gem.filter(|_| config.is_some() || folder.is_some()).or_else(|| folder.filter(|name| name == "_layouts"))
        }
    }
}

fn sphinx(site: &Site<'_>) -> Option<String> {
    site.first(&["index.rst", "index.md"])?;
    ["extensions", "project", "html_theme"].iter().any(|key| site.sets("conf.py", key)).then(|| "conf.py".to_owned())
}

const fn js(name: &'static str, by: fn(&Site<'_>) -> Option<String>, build: &'static str, output: &'static str) -> Known {
    let install = "https://nodejs.org/ (then install the site's packages in its folder, for example with “npm install”)";
    Known { name, by, runner: Runner::Package, build, output, serve: "", install, lockfile: None }
}

const fn program(
    name: &'static str,
    by: fn(&Site<'_>) -> Option<String>,
    build: &'static str,
    output: &'static str,
    install: &'static str,
) -> Known {
    Known { name, by, runner: Runner::Program, build, output, serve: "", install, lockfile: None }
}

const fn gem(
    name: &'static str,
    by: fn(&Site<'_>) -> Option<String>,
    build: &'static str,
    output: &'static str,
    install: &'static str,
) -> Known {
    Known { name, by, runner: Runner::Gem, build, output, serve: "", install, lockfile: Some("Gemfile.lock") }
}

impl Known {
    const fn serve(self, serve: &'static str) -> Self {
        Self { serve, ..self }
    }

    const fn lockfile(self, lockfile: &'static str) -> Self {
        Self { lockfile: Some(lockfile), ..self }
    }

    fn at(&self, site: &Site<'_>, found_by: String) -> Generator {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let command = |line: &str| self.in_front(site).into_iter().map(str::to_owned).chain(words(line)).collect::<Vec<_>>();
        let script = matches!(self.runner, Runner::Package).then(|| package::script_that_builds(&site.package, site.root)).flatten();
        Generator {
            name: self.name,
            found_by,
            build: script.map_or_else(|| command(self.build), |(command, _)| words(&command)),
            output: self.output,
            serve: (!self.serve.is_empty()).then(|| command(self.serve)),
            install: self.install,
            lockfile: self.lockfile,
        }
    }

    /// What runs the generator's program.
    fn in_front(&self, site: &Site<'_>) -> Vec<&'static str> {
        match self.runner {
            Runner::Gem if site.has("Gemfile") => vec!["bundle", "exec"],
            Runner::Program | Runner::Gem => Vec::new(),
            Runner::Package => match package::manager(&site.package, package::lockfile(site.root)) {
                "pnpm" => vec!["pnpm", "exec"],
                "yarn" => vec!["yarn", "run"],
                "bun" => vec!["bun", "run"],
                _ => vec!["npx", "--no-install"],
            },
        }
    }
}

#[cfg(test)]
mod tests;
