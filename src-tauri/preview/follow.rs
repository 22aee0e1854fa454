//! The previews that other processes run, as this one hears of them.
//!
//! Whoever watches the workspace keeps a connection open to each of them. A word comes over it whenever the preview may be
//! another one (it answers now, its folder went), and it ends with the preview, however that ends: the system closes what a
//! killed process had open. A word is only a reason to look; what is told is what the look found.

use std::collections::HashMap;
use std::io::Read;
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hyper::body::Bytes;
use tokio::sync::mpsc::error::TrySendError;
use uuid::Uuid;

use super::model::{Preview, State};
use super::record::{Record, Records};
use super::{Inner, Previews, probe};
use crate::cancel::Cancel;
use crate::store::{Mode, Wait};

/// How many processes may follow one preview.
const MOST: usize = 64;
/// How long a preview may say nothing before it is looked at: three times what a server that is well lets pass.
const SILENCE: Duration = Duration::from_secs(60);

/// The processes that follow one preview, for its server.
#[derive(Debug)]
pub(super) struct Followers(Mutex<Option<Vec<tokio::sync::mpsc::Sender<Bytes>>>>);

impl Default for Followers {
    fn default() -> Self {
        Self(Mutex::new(Some(Vec::new())))
    }
}

impl Followers {
    /// A word for every change from now on; none if there are too many already, or the server ends.
    pub fn add(&self) -> Option<tokio::sync::mpsc::Receiver<Bytes>> {
        let mut followers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let followers = followers.as_mut()?;
        followers.retain(|follower| !follower.is_closed());
        // Who has not heard the last word yet needs no other.
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        (followers.len() < MOST).then(|| followers.push(sender))?;
        Some(receiver)
    }

    /// Says that the preview may be another one now.
    pub fn tell(&self) {
        if let Some(followers) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            let word = || Bytes::from_static(b"\n");
            followers.retain(|follower| !matches!(follower.try_send(word()), Err(TrySendError::Closed(_))));
        }
    }

    /// Lets go of all; no more may come.
    pub fn end(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Hears of the previews of other processes, for as long as it lives.
#[derive(Debug)]
pub struct Follow {
    news: Sender<News>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum News {
    /// Any of them may be another one.
    All,
    /// This one may be.
    Of(Uuid),
    Stop,
}

impl Previews {
    /// Tells from now on how the previews are that other processes run: once for each that there is, and whenever one is
    /// started, changes or ends, be its process killed.
    pub fn follow(&self) -> Follow {
        let (news, heard) = channel();
        // Whoever was shown them a moment ago is told of one that ended meanwhile as well.
        let known = self.0.records.demos().into_iter().map(|demo| (demo, Other::default())).collect();
        let mut others = Others { inner: Arc::downgrade(&self.0), news: news.clone(), known };
        let thread = thread::spawn(move || others.run(&heard));
        Follow { news, thread: Some(thread) }
    }
}

impl Follow {
    /// The records may be others, or a folder that is served. Does not wait.
    pub fn look(&self) {
        let _ = self.news.send(News::All);
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        let _ = self.news.send(News::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What is known of the previews of others.
struct Others {
    inner: Weak<Inner>,
    news: Sender<News>,
    known: HashMap<Uuid, Other>,
}

#[derive(Debug, Default)]
struct Other {
    /// What was told of it last.
    told: Option<Preview>,
    ear: Option<Ear>,
}

impl Others {
    fn run(&mut self, heard: &Receiver<News>) {
        let mut next = Some(News::All);
        while let Some(news) = next.take().or_else(|| heard.recv().ok()) {
            let Some(inner) = self.inner.upgrade() else { return };
            match news {
                News::Stop => return,
                News::Of(demo) => self.look(&inner, demo),
                News::All => {
                    let mut demos = inner.records.demos();
                    demos.extend(self.known.keys().copied());
                    demos.sort_unstable();
                    demos.dedup();
                    for demo in demos {
                        self.look(&inner, demo);
                    }
                }
            }
        }
    }

    fn look(&mut self, inner: &Inner, demo: Uuid) {
        // What runs here tells of itself.
        if inner.running().contains_key(&demo) {
            self.known.remove(&demo);
            return;
        }
        let record = inner.records.read(demo).ok().flatten();
        let preview = inner.records.glance(demo);
        let has_ended = preview.as_ref().is_some_and(|preview| preview.state == State::Stopped);
        if has_ended && !self.known.contains_key(&demo) {
            return;
        }
        let other = self.known.entry(demo).or_default();
        match record.filter(|record| record.failed.is_none() && !has_ended) {
            Some(record) if other.ear.as_ref().is_some_and(|ear| ear.token == record.token) => {}
            Some(record) => other.ear = Some(Ear::new(&inner.records, &record, &self.news)),
            None => other.ear = None,
        }
        // While it begins or ends there is nothing to tell yet; its end is heard.
        let Some(preview) = preview else { return };
        if other.told.as_ref() != Some(&preview) {
            other.told = Some(inner.tell_how_it_is(demo, preview));
        }
        if has_ended {
            self.known.remove(&demo);
        }
    }
}

/// Listens to one preview, for as long as it lives.
#[derive(Debug)]
struct Ear {
    /// Which preview it is.
    token: String,
    stream: Option<TcpStream>,
    over: Cancel,
}

impl Ear {
    fn new(records: &Records, record: &Record, news: &Sender<News>) -> Self {
        let stream = probe::follow(record.port, &record.token, SILENCE)
            .inspect_err(|cause| tracing::debug!(demo = %record.demo, error = %cause, "a preview cannot be followed; its lock is"))
            .ok();
        let over = Cancel::new();
        let (lock, demo, hears) = (records.lock(record.demo), record.demo, stream.as_ref().and_then(|stream| stream.try_clone().ok()));
        let (news, cancel) = (news.clone(), over.clone());
        thread::spawn(move || {
            hear(hears, || drop(news.send(News::Of(demo))));
            // Its server ends before its command does, and before it is noted that it has: that is the moment to look.
            if !cancel.is_cancelled() && lock.take(Mode::Shared, Wait::Until(&cancel)).map(drop).is_ok() {
                let _ = news.send(News::Of(demo));
            }
        });
        Self { token: record.token.clone(), stream, over }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.over.cancel();
        if let Some(stream) = &self.stream {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Calls `on_word` for everything that is heard, and when nothing was for too long, until the other side has ended.
fn hear(stream: Option<impl Read>, on_word: impl Fn()) {
    use std::io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    let Some(mut stream) = stream else { return };
    let mut words = [0; 1024];
    loop {
        match stream.read(&mut words) {
            Ok(0) => return,
            Ok(_) => on_word(),
            Err(cause) if matches!(cause.kind(), TimedOut | WouldBlock) => on_word(),
            Err(cause) if cause.kind() == Interrupted => {}
            Err(_) => return,
        }
    }
}

impl Inner {
    /// Tells how a demo's preview is, again if it is another one by the time that it was told; gives what was told last.
    fn tell_how_it_is(&self, demo: Uuid, mut preview: Preview) -> Preview {
        loop {
            self.around.tell(preview.clone());
            // This process may have started it meanwhile, and told that before.
            let own = self.running().get(&demo).cloned();
            match own.map_or_else(|| self.records.glance(demo), |running| Some(running.view())) {
                Some(now) if now != preview => preview = now,
                _ => return preview,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io;

    use super::*;

    #[test]
    fn every_change_is_a_word_and_who_has_not_heard_the_last_one_needs_no_other() {
        let followers = Followers::default();
        let (mut quick, mut slow) = (followers.add().unwrap(), followers.add().unwrap());
        for _ in 0..3 {
            followers.tell();
            assert!(quick.try_recv().is_ok());
        }
        assert!(slow.try_recv().is_ok() && slow.try_recv().is_err());
        let more: Vec<_> = (2..MOST).map(|_| followers.add().unwrap()).collect();
        assert!(followers.add().is_none(), "there is an end");
        drop(more);
        assert!(followers.add().is_some());
        followers.end();
        assert!(followers.add().is_none());
        assert!(matches!(quick.try_recv(), Err(tokio::sync::mpsc::error::TryRecvError::Disconnected)));
    }

    #[test]
    fn a_preview_is_listened_to_until_its_server_has_ended_and_its_lock_is_free() {
        use std::io::{BufRead as _, BufReader, Write as _};
        let folder = tempfile::tempdir().unwrap();
        let records = Records::new(crate::workspace::Workspace::at(folder.path().to_owned()));
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let record = Record {
            demo: Uuid::new_v4(),
            bound: None,
            kind: super::super::model::Kind::Files,
            owner: crate::process::Identity::own(),
            is_background: true,
            port: server.local_addr().unwrap().port(),
            token: "secret".to_owned(),
            since: jiff::Timestamp::UNIX_EPOCH,
            tree: None,
            failed: None,
        };
        let held = records.lock(record.demo).take(Mode::Exclusive, Wait::Try).unwrap();
        let (news, heard) = channel();
        let ear = Ear::new(&records, &record, &news);
        let is_heard = || matches!(heard.recv_timeout(Duration::from_secs(20)), Ok(News::Of(demo)) if demo == record.demo);
        let mut stream = server.accept().unwrap().0;
        let asked: Vec<String> = BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
        assert!(asked[0].contains("/__backlot/follow") && asked.contains(&"x-backlot-token: secret".to_owned()), "{asked:?}");
        for words in ["HTTP/1.1 200 OK\r\n\r\n", "\n"] {
            stream.write_all(words.as_bytes()).unwrap();
            assert!(is_heard(), "{words:?}");
        }
        // However its server ended: it is looked at once whoever ran it has noted that, or is dead.
        drop((stream, server));
        assert!(heard.try_recv().is_err());
        drop(held);
        assert!(is_heard());
        drop(ear);
    }

    /// Says what it is told to, one after the other, and then no more.
    struct Script(Vec<io::Result<usize>>);

    impl Read for Script {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() { Ok(0) } else { self.0.remove(0) }
        }
    }

    #[test]
    fn words_and_silence_are_reasons_to_look_until_the_other_side_has_ended() {
        let heard = |script: Vec<io::Result<usize>>| {
            let words = Cell::new(0);
            hear(Some(Script(script)), || words.set(words.get() + 1));
            words.get()
        };
        assert_eq!(heard(vec![Ok(5), Err(io::ErrorKind::WouldBlock.into()), Err(io::ErrorKind::Interrupted.into()), Ok(1)]), 3);
        assert_eq!(heard(vec![Ok(1), Err(io::ErrorKind::ConnectionReset.into()), Ok(1)]), 1);
        assert_eq!(heard(vec![]), 0);
    }
}
