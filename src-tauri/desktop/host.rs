//! What the window does for operations: its own affairs, the system's dialogs, the file manager and the browser.

use std::path::{Path, PathBuf};

use backlot::api::{Host, Pick, Restored, WindowView};
use backlot::error::{Code, Error, Result};
use tauri::{AppHandle, Manager as _, Url};
use tauri_plugin_opener::OpenerExt as _;
use uuid::Uuid;

use crate::closing::{self, Closing};
use crate::page_window::PageWindows;
use crate::watchdog::Watchdog;
use crate::window;

/// The program with its one window.
#[derive(Debug, Clone)]
pub struct Desktop(pub AppHandle);

impl Host for Desktop {
    fn open_folder(&self, folder: &Path) -> Result<()> {
        let opened = self.0.opener().open_path(folder.to_string_lossy(), None::<&str>);
        opened.map_err(|cause| Error::new(Code::Io, format!("No file manager would open {} ({cause}).", folder.display())))
    }

    fn open_url(&self, url: &str) -> Result<()> {
        let opened = self.0.opener().open_url(url, None::<&str>);
        opened.map_err(|cause| Error::new(Code::Io, format!("No browser would open {url} ({cause}). Copy the address instead.")))
    }

    fn open_page(&self, demo: Uuid, url: &str, name: &str) -> Result<()> {
        let url = Url::parse(url).map_err(|cause| Error::new(Code::Internal, format!("{url} is not a URL: {cause}.")))?;
        self.0.state::<PageWindows>().open(demo, &url, name)
    }

    fn pick(&self, pick: Pick, title: &str) -> Result<Vec<PathBuf>> {
        let failed = || Error::new(Code::Internal, "The dialog could not be opened.");
        let window = self.0.get_webview_window(window::LABEL).ok_or_else(failed)?;
        let (sender, started) = std::sync::mpsc::channel();
        let (parent, title) = (window.clone(), title.to_owned());
        // On the main thread, as macOS demands; the answer is awaited here.
        let posted = window.run_on_main_thread(move || {
            let dialog = rfd::AsyncFileDialog::new().set_parent(&parent).set_title(title);
            let answer: std::pin::Pin<Box<dyn Future<Output = Vec<rfd::FileHandle>> + Send>> = match pick {
                Pick::Folder => {
                    let picked = dialog.pick_folder();
                    Box::pin(async { picked.await.into_iter().collect() })
                }
                Pick::Files => {
                    let picked = dialog.pick_files();
                    Box::pin(async { picked.await.unwrap_or_default() })
                }
                Pick::NewFile(name) => {
                    let picked = dialog.set_file_name(name).save_file();
                    Box::pin(async { picked.await.into_iter().collect() })
                }
            };
            let _ = sender.send(answer);
        });
        posted.map_err(|_| failed())?;
        let picked = tauri::async_runtime::block_on(started.recv().map_err(|_| failed())?);
        Ok(picked.into_iter().map(|file| file.path().to_owned()).collect())
    }

    fn ready(&self) -> Result<()> {
        window::show(&self.0);
        Ok(())
    }

    fn quit(&self) -> Result<()> {
        closing::begin(&self.0);
        Ok(())
    }

    fn handed_over(&self) -> Result<()> {
        self.0.state::<Closing>().handed_over();
        Ok(())
    }

    fn note_view(&self, view: WindowView) -> Result<()> {
        self.0.state::<Watchdog>().note(view);
        Ok(())
    }

    fn take_restored(&self) -> Result<Option<Restored>> {
        Ok(self.0.state::<Watchdog>().take_restored())
    }
}
