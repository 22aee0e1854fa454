//! Proof that the .deb installs and starts on a system that has nothing but Debian's minimum.
//!
//! debootstrap makes such a system in a folder; the package is installed there by apt with the dependencies that it
//! declares and no others; then both programs are started in it, the window on a virtual display.

use crate::bundle::PROGRAMS;
use crate::display::Display;
use crate::step::{self, Failure, Result, told};
use crate::{paths, setup, signal};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long the window may take to appear: a cold start in a chroot, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Installs a .deb into a clean system root and starts what it brings.
pub fn check(deb: &Path) -> Result<()> {
    is_possible("cargo xtask bundle --check")?;
    setup::prepare(setup::Purpose::Test)?;
    let root = Root::fresh("root")?;
    root.install(deb)?;
    for program in PROGRAMS {
        if !root.path.join("usr/bin").join(program).is_file() {
            return Err(Failure::new(format!("the .deb was installed, but brought no /usr/bin/{program}")));
        }
    }
    step::quiet("starts `backlot --version` there", root.chroot(&["/usr/bin/backlot", "--version"]).env("HOME", "/root"))?;
    root.opens_the_window()
}

/// Fails where no system root can be made; installs debootstrap.
pub fn is_possible(command: &str) -> Result<()> {
    if step::output(Command::new("id").arg("-u")).as_deref() != Some("0") || !paths::has(&["apt-get"]) {
        return Err(Failure::new(format!("`{command}` makes a system root: it runs on Debian or Ubuntu, as root")));
    }
    if !paths::has(&["debootstrap"]) {
        let install = || {
            let mut install = Command::new("apt-get");
            install.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "--yes", "--no-install-recommends", "debootstrap"]);
            install
        };
        if !step::attempt("installs debootstrap", &mut install()) {
            step::quiet("fetches the current package lists (apt-get update)", Command::new("apt-get").arg("update"))?;
            step::quiet("once more: installs debootstrap", &mut install())?;
        }
    }
    Ok(())
}

/// The variables that say how package registries are reached, with their values.
pub fn registry_variables() -> Vec<(String, String)> {
    let is_one = |name: &str| {
        let lower = name.to_ascii_lowercase();
        let named =
            ["http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir", "curl_ca_bundle", "git_ssl_cainfo"];
        let begun = ["node_extra_ca_", "npm_config_registry", "npm_config_cafile", "cargo_http_", "cargo_registries_", "cargo_source_"];
        named.contains(&lower.as_str()) || begun.iter().any(|start| lower.starts_with(start))
    };
    std::env::vars().filter(|(name, value)| is_one(name) && !value.is_empty()).collect()
}

/// A minimal Debian of the host's own release, made once.
fn base() -> Result<PathBuf> {
    let base = paths::own().join("root-base");
    if base.join("complete").is_file() {
        return Ok(base);
    }
    let _ = fs::remove_dir_all(&base);
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let codename = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME=")).unwrap_or("bookworm");
    let mut command = Command::new("debootstrap");
    command.args(["--variant=minbase", codename]).arg(&base);
    if let Some(mirror) = mirror(codename) {
        command.arg(mirror);
    }
    step::quiet("makes a minimal system root (debootstrap)", &mut command)?;
    let mark = base.join("complete");
    fs::write(&mark, "").map_err(told("write", &mark))?;
    Ok(base)
}

/// Where this machine gets its packages of a release from.
fn mirror(codename: &str) -> Option<String> {
    let policy = step::output(Command::new("apt-get").args(["indextargets", "--format", "$(SITE) $(RELEASE) $(COMPONENT)"]))?;
    let plain = |line: &&str| line.ends_with(&format!(" {codename} main"));
    policy.lines().find(plain).and_then(|line| line.split(' ').next()).map(str::to_owned)
}

/// A system root with what it needs mounted, unmounted when dropped.
#[derive(Debug)]
pub struct Root {
    pub path: PathBuf,
    mounts: Vec<PathBuf>,
}

impl Root {
    /// A minimal Debian in a folder of this name below ours.
    pub fn fresh(name: &str) -> Result<Self> {
        let base = base()?;
        let path = paths::own().join(name);
        let mut root = Self { path: path.clone(), mounts: vec![] };
        // A killed run may have left mounts below: nothing is removed before they are gone.
        for place in mounts_below(&path).iter().rev() {
            let _ = Command::new("umount").arg("--lazy").arg(place).stderr(Stdio::null()).status();
        }
        if !mounts_below(&path).is_empty() {
            return Err(Failure::new(format!("something is still mounted below {}: unmount it first", path.display())));
        }
        step::quiet(
            "lays out a clean system root",
            Command::new("sh")
                .args(["-c", r#"rm -rf --one-file-system "$2" && cp -a --reflink=auto "$1" "$2""#, "sh"])
                .arg(&base)
                .arg(&path),
        )?;
        for file in ["etc/resolv.conf", "etc/hosts"] {
            let _ = fs::copy(Path::new("/").join(file), path.join(file));
        }
        for folder in [
            "etc/apt/sources.list",
            "etc/apt/sources.list.d",
            "etc/apt/trusted.gpg.d",
            "etc/apt/apt.conf.d",
            "etc/apt/preferences.d",
            "usr/share/keyrings",
            "usr/local/share/ca-certificates",
            "etc/ssl",
        ] {
            // Where and how this machine fetches packages, so that the same works in there.
            let copy = r#"[ ! -e "$1" ] || { mkdir -p "$(dirname "$2")" && rm -rf "$2" && cp -aL "$1" "$2"; }"#;
            let mut command = Command::new("sh");
            command.args(["-c", copy, "sh"]).arg(Path::new("/").join(folder)).arg(path.join(folder)).stderr(Stdio::null());
            let _ = command.status();
        }
        root.mount(&["-t", "proc", "proc"], "proc")?;
        root.mount(&["-t", "sysfs", "-o", "ro", "sysfs"], "sys")?;
        root.mount(&["--rbind", "--make-rslave", "/dev"], "dev")?;
        Ok(root)
    }

    /// Shows a folder of this machine at a place in it, not to be written to.
    pub fn bind(&mut self, folder: &Path, place: &str) -> Result<()> {
        self.mount(&["--bind", "-o", "ro", &folder.to_string_lossy()], place)
    }

    fn mount(&mut self, arguments: &[&str], place: &str) -> Result<()> {
        let target = self.path.join(place);
        fs::create_dir_all(&target).map_err(told("make", &target))?;
        step::quiet(&format!("mounts {place} in it"), Command::new("mount").args(arguments).arg(&target))?;
        self.mounts.push(target);
        Ok(())
    }

    /// A command inside. Variables of this machine's user do not reach it, but for how packages are fetched.
    pub fn chroot(&self, words: &[&str]) -> Command {
        let mut command = Command::new("chroot");
        command.arg(&self.path).args(words).env_clear();
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").env("LANG", "C.UTF-8").env("HOME", "/root");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command.envs(registry_variables());
        command
    }

    fn install(&self, deb: &Path) -> Result<()> {
        let inside = self.path.join("var/tmp/backlot.deb");
        fs::copy(deb, &inside).map_err(told("write", &inside))?;
        step::quiet("asks for the lists of packages there", &mut self.chroot(&["apt-get", "update"]))?;
        let words = ["apt-get", "install", "--yes", "--no-install-recommends", "/var/tmp/backlot.deb"];
        step::quiet("installs the .deb with what it depends on, and nothing else", &mut self.chroot(&words))
    }

    /// Starts the window there, and waits until it is on the display with its title.
    fn opens_the_window(&self) -> Result<()> {
        let display = Display::start()?;
        // The display's socket is a file: this makes it one of the chroot too.
        let socket = display.socket();
        let inside = self.path.join(socket.strip_prefix("/").unwrap_or(&socket));
        if let Some(folder) = inside.parent() {
            fs::create_dir_all(folder).map_err(told("make", folder))?;
        }
        fs::hard_link(&socket, &inside).or_else(|_| bind(&socket, &inside))?;
        let log = paths::own().join("logs/clean-root-window.log");
        let output = fs::File::create(&log).map_err(told("write", &log))?;
        let errors = output.try_clone().map_err(told("write", &log))?;
        let mut command = self.chroot(&["/usr/bin/backlot-desktop", "--workspace", "/root/Backlot"]);
        command.env("DISPLAY", display.name()).env("GDK_BACKEND", "x11").env("NO_AT_BRIDGE", "1").stdout(output).stderr(errors);
        let outcome = step::work("starts the window there", || {
            let started = Instant::now();
            let mut app = command.spawn().map_err(told("start", Path::new("/usr/bin/backlot-desktop")))?;
            let outcome = wait_for_window(&display, &mut app, started);
            signal::terminate(&mut app);
            outcome
        });
        let _ = Command::new("umount").arg(&inside).stderr(Stdio::null()).status();
        let _ = fs::remove_file(&inside);
        outcome.map_err(|failure| Failure::new(format!("{failure}\n{}", fs::read_to_string(&log).unwrap_or_default())))
    }
}

fn wait_for_window(display: &Display, app: &mut Child, started: Instant) -> Result<()> {
    while started.elapsed() < PATIENCE {
        if let Ok(Some(status)) = app.try_wait() {
            return Err(Failure::new(format!("backlot-desktop ended with {status} in the clean root")));
        }
        // Shown only once the interface has painted; a message about an error would be smaller.
        let mut search = Command::new("xdotool");
        search.args(["search", "--onlyvisible", "--name", "^Backlot", "getwindowgeometry", "--shell"]).env("DISPLAY", display.name());
        let found = step::output(&mut search).unwrap_or_default();
        let mut widths = found.lines().filter_map(|line| line.strip_prefix("WIDTH=")?.parse::<u32>().ok());
        if widths.any(|width| width >= 900) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Err(Failure::new("no window named Backlot appeared within a minute"))
}

fn bind(socket: &Path, inside: &Path) -> Result<()> {
    fs::write(inside, "").map_err(told("write", inside))?;
    step::quiet("shows the display to it", Command::new("mount").arg("--bind").arg(socket).arg(inside))
}

/// What is mounted below a folder, the outer before the inner.
fn mounts_below(path: &Path) -> Vec<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    mounts.lines().filter_map(|line| line.split(' ').nth(1)).map(PathBuf::from).filter(|place| place.starts_with(path)).collect()
}

impl Drop for Root {
    fn drop(&mut self) {
        for place in self.mounts.iter().rev() {
            let _ = Command::new("umount").args(["--recursive", "--lazy"]).arg(place).status();
        }
    }
}
