//! The process that is measured: a workspace with ten demos, and their previews.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use backlot::app::{App, Options, Privacy, SaveDelays, Settings, StartPreview};
use backlot::cancel::Cancel;
use backlot::clock::Clock;
use backlot::preview::model::State;
use serde_json::json;

use crate::{Failure, PREVIEWS};

/// A page of the size that pages have.
const PAGE: usize = 12_000;
/// A picture.
const PICTURE: usize = 60_000;
/// A video, of which parts are asked for.
pub const VIDEO: usize = 4_000_000;

/// What is asked of each site, and how long the answer is; the length of a page is not fixed.
pub const PATHS: &[(&str, Option<&str>, u16)] = &[
    ("/", None, 200),
    ("/about", None, 200),
    ("/assets/site.css", None, 200),
    ("/assets/picture.jpg", None, 200),
    ("/video.mp4", Some("bytes=1000000-1099999"), 206),
    ("/", None, 200),
    ("/nothing", None, 404),
    ("/assets/site.css", None, 200),
];

/// The running process.
pub struct Server {
    process: Child,
    lines: BufReader<ChildStdout>,
    pub ports: Vec<u16>,
    pub root: PathBuf,
}

/// What was left when everything had been stopped.
#[derive(Debug)]
pub struct Stopped {
    pub took: Duration,
    pub open_ports: usize,
    pub locked_ports: usize,
    pub descriptors: usize,
    pub processes: usize,
    pub records: usize,
}

impl Stopped {
    pub fn is_clean(&self) -> bool {
        self.open_ports + self.locked_ports + self.processes + self.records == 0
    }
}

impl Server {
    pub fn start(root: &Path) -> Result<Self, Failure> {
        make_template(&root.with_extension("template"))?;
        let mut process =
            Command::new(std::env::current_exe()?).arg("serve").arg(root).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(process.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        lines.read_line(&mut line)?;
        Ok(Self { process, lines, ports: serde_json::from_str(&line)?, root: root.to_owned() })
    }

    /// The memory that the process has in use, in kB.
    pub fn memory(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.trim().trim_end_matches("kB").trim().parse()?)
    }

    /// Changes a file of a demo's site.
    pub fn touch(&self, number: usize) -> Result<(), Failure> {
        let color = number % 256;
        let site = self.root.join("demos").join(format!("demo-{}", number % PREVIEWS)).join("site");
        Ok(fs::write(site.join("assets/live.css"), format!("h1 {{ color: rgb({color}, 0, 0) }}"))?)
    }

    /// Stops every preview, and looks at what is left while the process still lives, and after it.
    pub fn stop(&mut self) -> Result<Stopped, Failure> {
        let begun = Instant::now();
        writeln!(self.process.stdin.as_mut().ok_or("no input")?, "stop")?;
        let mut line = String::new();
        self.lines.read_line(&mut line)?;
        let took = begun.elapsed();
        let open_ports = self.ports.iter().filter(|port| TcpStream::connect(("127.0.0.1", **port)).is_ok()).count();
        let locked_ports = self.ports.iter().filter(|port| TcpListener::bind(("127.0.0.1", **port)).is_err()).count();
        let sockets = fs::read_dir(format!("/proc/{}/fd", self.process.id()))?.flatten();
        let descriptors =
            sockets.filter(|entry| fs::read_link(entry.path()).is_ok_and(|target| target.to_string_lossy().starts_with("socket:"))).count();
        drop(self.process.stdin.take());
        self.process.wait()?;
        let is_record = |entry: &fs::DirEntry| entry.path().extension().is_some_and(|kind| kind == "json");
        let records = fs::read_dir(self.root.join("state/previews"))?.flatten().filter(is_record).count();
        Ok(Stopped { took, open_ports, locked_ports, descriptors, processes: left(&self.root), records })
    }
}

/// The processes that still have to do with the workspace.
fn left(root: &Path) -> usize {
    let wanted = root.to_string_lossy().into_owned();
    let own = std::process::id().to_string();
    let processes =
        fs::read_dir("/proc").into_iter().flatten().flatten().filter(|entry| entry.file_name().to_string_lossy() != own.as_str());
    processes
        .filter(|entry| {
            let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let folder = fs::read_link(entry.path().join("cwd")).unwrap_or_default();
            String::from_utf8_lossy(&command).contains(&format!("serve\0{wanted}")) || folder.starts_with(root)
        })
        .count()
}

/// The process itself: says the ports, and goes on until it is told to stop and then to end.
pub fn serve(root: &Path) -> Result<(), Failure> {
    let app = App::open(Options {
        root: root.to_owned(),
        program: std::env::current_exe()?,
        clock: Clock::system(),
        delays: SaveDelays::default(),
    })?;
    app.set_settings(Settings { preview_private: Privacy::Off, ..app.settings()? })?;
    let template = root.with_extension("template");
    let mut ports = Vec::new();
    let mut demos = Vec::new();
    for number in 0..PREVIEWS {
        let slug = format!("demo-{number}");
        let request = serde_json::from_value(json!({"slug": slug, "template": template}))?;
        let demo = app.create(request, &|_| (), &Cancel::new())?;
        let site = demo.folder.ok_or("no folder")?.join("site");
        fs::write(site.join("index.html"), page(&format!("This is {slug}.")))?;
        let State::Running { port, .. } = app.start_preview(demo.demo.id, StartPreview::default())?.state else {
            return Err("a preview does not run".into());
        };
        ports.push(port);
        demos.push(demo.demo.id);
    }
    println!("{}", serde_json::to_string(&ports)?);
    let mut lines = std::io::stdin().lines();
    lines.next();
    std::thread::scope(|scope| {
        for demo in &demos {
            scope.spawn(|| app.stop_preview(*demo));
        }
    });
    println!("stopped");
    lines.next();
    app.close();
    Ok(())
}

fn page(title: &str) -> String {
    let words = "Slow bread, baked at night and sold until it is gone. ";
    format!(
        "<!doctype html><html><head><link rel=\"stylesheet\" href=\"/assets/site.css\"></head><body><h1>{title}</h1><p>{}</p></body></html>",
        words.repeat(PAGE / words.len())
    )
}

fn make_template(folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder.join("assets"))?;
    fs::write(folder.join("index.html"), page("Template"))?;
    fs::write(folder.join("about.html"), page("About"))?;
    fs::write(folder.join("assets/site.css"), "h1 { color: red }\n".repeat(300))?;
    fs::write(folder.join("assets/live.css"), "h1 { color: red }\n")?;
    fs::write(folder.join("assets/picture.jpg"), vec![7; PICTURE])?;
    fs::write(folder.join("video.mp4"), vec![9; VIDEO])?;
    for arguments in [
        &["init", "--quiet", "--initial-branch=main"][..],
        &["add", "--all"],
        &["-c", "user.name=Bench", "-c", "user.email=bench@example.invalid", "commit", "--quiet", "--message", "Site"],
    ] {
        if !Command::new("git").arg("-C").arg(folder).args(arguments).status()?.success() {
            return Err("git failed".into());
        }
    }
    Ok(())
}
