//! The real window, driven as a user would: through the webview's own driver, with nothing of the product replaced.
//!
//! A [`Stage`] is one user's machine: a home and a workspace in a temporary folder. [`Stage::open`] starts the program
//! there, as often as a test likes, for instance after killing it. All that a window started ends with it.
//!
//! Waiting is always for something a user can see, with a limit; a failure tells what the window showed, and leaves its
//! picture and its log in `tests/e2e/artifacts`.

use crate::dialog;
use crate::driver::{Driver, is_alive, send};
use crate::webdriver::{Reply, Session};
use rustix::process::{Pid, Signal};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use x11rb::protocol::xproto::{ClientMessageEvent, ConnectionExt as _, EventMask};

/// How long a user would wait for something that is not a clone.
pub const SOON: Duration = Duration::from_secs(10);

/// How long a clone of a small repository may take on a busy machine.
pub const A_CLONE: Duration = Duration::from_secs(60);

/// How often a condition is looked at again.
const LOOK: Duration = Duration::from_millis(30);

/// The key Backspace, as WebDriver spells it.
pub const BACKSPACE: &str = "\u{e003}";
/// The key Control.
pub const CONTROL: &str = "\u{e009}";
/// The key Delete.
pub const DELETE: &str = "\u{e017}";
/// The key Enter.
pub const ENTER: &str = "\u{e007}";
/// The key Escape.
pub const ESCAPE: &str = "\u{e00c}";
/// The key Tab.
pub const TAB: &str = "\u{e004}";

/// One user's machine, gone when dropped.
pub struct Stage {
    folder: TempDir,
    workspace: PathBuf,
    theme: &'static str,
    environment: Vec<(String, String)>,
}

impl Stage {
    /// A machine on which Backlot never ran.
    pub fn new() -> Self {
        let folder = TempDir::with_prefix("backlot-e2e-").expect("a temporary folder");
        for name in ["home", "run", "work"] {
            fs::create_dir(folder.path().join(name)).expect("a folder in it");
        }
        fs::set_permissions(folder.path().join("run"), fs::Permissions::from_mode(0o700)).expect("a private folder");
        let workspace = folder.path().join("home/Backlot");
        Self { folder, workspace, theme: "Adwaita", environment: vec![] }
    }

    /// The same, with a workspace elsewhere, which stays.
    pub fn on(workspace: PathBuf) -> Self {
        Self { workspace, ..Self::new() }
    }

    /// The same, on a desktop that prefers dark.
    pub fn dark() -> Self {
        Self { theme: "Adwaita:dark", ..Self::new() }
    }

    /// Sets a variable for what runs here.
    pub fn set(&mut self, name: &str, value: &Path) {
        self.environment.push((name.to_owned(), value.display().to_string()));
    }

    /// A folder for what a test brings along.
    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// The folder for sockets of what runs here.
    pub fn run(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    /// Where a demo is, or would be.
    pub fn demo(&self, slug: &str) -> PathBuf {
        self.workspace.join("demos").join(slug)
    }

    /// What is left of creations that are under way.
    pub fn staging(&self) -> Vec<String> {
        names_in(&self.workspace.join(".staging"))
    }

    /// Runs the CLI on the same workspace.
    pub fn backlot(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backlot"));
        self.prepare(&mut command);
        let output = command.args(arguments).stdin(Stdio::null()).output().expect("the CLI starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "backlot {arguments:?} failed: {said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }

    /// Opens the program.
    pub fn open(&self) -> Window {
        Window::open(self)
    }

    /// Where what is said by the programs that run here goes.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("window.log")
    }

    /// Gives a command this machine's environment.
    pub fn prepare(&self, command: &mut Command) {
        let home = self.folder.path().join("home");
        command.env("HOME", &home).env("BACKLOT_WORKSPACE", &self.workspace);
        for (name, below) in [("CONFIG", ".config"), ("DATA", ".local/share"), ("CACHE", ".cache"), ("STATE", ".local/state")] {
            command.env(format!("XDG_{name}_HOME"), home.join(below));
        }
        command.env("XDG_RUNTIME_DIR", self.folder.path().join("run"));
        // Each test has a window of its own, instead of one that they all hand their arguments to.
        command.env("BACKLOT_MULTI_INSTANCE", "1");
        command.env("TAURI_WEBVIEW_AUTOMATION", "true").env("GTK_THEME", self.theme).env("LANG", "C.UTF-8");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
    }
}

/// An open window. Dropping it ends the program the hard way, with all that it started.
pub struct Window {
    session: Session,
    driver: Driver,
    program: Pid,
}

impl Window {
    fn open(stage: &Stage) -> Self {
        let program = env!("CARGO_BIN_EXE_backlot-desktop");
        let driver = Driver::start(stage);
        let arguments = ["--workspace".to_owned(), stage.workspace.display().to_string()];
        let session = match Session::start(driver.port, program, &arguments) {
            Ok(session) => session,
            Err(fault) => panic!("the window did not open: {fault}\n{}", driver.log()),
        };
        let pid = wait(SOON, || driver.program(Path::new(program))).expect("the program is the driver's child");
        let window = Self { session, driver, program: pid };
        window.until("the page is loaded from the program itself", SOON, |session| {
            let address = session.url()?;
            Ok((address.trim_end_matches('/') == "tauri://localhost" && session.run("return document.readyState", &[])? == "complete")
                .then_some(()))
        });
        window.resize(1280, 800);
        window
    }

    /// Gives the window's inside this size.
    pub fn resize(&self, width: u32, height: u32) {
        self.session.resize(width, height).expect("the window takes a size");
    }

    /// Clicks the element with this test id, once it can be clicked.
    pub fn click(&self, id: &str) {
        self.until(&format!("a click on {id}"), SOON, |session| {
            let element = session.find(&test_id(id))?;
            if !session.is_enabled(&element)? {
                return Ok(None);
            }
            session.click(&element).map(Some)
        });
    }

    /// Puts a text where another may be, as typing it does.
    pub fn fill(&self, id: &str, text: &str) {
        self.fill_at(&test_id(id), text);
    }

    /// As [`Window::fill`], in what a CSS selector finds.
    pub fn fill_at(&self, selector: &str, text: &str) {
        self.until(&format!("typing into {selector}"), SOON, |session| {
            let element = session.find(selector)?;
            session.click(&element)?;
            // WebDriver's own way to clear takes the focus away, which means "keep" to some inputs.
            session.press(&[CONTROL, "a"])?;
            session.press(&[DELETE])?;
            session.type_into(&element, text)?;
            Ok((session.property(&element, "value")? == text).then_some(()))
        });
    }

    /// Presses keys together, wherever the focus is.
    pub fn press(&self, keys: &[&str]) {
        self.session.press(keys).expect("the keys are pressed");
    }

    /// Types a text, wherever the focus is.
    pub fn type_text(&self, text: &str) {
        for letter in text.chars() {
            self.press(&[&letter.to_string()]);
        }
    }

    /// Waits until an input holds a text, such as one that is worked out from another.
    pub fn see_value(&self, id: &str, wanted: &str) {
        self.until(&format!("{id} to hold \"{wanted}\""), SOON, |session| {
            let element = session.find(&test_id(id))?;
            Ok((session.property(&element, "value")? == wanted).then_some(()))
        });
    }

    /// What an input holds.
    pub fn value(&self, id: &str) -> String {
        self.until(&format!("the value of {id}"), SOON, |session| {
            let element = session.find(&test_id(id))?;
            Ok(session.property(&element, "value")?.as_str().map(str::to_owned))
        })
    }

    /// The test id of what has the focus.
    pub fn focus(&self) -> String {
        let script = "return document.activeElement?.closest('[data-testid]')?.dataset.testid ?? document.activeElement?.tagName ?? ''";
        self.session.run(script, &[]).expect("the page answers").as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an element is shown, and answers its text.
    pub fn see(&self, id: &str) -> String {
        self.until(&format!("{id} to be shown"), SOON, |session| shown(session, id))
    }

    /// Waits until an element shows a text, and answers all of its text.
    pub fn see_text(&self, id: &str, wanted: &str, patience: Duration) -> String {
        self.until(&format!("{id} to show \"{wanted}\""), patience, |session| Ok(shown(session, id)?.filter(|text| text.contains(wanted))))
    }

    /// Waits until what a CSS selector finds holds a value.
    pub fn see_value_at(&self, selector: &str, wanted: &str) {
        self.until(&format!("{selector} to hold \"{wanted}\""), SOON, |session| {
            let element = session.find(selector)?;
            Ok((session.property(&element, "value")? == wanted).then_some(()))
        });
    }

    /// Waits until the program has ended by itself, and answers how long that took.
    pub fn see_end(self) -> Duration {
        let asked = Instant::now();
        wait(SOON, || (!is_alive(self.program)).then_some(())).expect("the program ends");
        asked.elapsed()
    }

    /// Closes the window as a window manager does when its cross is clicked (ICCCM, section 4.2.8.1).
    pub fn close_by_cross(&self) {
        let id = self.id();
        let (display, _) = x11rb::connect(None).expect("there is a display");
        let atom = |name: &[u8]| display.intern_atom(false, name).expect("a request").reply().expect("an answer").atom;
        let message = ClientMessageEvent::new(32, id, atom(b"WM_PROTOCOLS"), [atom(b"WM_DELETE_WINDOW"), 0, 0, 0, 0]);
        display.send_event(false, id, EventMask::NO_EVENT, message).expect("a request").check().expect("it is sent");
    }

    /// Drops files on the middle of the window, as a file manager does.
    pub fn drop_files(&self, files: &[&Path]) {
        crate::drop::drop_files(self.id(), files);
    }

    /// The oldest of the processes that the program has started of a program of this name. The window is drawn by the oldest
    /// `WebKitWebProcess`; pictures of demos are drawn by others.
    pub fn child(&self, name: &str) -> Option<Pid> {
        crate::driver::children(self.program.as_raw_nonzero().get().cast_unsigned(), name)
            .into_iter()
            .min_by_key(|pid| pid.as_raw_nonzero())
    }

    /// The display's number of the window. The program has others, which nobody sees: pictures of demos are taken in one.
    pub fn id(&self) -> u32 {
        let program = self.program.as_raw_nonzero().get().cast_unsigned();
        crate::picture::window_of(program, "Backlot").expect("the program has a window")
    }

    /// Waits until an element is not shown.
    pub fn see_gone(&self, id: &str) {
        self.until(&format!("{id} to be gone"), SOON, |session| Ok(shown(session, id)?.is_none().then_some(())));
    }

    /// Whether an element is shown at this moment, and not empty.
    pub fn shows(&self, id: &str) -> bool {
        shown(&self.session, id).is_ok_and(|found| found.is_some_and(|text| !text.is_empty()))
    }

    /// Runs a script's body in the page.
    pub fn run(&self, script: &str) -> Value {
        self.session.run(script, &[]).expect("the script runs")
    }

    /// As [`Window::run`], with arguments.
    pub fn run_with(&self, script: &str, arguments: &[Value]) -> Value {
        self.session.run(script, arguments).expect("the script runs")
    }

    /// Calls an operation as the page does, and answers what it answers.
    pub fn ask(&self, operation: &str, request: &Value) -> Value {
        let script = "const [operation, request, done] = arguments; \
            window.__TAURI_INTERNALS__.invoke('call', { operation, request }).then(done, (error) => done({ error }))";
        self.session.run_until_called(script, &[operation.into(), request.clone()]).expect("the program answers")
    }

    /// Does something in the page of a frame, as a browser's own tools could: no page is asked for leave.
    pub fn within<T>(&self, frame: &str, work: impl FnOnce(&Self) -> T) -> T {
        self.until(&format!("a way into {frame}"), SOON, |session| {
            let frame = session.find(frame)?;
            session.enter(&frame).map(Some)
        });
        let done = work(self);
        self.session.leave().expect("a way back");
        done
    }

    /// Clicks what a CSS selector finds, once it can be clicked.
    pub fn click_at(&self, selector: &str) {
        self.until(&format!("a click on {selector}"), SOON, |session| session.click(&session.find(selector)?).map(Some));
    }

    /// Waits until a script's body returns something that is neither false nor null, and answers it.
    pub fn see_that(&self, what: &str, patience: Duration, script: &str) -> Value {
        self.until(what, patience, |session| {
            Ok(Some(session.run(script, &[])?).filter(|value| !matches!(value, Value::Null | Value::Bool(false))))
        })
    }

    /// Does what opens a native dialog, then chooses a path in it by typing.
    pub fn choose(&self, path: &Path, open: impl FnOnce(&Self)) {
        let before = dialog::windows();
        open(self);
        let opened = wait(SOON, || dialog::windows().difference(&before).next().cloned());
        let opened = opened.unwrap_or_else(|| panic!("no dialog appeared\n{}", self.driver.log()));
        dialog::choose(&opened, path);
    }

    /// Looks at the whole page with axe-core: nothing serious may be wrong with it for a user of assistive technology.
    pub fn is_accessible(&self, screen: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/node_modules/axe-core/axe.min.js");
        let axe = fs::read_to_string(&path).expect("axe-core is one of the UI's packages");
        self.settle();
        self.session.run(&format!("{axe}\nwindow.axe = window.axe ?? axe; return true"), &[]).expect("axe-core loads");
        let script = "const done = arguments[0]; \
            axe.run(document, { resultTypes: ['violations'] }).then((found) => done(found.violations), (error) => done([{ id: String(error), impact: 'critical', nodes: [] }]))";
        let found = self.session.run_until_called(script, &[]).expect("axe-core runs");
        let serious: Vec<String> = found
            .as_array()
            .expect("a list")
            .iter()
            .filter(|rule| rule["impact"] == "serious" || rule["impact"] == "critical")
            .map(|rule| {
                let places = rule["nodes"].as_array().into_iter().flatten();
                let places: Vec<String> = places.map(|node| format!("    {}\n      {}", node["html"], node["failureSummary"])).collect();
                format!("  {}: {}\n{}", rule["id"], rule["help"], places.join("\n"))
            })
            .collect();
        if !serious.is_empty() {
            self.picture(&artifacts().join(format!("axe-{screen}.png")));
            panic!("axe-core finds on {screen}:\n{}", serious.join("\n"));
        }
    }

    /// Keeps a picture of the window: among the artifacts, or in `docs/screenshots` when those are refreshed.
    pub fn screenshot(&self, name: &str) {
        let folder = match std::env::var_os("BACKLOT_SCREENSHOTS") {
            Some(_) => Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/screenshots"),
            None => artifacts(),
        };
        self.picture(&folder.join(format!("{name}.png")));
    }

    /// Waits until nothing moves: fonts, transitions, then two frames.
    fn settle(&self) {
        let settled = "const done = arguments[0]; document.fonts.ready.then(() => Promise.all(document.getAnimations().map((one) => \
            one.effect?.getTiming().iterations === Infinity ? null : one.finished.catch(() => null)))) \
            .then(() => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))";
        let _ = self.session.run_until_called(settled, &[]);
    }

    /// Writes a picture of the window to a file.
    pub fn picture(&self, path: &Path) {
        self.settle();
        // What the page has drawn is on the display a moment later.
        let mut png = crate::picture::of_window(self.id());
        wait(SOON, || {
            let before = std::mem::replace(&mut png, crate::picture::of_window(self.id()));
            (before == png).then_some(())
        });
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder for pictures");
        fs::write(path, png).expect("the picture is written");
    }

    /// Kills the program as a power cut would: at once, with no chance to tidy up.
    pub fn kill(self) {
        send(self.program, Signal::KILL);
        wait(SOON, || (!is_alive(self.program)).then_some(())).expect("nothing survives SIGKILL");
    }

    /// Sends the program a signal.
    pub fn signal(&self, signal: Signal) {
        send(self.program, signal);
    }

    /// Asks the program to end, and answers how long it took.
    pub fn terminate(self) -> Duration {
        let asked = Instant::now();
        send(self.program, Signal::TERM);
        let ended = wait(Duration::from_secs(15), || (!is_alive(self.program)).then_some(()));
        assert!(ended.is_some(), "the program did not end within 15 s of SIGTERM\n{}", self.driver.log());
        asked.elapsed()
    }

    /// Waits until a look at the page finds something.
    pub fn until<T>(&self, what: &str, patience: Duration, look: impl Fn(&Session) -> Reply<Option<T>>) -> T {
        let mut last = None;
        let found = wait(patience, || match look(&self.session) {
            Ok(found) => found,
            Err(fault) if fault.may_pass() => {
                last = Some(fault.to_string());
                None
            }
            Err(fault) => panic!("waiting for {what}: {fault}\n{}", self.driver.log()),
        });
        found.unwrap_or_else(|| {
            let page = self.session.run("return document.body.innerText", &[]).unwrap_or_else(|fault| json!(fault.to_string()));
            panic!(
                "waited {patience:?} for {what} in vain (last: {}). The window shows:\n{}",
                last.as_deref().unwrap_or("nothing amiss"),
                page.as_str().unwrap_or_default()
            )
        })
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let name = std::thread::current().name().unwrap_or("test").replace("::", "-");
            let folder = artifacts();
            let _ = fs::create_dir_all(&folder);
            let _ = fs::copy(&self.driver.log, folder.join(format!("{name}.log")));
            // A second panic would end all tests at once.
            if let Ok(png) = std::panic::catch_unwind(|| crate::picture::of_window(self.id())) {
                let picture = folder.join(format!("{name}.png"));
                let _ = fs::write(&picture, png);
                eprintln!("the window as it was: {}", picture.display());
            }
        }
        // The driver would let the program live until it notices.
        send(self.program, Signal::KILL);
        let _ = self.session.end();
    }
}

/// Looks again and again until there is something, or the time is up.
pub fn wait<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if started.elapsed() > patience {
            return None;
        }
        // Another process tells nobody when it is done: this is a glance at it, never a wait for a time to pass.
        std::thread::park_timeout(LOOK);
    }
}

/// The names in a folder, sorted; none when there is no folder.
pub fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn artifacts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/artifacts")
}

fn test_id(id: &str) -> String {
    format!("[data-testid=\"{id}\"]")
}

/// The text of an element, unless it is not there or hidden.
///
/// Asked of the page: the driver's own notion takes a clamped heading for hidden.
fn shown(session: &Session, id: &str) -> Reply<Option<String>> {
    let script = "const one = document.querySelector(arguments[0]); \
        return one?.checkVisibility({ visibilityProperty: true, opacityProperty: true }) ? one.innerText : null";
    Ok(session.run(script, &[json!(test_id(id))])?.as_str().map(str::to_owned))
}
