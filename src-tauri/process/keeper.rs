//! The keeper of a tree: a child process of ours that starts one command, and ends with everything that came of it.
//!
//! Its order comes in on standard input as one line of JSON; the end of standard input is the wish to end. The command has the
//! keeper's standard output for both of its own. What the keeper itself has to say goes out on standard error, a line each.
//!
//! The command's standard input is a pipe in which nothing ever comes. It stays open until the keeper ends the tree: many watchers
//! (`tailwindcss --watch`, `esbuild --watch`) take the end of their input for the wish to end.

use std::io::{BufRead, Write};
use std::process::{ChildStdin, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use process_wrap::std::{ChildWrapper, CommandWrap};
use serde::{Deserialize, Serialize};

use super::table::{Identity, MARK, Marked};
use super::tree::{Ended, Order};
use crate::error::{Code, Error};
use crate::store::disk;

/// The argument that turns either program into the keeper.
pub(super) const ARGUMENT: &str = "__tree";
/// How often what is left of the tree is looked for while it ends.
const GLANCE: Duration = Duration::from_millis(20);
/// How long what was killed has to be gone.
const LAST: Duration = Duration::from_secs(3);

/// What the keeper says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Started(Identity),
    Failed(Error),
    Ended(Ended),
}

/// What the keeper hears of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// It shall end.
    Stop,
    /// The command has ended.
    Command(Ended),
    /// Nothing is left below.
    Empty,
}

/// The keeper's own `main`, when the program was started as one; none otherwise. To be called first of all.
pub fn main() -> Option<ExitCode> {
    if std::env::args_os().nth(1).is_none_or(|argument| argument != ARGUMENT) {
        return None;
    }
    let mut stdin = std::io::stdin().lock();
    let mut line = String::new();
    let order = stdin.read_line(&mut line).map_err(serde_json::Error::io).and_then(|_| serde_json::from_str::<Order>(&line));
    drop(stdin);
    let kept = order
        .map_err(|cause| {
            let code = if cause.is_io() { Code::Io } else { Code::Internal };
            Error::new(code, format!("The keeper of a command was given no order: {cause}."))
        })
        .and_then(|order| keep(&order));
    Some(match kept {
        Ok(ended) => say(&Line::Ended(ended)),
        Err(error) => say(&Line::Failed(error)),
    })
}

fn keep(order: &Order) -> Result<Ended, Error> {
    #[cfg(target_os = "linux")]
    if let Err(cause) = rustix::process::set_child_subreaper(Some(rustix::process::getpid())) {
        tracing::warn!(error = %cause, "what leaves the tree is found by its mark only");
    }
    let mut child = spawn(order)?;
    let input = child.stdin().take();
    let pid = child.id();
    say(&Line::Started(Identity::of(pid).unwrap_or(Identity { pid, started: 0, boot: None })));
    let (sender, news) = channel();
    let wish = sender.clone();
    std::thread::spawn(move || {
        // Nothing more is ever sent: this returns when the parent closes its end or is gone.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = wish.send(News::Stop);
    });
    let wish = sender.clone();
    let on_signal = move || {
        let _ = wish.send(News::Stop);
    };
    if let Err(cause) = ctrlc::set_handler(on_signal) {
        tracing::warn!(error = %cause, "signals cannot be handled");
    }
    let mut below = Below::new(child, order.mark.clone(), sender, news);
    let mut outcome = None;
    // The end of the command is the end of its tree, whatever it left running.
    while outcome.is_none() {
        outcome = match below.next(Duration::MAX) {
            Some(News::Stop) => Some(Ended::Stopped),
            Some(News::Command(ended)) => Some(ended),
            Some(News::Empty) => Some(Ended::Lost),
            None => None,
        };
    }
    end(&mut below, order, input);
    Ok(outcome.unwrap_or(Ended::Lost))
}

/// Ends everything below: by asking first, and by killing what is left after its grace.
fn end(below: &mut Below, order: &Order, input: Option<ChildStdin>) {
    let asked = Instant::now();
    drop(input);
    below.ask();
    let mut is_empty = false;
    while !is_empty && asked.elapsed() < order.grace {
        is_empty = below.next(GLANCE) == Some(News::Empty);
    }
    let killed = Instant::now();
    while !is_empty && killed.elapsed() < LAST {
        below.kill();
        is_empty = below.next(GLANCE) == Some(News::Empty);
    }
    // What somebody else started on behalf of the command is nobody's child here.
    Marked { mark: order.mark.clone(), command: None }.end();
}

fn spawn(order: &Order) -> Result<Box<dyn ChildWrapper>, Error> {
    let (program, arguments) =
        order.command.split_first().ok_or_else(|| Error::new(Code::InvalidInput, "The command is empty. Nothing was started."))?;
    if !disk::is_dir(&order.folder).map_err(|cause| Error::io("look at", &order.folder, &cause))? {
        return Err(Error::new(Code::NotFound, format!("{} is not there. Nothing was started.", order.folder.display())));
    }
    let failed = |cause: std::io::Error| match cause.kind() {
        std::io::ErrorKind::NotFound => {
            Error::new(Code::NotFound, format!("There is no “{program}” on this machine. Nothing was started; install it, then try again."))
        }
        std::io::ErrorKind::PermissionDenied => Error::new(Code::NotWritable, format!("“{program}” may not be run. Nothing was started.")),
        _ => Error::new(Code::Io, format!("“{program}” could not be started: {cause}.")),
    };
    let (out, also) = (output().map_err(failed)?, output().map_err(failed)?);
    let mut command = Command::new(program);
    command.args(arguments).current_dir(&order.folder).stdin(Stdio::piped()).stdout(out).stderr(also);
    for (name, value) in &order.environment {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env(MARK, &order.mark);
    let mut command = CommandWrap::from(command);
    #[cfg(unix)]
    command.wrap(process_wrap::std::ProcessGroup::leader());
    #[cfg(windows)]
    command.wrap(process_wrap::std::JobObject);
    command.spawn().map_err(failed)
}

/// The keeper's own standard output, for the command.
fn output() -> std::io::Result<Stdio> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        Ok(std::io::stdout().as_fd().try_clone_to_owned()?.into())
    }
    #[cfg(windows)]
    {
        use std::os::windows::io::AsHandle as _;
        Ok(std::io::stdout().as_handle().try_clone_to_owned()?.into())
    }
}

fn say(line: &Line) -> ExitCode {
    let mut out = std::io::stderr().lock();
    let said = serde_json::to_writer(&mut out, line).map_err(std::io::Error::from).and_then(|()| writeln!(out));
    if said.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The tree below the keeper, and what is heard of it.
#[cfg(target_os = "linux")]
struct Below {
    mark: String,
    news: Receiver<News>,
}

#[cfg(target_os = "linux")]
impl Below {
    /// Collects whatever ends below, on a thread of its own. As the reaper the keeper is the parent of all orphans.
    fn new(child: Box<dyn ChildWrapper>, mark: String, sender: Sender<News>, news: Receiver<News>) -> Self {
        use rustix::process::{WaitOptions, wait};
        let pid = child.id().cast_signed();
        std::thread::spawn(move || {
            loop {
                match wait(WaitOptions::empty()) {
                    Ok(Some((ended, status))) if ended.as_raw_nonzero().get() == pid => {
                        let exited = || Ended::Exited(status.exit_status().unwrap_or_default());
                        let _ = sender.send(News::Command(status.terminating_signal().map_or_else(exited, Ended::Signalled)));
                    }
                    Ok(_) | Err(rustix::io::Errno::INTR) => {}
                    Err(_) => break,
                }
            }
            let _ = sender.send(News::Empty);
        });
        Self { mark, news }
    }

    fn next(&mut self, patience: Duration) -> Option<News> {
        match self.news.recv_timeout(patience) {
            Ok(heard) => Some(heard),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(News::Empty),
        }
    }

    fn ask(&mut self) {
        super::table::linux::signal(&self.all(), rustix::process::Signal::TERM);
    }

    fn kill(&mut self) {
        super::table::linux::signal(&self.all(), rustix::process::Signal::KILL);
    }

    fn all(&self) -> Vec<u32> {
        let mut all = super::table::linux::descendants(&[std::process::id()]);
        all.extend(super::table::linux::marked(&self.mark));
        all
    }
}

/// The tree below the keeper: a process group, or a job.
#[cfg(not(target_os = "linux"))]
struct Below {
    child: Box<dyn ChildWrapper>,
    news: Receiver<News>,
    has_ended: bool,
}

#[cfg(not(target_os = "linux"))]
impl Below {
    fn new(child: Box<dyn ChildWrapper>, _mark: String, _sender: Sender<News>, news: Receiver<News>) -> Self {
        Self { child, news, has_ended: false }
    }

    fn next(&mut self, patience: Duration) -> Option<News> {
        if self.has_ended {
            return Some(News::Empty);
        }
        if let Ok(heard) = self.news.recv_timeout(patience.min(GLANCE)) {
            return Some(heard);
        }
        let status = self.child.try_wait().ok().flatten()?;
        self.has_ended = true;
        Some(News::Command(status.code().map_or(Ended::Lost, Ended::Exited)))
    }

    fn ask(&mut self) {
        #[cfg(unix)]
        if let Some(group) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
        }
        #[cfg(not(unix))]
        self.kill();
    }

    fn kill(&mut self) {
        let _ = self.child.start_kill();
    }
}
