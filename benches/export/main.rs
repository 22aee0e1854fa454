//! A site of two hundred pages and four hundred pictures, built: against copying its media and rendering its pages, and no more.
//!
//! `cargo xtask bench export` runs this. The rival copies the same media files with the system's own copy, and renders the same
//! pages with renderers of its own, both on every core; it follows no reference, names nothing by its contents, and waits for no
//! disk. A build does all that, and its files are durable when it is done. The two take turns.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]
#![expect(clippy::disallowed_methods, reason = "a benchmark makes its own files, and its rival is the bare system call")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use backlot::app::{App, BuildOrder, Options, SaveDelays};
use backlot::cancel::Cancel;
use backlot::clock::Clock;
use backlot::render::Renderer;
use backlot::render::model::{Mode, PageRequest};
use image::RgbImage;
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The size of the pictures, in pixels: two megapixels.
const SIZE: (u32, u32) = (1632, 1224);

fn main() -> ExitCode {
    if let Some(ended) = backlot::git::worker::main() {
        return ended;
    }
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [data, report] => bench(data.as_ref(), report.as_ref(), 200, 9),
        [data, report, "--quick"] => bench(data.as_ref(), report.as_ref(), 20, 3),
        _ => {
            println!("Run it with `cargo xtask bench export`.");
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn bench(data: &Path, report: &Path, pages: usize, rounds: usize) -> Result<(), Failure> {
    let root = data.join("export");
    if root.exists() {
        fs::remove_dir_all(&root)?;
    }
    let workspace = root.join("workspace");
    let app =
        App::open(Options { root: workspace, program: std::env::current_exe()?, clock: Clock::system(), delays: SaveDelays::default() })?;
    let request = serde_json::from_value(json!({"slug": "one", "template": "bakery"}))?;
    app.create(request, &|_| (), &Cancel::new())?;
    let site = app.demo("one")?.folder.ok_or("the demo has no folder")?.join("site");
    let pictures = root.join("pictures");
    fs::create_dir_all(&pictures)?;
    println!("makes {} pictures and {pages} pages", pages * 2);
    let files = in_parallel(pages * 2, |number| picture(&pictures.join(format!("picture-{number}.jpg")), number))?;
    app.import_media("one", &files, &|_| (), &Cancel::new())?;
    fs::remove_dir_all(&pictures)?;
    fill(&site, pages)?;

    let (mut builds, mut bare) = (Vec::new(), Vec::new());
    let mut built = None;
    for round in 0..rounds {
        let target = root.join(format!("built-{round}"));
        let begun = Instant::now();
        let order = BuildOrder { target: target.clone(), site_url: "https://demo.example".to_owned(), as_files: false };
        let build = app.build("one", &order, &|_| (), &Cancel::new())?;
        builds.push(begun.elapsed());
        let copied = root.join("copied");
        let begun = Instant::now();
        rival(&site, &target, &copied)?;
        bare.push(begun.elapsed());
        fs::remove_dir_all(&copied)?;
        fs::remove_dir_all(&target)?;
        println!(
            "round {}: a build {:.2} s, copying and rendering {:.2} s",
            round + 1,
            builds[round].as_secs_f64(),
            bare[round].as_secs_f64()
        );
        built = Some(build);
    }
    app.close();
    let built = built.ok_or("there was no round")?;
    if built.pages < pages || built.media < pages * 2 {
        return Err(format!("the build has {} pages and {} media files", built.pages, built.media).into());
    }
    let text = told(&mut builds, &mut bare, &built);
    println!("\n{text}");
    fs::write(report, text)?;
    Ok(fs::remove_dir_all(root)?)
}

/// Pages until there are so many, each with the starter's widgets and two pictures of its own.
fn fill(site: &Path, pages: usize) -> Result<(), Failure> {
    let model: Value = serde_json::from_str(&fs::read_to_string(site.join("pages/index.json"))?)?;
    for number in 0..pages {
        let mut page = model.clone();
        let hero = |which: usize| {
            let mut hero = model["widgets"]["hero"].clone();
            hero["settings"]["image"] = format!("/uploads/images/picture-{}.jpg", number * 2 + which).into();
            hero["settings"]["title"] = format!("Page {number}, picture {which}").into();
            hero
        };
        page["widgets"]["hero"] = hero(0);
        page["widgets"]["hero-2"] = hero(1);
        if let Some(order) = page["widgetsOrder"].as_array_mut() {
            order.push("hero-2".into());
        }
        page["name"] = format!("Page {number}").into();
        page["slug"] = format!("page-{number}").into();
        page["uuid"] = uuid::Uuid::now_v7().to_string().into();
        fs::write(site.join(format!("pages/page-{number}.json")), serde_json::to_string(&page)?)?;
    }
    Ok(())
}

/// A picture that is no easier to compress than a photograph.
fn picture(path: &Path, number: usize) -> Result<PathBuf, Failure> {
    let mut state = number as u64 * 0x9e37_79b9 + 1;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as u32 % 24
    };
    let picture = RgbImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        let mut shade = |step: u32| u8::try_from(((x / step + y / 7 + noise()) % 232) + 8).unwrap_or_default();
        image::Rgb([shade(5), shade(9), shade(13)])
    });
    picture.save(path)?;
    Ok(path.to_owned())
}

/// Copies what the build has of the media, and renders every page.
fn rival(site: &Path, built: &Path, to: &Path) -> Result<(), Failure> {
    let folder = built.join("uploads/images");
    let names: Vec<PathBuf> = fs::read_dir(&folder)?.map(|entry| entry.map(|entry| entry.file_name().into())).collect::<Result<_, _>>()?;
    fs::create_dir_all(to)?;
    in_parallel(names.len(), |number| Ok(fs::copy(site.join("uploads/images").join(&names[number]), to.join(&names[number]))?))?;
    let routes = Renderer::new(site).routes()?;
    let next = AtomicUsize::new(0);
    let render = || -> Result<(), Failure> {
        let renderer = Renderer::one_of_many(site);
        while let Some(route) = routes.get(next.fetch_add(1, Ordering::Relaxed)) {
            let html = renderer.page(PageRequest { mode: Mode::Publish, ..PageRequest::new(route.source.clone()) })?.html;
            if html.is_empty() {
                return Err("a page is empty".into());
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..cores()).map(|_| scope.spawn(render)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread ended by itself")?)
    })
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Does something for every number up to `count`, on every core.
fn in_parallel<T: Send>(count: usize, work: impl Fn(usize) -> Result<T, Failure> + Sync) -> Result<Vec<T>, Failure> {
    let next = AtomicUsize::new(0);
    let some = || -> Result<Vec<(usize, T)>, Failure> {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(done);
            }
            done.push((number, work(number)?));
        }
    };
    let mut done = Vec::new();
    thread::scope(|scope| -> Result<(), Failure> {
        let threads: Vec<_> = (0..cores()).map(|_| scope.spawn(some)).collect();
        for thread in threads {
            done.extend(thread.join().map_err(|_| "a thread ended by itself")??);
        }
        Ok(())
    })?;
    done.sort_by_key(|(number, _)| *number);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

fn told(builds: &mut [Duration], bare: &mut [Duration], built: &backlot::export::model::Build) -> String {
    let mut text = format!(
        "# Building a site, measured\n\n\
         Written by `cargo xtask bench export` on {}: {} cores, {}. {} pages, {} media files, {} files in all, {} MB, built to a folder; \
         {} rounds in which the two take turns.\n\n\
         *Copying and rendering*: the same media files copied by the system's own copy, then the same pages rendered, both on every \
         core, with nothing written of the pages and nothing waited for. A build also follows every reference, names assets by their \
         contents, takes the hash of every file, writes all of it, and is on the disk when it is done. Seconds.\n\n\
         | | median | shortest | longest |\n| --- | ---: | ---: | ---: |\n",
        Clock::system().now().strftime("%Y-%m-%d"),
        cores(),
        std::env::consts::OS,
        built.pages,
        built.media,
        built.files,
        built.bytes / 1_000_000,
        builds.len(),
    );
    let mut medians = Vec::new();
    for (name, times) in [("A build", builds), ("Copying and rendering", bare)] {
        times.sort_unstable();
        let at = |index: usize| times.get(index).map_or(0.0, Duration::as_secs_f64);
        medians.push(at(times.len() / 2));
        let _ = writeln!(text, "| {name} | {:.2} | {:.2} | {:.2} |", at(times.len() / 2), at(0), at(times.len() - 1));
    }
    if let [build, bare] = medians[..] {
        let _ = writeln!(text, "\nA build takes {:.2} times as long; 1.5 is wanted at the most.", build / bare);
    }
    text
}
