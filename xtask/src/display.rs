//! A virtual display, with a session bus of its own: where the real window is opened by tests, and by `run` where
//! there is no display.

use crate::step::{self, Failure, Result, told};
use crate::{paths, signal};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A session bus on which nothing is started by being asked for: no portal, no accessibility bus, no settings daemon of
/// the machine takes part.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A running Xvfb, ended when dropped.
#[derive(Debug)]
pub struct Display {
    server: Child,
    name: String,
    bus: PathBuf,
}

impl Display {
    /// Starts Xvfb on a display number that it finds free by itself.
    pub fn start() -> Result<Self> {
        let bus = paths::own().join("session-bus.conf");
        fs::create_dir_all(paths::own()).and_then(|()| fs::write(&bus, BUS)).map_err(told("write", &bus))?;
        step::work("starts a virtual display (Xvfb)", || {
            // Dies with us even if we are killed, where util-linux is there to arrange it.
            let mut command = if paths::has(&["setpriv"]) {
                let mut command = Command::new("setpriv");
                command.args(["--pdeathsig", "TERM", "Xvfb"]);
                command
            } else {
                Command::new("Xvfb")
            };
            command.args(["-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset"]);
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
            let typed = step::line(&command);
            let failed = |why: String| Failure::new(format!("no display could be started ({why}):\n    {typed}"));
            let mut server = command.spawn().map_err(|error| failed(error.to_string()))?;
            let mut number = String::new();
            if let Some(output) = server.stdout.take() {
                let _ = BufReader::new(output).read_line(&mut number);
            }
            if number.trim().is_empty() {
                let _ = server.kill();
                let _ = server.wait();
                return Err(failed("it named no display".to_owned()));
            }
            Ok(Self { server, name: format!(":{}", number.trim()), bus: bus.clone() })
        })
    }

    /// What DISPLAY is set to.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The socket that the display listens on.
    pub fn socket(&self) -> PathBuf {
        format!("/tmp/.X11-unix/X{}", self.name.trim_start_matches(':')).into()
    }

    /// `command` on this display, with a session bus that ends with it.
    pub fn command(&self, command: &Command) -> Command {
        let mut inside = Command::new("dbus-run-session");
        inside.arg("--config-file").arg(&self.bus).arg("--").arg(command.get_program()).args(command.get_args());
        if let Some(folder) = command.get_current_dir() {
            inside.current_dir(folder);
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        inside.env("DISPLAY", &self.name).env_remove("WAYLAND_DISPLAY").env("GDK_BACKEND", "x11");
        // The accessibility bus is not there, and asking for it costs seconds.
        inside.env("NO_AT_BRIDGE", "1");
        inside
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // Asked rather than killed, so that it removes its lock and socket.
        signal::terminate(&mut self.server);
    }
}
