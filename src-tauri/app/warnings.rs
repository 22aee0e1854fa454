//! What a person should know about a demo: what its site says, and what its template's mirror does not have.

use uuid::Uuid;

use super::App;
use crate::cancel::Cancel;
use crate::demo::model::DemoWarning;
use crate::error::Result;
use crate::progress::OnProgress;
use crate::workspace::demo as names;

impl App {
    /// What a person should know about a demo, found out anew; nothing while it is not complete.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn demo_warnings(&self, slug_or_id: &str) -> Result<Vec<DemoWarning>> {
        let view = self.demo(slug_or_id)?;
        let Some(folder) = view.folder else { return Ok(Vec::new()) };
        let left_out = self.0.templates.show(&view.demo.template.key).map(|template| template.left_out).unwrap_or_default();
        Ok(crate::demo::warnings(&folder.join(names::SITE), &left_out))
    }

    /// Fetches the submodules of a demo that are not there; a person was shown where they come from. Answers their folders.
    ///
    /// # Errors
    /// Those of [`Demos::fetch_submodules`](crate::demo::Demos::fetch_submodules).
    pub fn fetch_submodules(&self, slug_or_id: &str, on_progress: OnProgress<'_>, cancel: &Cancel) -> Result<Vec<String>> {
        let id = self.demo(slug_or_id)?.demo.id;
        let _running = self.0.fetches.begin(id, cancel);
        if self.is_closing() {
            cancel.cancel();
        }
        self.told_after(self.0.demos.fetch_submodules(id, on_progress, cancel))
    }

    /// Stops the fetch of a demo's submodules in this process; nothing is changed by it then. What has ended is left alone.
    pub fn cancel_fetch(&self, demo: Uuid) {
        self.0.fetches.cancel(demo);
    }
}
