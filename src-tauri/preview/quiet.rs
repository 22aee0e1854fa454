//! A site served for a moment, to this process alone: for its picture. It is no preview: nobody is told of it, it has no record
//! and no lock, and a site's own command never runs for it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::host::Names;
use super::model::Preview;
use super::server::{Owner, Served, Server, Shared};
use super::site::Site;
use super::{Inner, Previews, port};
use crate::error::{Code, Error, Result};

/// How long the server has to end.
const ENDING: Duration = Duration::from_secs(1);

/// A site that is served for as long as this lives.
#[derive(Debug)]
pub struct Quiet {
    /// Where, under a name that no other process knows.
    pub address: String,
    server: Server,
}

impl Drop for Quiet {
    fn drop(&mut self) {
        self.server.stop();
        self.server.wait(ENDING);
    }
}

/// Nobody asks how it is.
#[derive(Debug)]
struct Nobody(Uuid);

impl Owner for Nobody {
    fn view(&self) -> Preview {
        Preview::stopped(self.0)
    }

    fn now(&self) -> Timestamp {
        Timestamp::MAX
    }

    fn stop(&self) {}

    fn site_changed(&self) {}
}

impl Previews {
    /// Serves a demo's site until the answer is dropped, by the rules of a preview.
    ///
    /// # Errors
    /// `NotFound` if the demo or its site is gone; `Io` if no port can be had.
    pub fn quietly(&self, demo: Uuid) -> Result<Quiet> {
        let runtime = Inner::runtime(&self.0)?.handle();
        let around = Arc::downgrade(&self.0);
        let ending = || Error::new(Code::Cancelled, "Backlot is ending.");
        let site = Site::new(Box::new(move || around.upgrade().ok_or_else(ending)?.around.site(demo)))?;
        let (listener, port) = port::listen(None)?;
        let token = Uuid::new_v4().to_string();
        // Its own webview is given the address; nobody else is to have it.
        let names = Names::private(demo, port, &token);
        let address = names.address();
        let shared = Arc::new(Shared::new(names, &token, Served::Site(site), Arc::new(Nobody(demo))));
        let server = Server::start(runtime, listener, shared)?;
        Ok(Quiet { address, server })
    }
}
