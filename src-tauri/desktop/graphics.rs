//! How the window is drawn.
//!
//! WebKitGTK draws through OpenGL. Where there is no graphics card, as on many virtual machines and remote desktops, the processor
//! stands in for one (llvmpipe), and a frame takes several times as long as when WebKit draws by itself. So there it is told to.

#[cfg(target_os = "linux")]
use std::path::Path;

/// Where Linux puts the devices that draw: the render nodes of its own drivers, and the one of NVIDIA's.
#[cfg(target_os = "linux")]
const DEVICES: [(&str, &str); 2] = [("/dev/dri", "renderD"), ("/dev", "nvidia0")];

/// Lets a window draw the way that is fastest on this machine. Only Linux leaves the choice.
#[cfg(not(target_os = "linux"))]
pub fn choose(_window: &tauri::WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// Lets a window draw the way that is fastest on this machine.
#[cfg(target_os = "linux")]
pub fn choose(window: &tauri::WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _, WebViewExt as _};

    if has_card() {
        return Ok(());
    }
    window.with_webview(|view| {
        if let Some(settings) = view.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
}

/// Whether this machine has a device that draws.
#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "these are devices of the system")]
fn has_card() -> bool {
    let has_device = |(folder, start): &(&str, &str)| {
        let names = Path::new(folder).read_dir().into_iter().flatten().flatten();
        names.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().starts_with(start))
    };
    DEVICES.iter().any(has_device)
}
