//! Which files are those of a generator, and which are not.

use std::fs;

use super::*;

fn site(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn found(files: &[(&str, &str)]) -> Option<Generator> {
    recognize(site(files).path()).unwrap()
}

fn name(files: &[(&str, &str)]) -> Option<&'static str> {
    Some(found(files)?.name)
}

#[test]
fn generators_are_recognized_by_their_files() {
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("Jekyll", &[("_config.yml", "title: a"), ("_layouts/default.html", "{{ content }}")]),
        ("Jekyll", &[("_config.yml", "title: a"), ("_posts/2026-01-01-a.md", "x")]),
        ("Jekyll", &[("_config.yml", "title: a"), ("Gemfile", "source 'x'\ngem \"jekyll\", \"~> 4\"\n")]),
        ("Jekyll", &[("_config.yml", ""), ("Gemfile", "gem 'github-pages', group: :jekyll_plugins")]),
        ("Jekyll", &[("_config.yml", "theme: minima\n"), ("index.md", "# a")]),
        ("Jekyll", &[("_layouts/default.html", ""), ("index.html", "---\n---\n")]),
        ("Hugo", &[("hugo.toml", "")]),
        ("Hugo", &[("hugo.yaml", "")]),
        ("Hugo", &[("hugo.json", "{}")]),
        ("Hugo", &[("config.toml", "baseURL = 'x'"), ("layouts/index.html", "")]),
        ("Hugo", &[("config.yaml", "baseURL: x"), ("themes/a/theme.toml", "")]),
        ("Hugo", &[("config.toml", ""), ("archetypes/default.md", "")]),
        ("Hugo", &[("config/_default/hugo.toml", ""), ("layouts/a.html", "")]),
        ("Zola", &[("config.toml", "base_url = \"https://a.example\"\n"), ("templates/index.html", ""), ("themes/a/b", "")]),
        ("Eleventy", &[(".eleventy.js", "")]),
        ("Eleventy", &[("eleventy.config.mjs", "")]),
        ("Eleventy", &[("package.json", r#"{"devDependencies": {"@11ty/eleventy": "3"}}"#), ("index.njk", "")]),
        ("Astro", &[("astro.config.mjs", "")]),
        ("MkDocs", &[("mkdocs.yml", "")]),
        ("Docusaurus", &[("docusaurus.config.ts", "")]),
        ("Next.js", &[("next.config.js", "")]),
        ("Gatsby", &[("gatsby-config.ts", "")]),
        ("Nuxt", &[("nuxt.config.ts", "")]),
        ("SvelteKit", &[("svelte.config.js", ""), ("package.json", r#"{"devDependencies": {"@sveltejs/kit": "2"}}"#)]),
        ("VitePress", &[("docs/.vitepress/config.mts", "")]),
        ("VuePress", &[(".vuepress/config.js", "")]),
        ("Hexo", &[("_config.yml", "theme: a"), ("scaffolds/post.md", "")]),
        ("Hexo", &[("_config.yml", ""), ("package.json", r#"{"dependencies": {"hexo": "7"}}"#)]),
        ("Pelican", &[("pelicanconf.py", "")]),
        ("mdBook", &[("book.toml", "")]),
        ("Quarto", &[("_quarto.yml", "")]),
        ("Sphinx", &[("conf.py", "project = 'a'\n"), ("index.rst", "")]),
        ("Middleman", &[("Gemfile", "gem 'middleman', '4'"), ("config.rb", "")]),
        ("Gridsome", &[("gridsome.config.js", "")]),
        ("Angular", &[("angular.json", "{}")]),
    ];
    for (expected, files) in cases {
        assert_eq!(name(files), Some(*expected), "{files:?}");
    }
}

#[test]
fn finished_sites_and_those_that_are_rendered_here_are_of_no_generator() {
    let cases: &[&[(&str, &str)]] = &[
        &[("index.html", "<h1>a</h1>")],
        &[("index.html", ""), ("config.toml", "title = 'a'"), ("config.json", "{}")],
        &[("index.html", ""), ("_config.yml", "theme: minima\n")],
        &[("index.html", ""), ("package.json", r#"{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}}"#)],
        &[("index.html", ""), ("Gemfile", "gem 'jekyll'")],
        &[("index.html", ""), ("content/a.txt", ""), ("themes/a.css", "")],
        &[("index.html", ""), ("conf.py", "x = 1")],
        &[("layout.liquid", ""), ("theme.json", "{}"), ("astro.config.mjs", ""), ("_config.yml", ""), ("_layouts/a.html", "")],
    ];
    for files in cases {
        assert_eq!(name(files), None, "{files:?}");
    }
}

#[test]
fn commands_are_those_of_the_site() {
    let both = |files: &[(&str, &str)]| {
        let found = found(files).unwrap();
        (found.build.join(" "), found.serve.unwrap_or_default().join(" "))
    };
    let check = |files: &[(&str, &str)], build: &str, serve: &str| assert_eq!(both(files), (build.to_owned(), serve.to_owned()));
    check(&[("hugo.toml", "")], "hugo", "hugo server --bind 127.0.0.1 --port {port}");
    check(&[("mkdocs.yml", "")], "mkdocs build", "mkdocs serve --dev-addr 127.0.0.1:{port}");
    let jekyll = ("_layouts/a.html", "");
    check(&[jekyll], "jekyll build", "jekyll serve --host 127.0.0.1 --port {port}");
    let gemfile = ("Gemfile", "gem 'jekyll'");
    check(&[jekyll, gemfile], "bundle exec jekyll build", "bundle exec jekyll serve --host 127.0.0.1 --port {port}");
    let astro = ("astro.config.mjs", "");
    check(&[astro], "npx --no-install astro build", "npx --no-install astro dev --host 127.0.0.1 --port {port}");
    check(&[astro, ("pnpm-lock.yaml", "")], "pnpm exec astro build", "pnpm exec astro dev --host 127.0.0.1 --port {port}");
    let package = ("package.json", r#"{"scripts": {"build": "astro check && astro build"}}"#);
    check(&[astro, package, ("yarn.lock", "")], "yarn run build", "yarn run astro dev --host 127.0.0.1 --port {port}");
    check(&[("conf.py", "project = 'a'"), ("index.rst", "")], "sphinx-build . _build/html", "");
}

#[test]
fn every_command_that_serves_names_the_port_once_and_stays_on_this_machine() {
    for known in TABLE.iter().filter(|known| !known.serve.is_empty()) {
        assert_eq!(known.serve.matches(PORT).count(), 1, "{}", known.name);
        assert!(known.serve.contains("127.0.0.1") || known.name == "Eleventy", "{} is reachable from elsewhere", known.name);
    }
}
