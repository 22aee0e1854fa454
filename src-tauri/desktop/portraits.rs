//! Takes the pictures of demos: shows each one's first page where nobody sees it, one at a time, when there is time.
//!
//! The page is a stranger's. Its webview is not one of the app's windows: no command can be called from it, nothing of it is kept,
//! it opens nothing, asks nothing and downloads nothing, and whoever takes too long is not waited for.
//!
//! Nothing leaves this machine for a picture that nobody asked for. The server of the site is the webview's proxy for every
//! address there is, and answers for its own only.
//!
//! Elsewhere than on Linux no pictures are taken; demos show the one that their site came with.

use backlot::app::App;
use tauri::AppHandle;

/// Takes pictures from now on, until the program ends.
#[cfg(not(target_os = "linux"))]
pub fn start(_app: &App, _handle: &AppHandle) {}

/// Takes pictures from now on, until the program ends.
#[cfg(target_os = "linux")]
pub fn start(app: &App, handle: &AppHandle) {
    app.follow_looks();
    let (app, handle) = (app.clone(), handle.clone());
    std::thread::spawn(move || {
        while let Some(sitting) = app.next_sitting() {
            let (sender, taken) = std::sync::mpsc::channel();
            let address = sitting.address.clone();
            let posted = handle.run_on_main_thread(move || linux::take(&address, move |shot| drop(sender.send(shot))));
            // Whoever holds the sender answers in time, or is gone.
            let shot = posted.ok().and_then(|()| taken.recv().ok()).flatten();
            if shot.is_none() {
                tracing::info!(demo = %sitting.demo, "no picture of a demo's first page could be taken");
            }
            let picture = shot.map(linux::Shot::into_picture);
            if let Err(error) = app.portray(&sitting, picture) {
                tracing::warn!(demo = %sitting.demo, %error, "the picture of a demo could not be kept");
            }
            app.end_sitting(sitting);
        }
    });
}

#[cfg(target_os = "linux")]
mod linux {
    use std::cell::RefCell;
    use std::rc::Rc;
    use std::time::Duration;

    use gtk::cairo::ImageSurface;
    use gtk::prelude::*;
    use gtk::{OffscreenWindow, gio, glib};
    use webkit2gtk::{
        DownloadExt as _, HardwareAccelerationPolicy, LoadEvent, MemoryPressureSettings, NavigationPolicyDecision,
        NavigationPolicyDecisionExt as _, NetworkProxyMode, NetworkProxySettings, PermissionRequestExt as _, PolicyDecision,
        PolicyDecisionExt as _, PolicyDecisionType, Settings, SettingsExt as _, SnapshotOptions, SnapshotRegion, URIRequestExt as _,
        UserContentInjectedFrames, UserContentManager, UserContentManagerExt as _, UserStyleLevel, UserStyleSheet, WebContext,
        WebContextExt as _, WebView, WebViewExt as _, WebsiteDataManager, WebsiteDataManagerExt as _,
    };

    /// How large the page is shown, in pixels.
    const SIZE: (i32, i32) = (1280, 800);
    /// How long a page may take.
    const PATIENCE: Duration = Duration::from_secs(8);
    /// How much memory a page may use, in megabytes.
    const MEMORY: u32 = 1_000;
    /// Nothing moves, and nothing is seen that is only there for a mouse.
    const STILL: &str = "*, *::before, *::after { animation-duration: 0s !important; animation-delay: 0s !important; \
        transition: none !important; scroll-behavior: auto !important } ::-webkit-scrollbar { display: none }";
    /// Settles when what is in sight has its fonts and pictures.
    const SETTLED: &str = "await document.fonts.ready; \
        const inSight = Array.from(document.images).filter((one) => one.getBoundingClientRect().top < innerHeight); \
        await Promise.all(inSight.map((one) => one.decode().catch(() => null)));";

    /// A picture as it was drawn: rows of `stride` bytes, four for each pixel, in the order of 32-bit words (cairo's `RGB24` and
    /// `ARGB32`).
    pub struct Shot {
        width: u32,
        height: u32,
        stride: usize,
        bytes: Vec<u8>,
    }

    impl Shot {
        /// Its size, and rows of red, green and blue.
        pub fn into_picture(self) -> (u32, u32, Vec<u8>) {
            let mut pixels = Vec::with_capacity(self.width as usize * self.height as usize * 3);
            for row in self.bytes.chunks(self.stride.max(1)).take(self.height as usize) {
                for word in row.as_chunks::<4>().0.iter().take(self.width as usize) {
                    let [_, red, green, blue] = u32::from_ne_bytes(*word).to_be_bytes();
                    pixels.extend([red, green, blue]);
                }
            }
            (self.width, self.height, pixels)
        }
    }

    /// The page that is shown, until it has had its picture taken.
    struct Studio {
        window: OffscreenWindow,
        view: WebView,
        done: Box<dyn FnOnce(Option<Shot>)>,
    }

    type Sitter = Rc<RefCell<Option<Studio>>>;

    /// Shows a page and takes its picture; `done` is called once, with nothing if there is none. To be called on the main thread.
    pub fn take(address: &str, done: impl FnOnce(Option<Shot>) + 'static) {
        let mut memory = MemoryPressureSettings::new();
        memory.set_memory_limit(MEMORY);
        memory.set_kill_threshold(1.0);
        let data = WebsiteDataManager::new_ephemeral();
        data.set_network_proxy_settings(NetworkProxyMode::Custom, Some(&mut NetworkProxySettings::new(Some(address), &[])));
        let context = WebContext::builder().website_data_manager(&data).memory_pressure_settings(&memory).build();
        context.connect_download_started(|_, download| download.cancel());
        let content = UserContentManager::new();
        let still = UserStyleSheet::new(STILL, UserContentInjectedFrames::AllFrames, UserStyleLevel::User, &[], &[]);
        content.add_style_sheet(&still);
        let settings = Settings::new();
        settings.set_javascript_can_open_windows_automatically(false);
        settings.set_enable_webgl(false);
        settings.set_enable_webrtc(false);
        settings.set_enable_dns_prefetching(false);
        // One frame is drawn, and it is read back by the processor.
        settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        settings.set_media_playback_requires_user_gesture(true);
        let view = WebView::builder().web_context(&context).user_content_manager(&content).settings(&settings).build();
        let window = OffscreenWindow::new();
        window.set_default_size(SIZE.0, SIZE.1);
        window.add(&view);
        refuse_everything(&view, address.to_owned());

        let sitter: Sitter = Rc::new(RefCell::new(Some(Studio { window: window.clone(), view: view.clone(), done: Box::new(done) })));
        let late = sitter.clone();
        glib::timeout_add_local_once(PATIENCE, move || end(&late, None));
        let failed = sitter.clone();
        view.connect_load_failed(move |_, _, _, _| {
            end(&failed, None);
            true
        });
        let crashed = sitter.clone();
        view.connect_web_process_terminated(move |_, _| end(&crashed, None));
        view.connect_load_changed(move |view, event| {
            if event == LoadEvent::Finished {
                settle(view, sitter.clone());
            }
        });
        window.show_all();
        view.load_uri(address);
    }

    /// A page may ask for whatever it likes.
    fn refuse_everything(view: &WebView, own: String) {
        view.connect_create(|_, _| None);
        view.connect_script_dialog(|_, _| true);
        view.connect_permission_request(|_, request| {
            request.deny();
            true
        });
        view.connect_decide_policy(move |_, decision, kind| {
            let is_refused = match kind {
                PolicyDecisionType::NewWindowAction => true,
                PolicyDecisionType::NavigationAction => !target(decision).is_some_and(|target| is_of(&target, &own)),
                _ => false,
            };
            if is_refused {
                decision.ignore();
            }
            is_refused
        });
    }

    /// Where a page, or a frame in it, wants to go.
    fn target(decision: &PolicyDecision) -> Option<String> {
        let action = decision.downcast_ref::<NavigationPolicyDecision>()?.navigation_action()?;
        action.request()?.uri().map(|uri| uri.to_string())
    }

    /// Whether a URL is one of the origin `own`, or leads nowhere.
    fn is_of(url: &str, own: &str) -> bool {
        let is_own = url.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
        is_own || ["about:", "blob:", "data:"].iter().any(|scheme| url.starts_with(scheme))
    }

    fn settle(view: &WebView, sitter: Sitter) {
        let shown = view.clone();
        let none = None::<&gio::Cancellable>;
        view.call_async_javascript_function(SETTLED, None, Some("backlot"), None, none, move |_| {
            shown.snapshot(SnapshotRegion::Visible, SnapshotOptions::NONE, none, move |surface| {
                end(&sitter, surface.ok().and_then(|surface| ImageSurface::try_from(surface).ok()).and_then(shot));
            });
        });
    }

    fn shot(mut surface: ImageSurface) -> Option<Shot> {
        let (width, height) = (u32::try_from(surface.width()).ok()?, u32::try_from(surface.height()).ok()?);
        let stride = usize::try_from(surface.stride()).ok()?;
        surface.flush();
        let bytes = surface.data().ok()?.to_vec();
        Some(Shot { width, height, stride, bytes })
    }

    fn end(sitter: &Sitter, shot: Option<Shot>) {
        let Some(Studio { window, view, done }) = sitter.borrow_mut().take() else { return };
        if shot.is_none() {
            // It may be in the middle of a script that never ends.
            view.terminate_web_process();
        }
        done(shot);
        // Not from within one of its own signals.
        glib::idle_add_local_once(move || {
            window.remove(&view);
            window.close();
        });
    }
}
